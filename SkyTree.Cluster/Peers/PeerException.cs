namespace SkyTree.Cluster.Peers;

/// <summary>A request to another node, or the fetching of a file, that did not succeed.</summary>
internal sealed class PeerException : Exception
{
    /// <summary>Says why.</summary>
    public PeerException(PeerError error, string message, Exception? innerException = null)
        : base(message, innerException)
        => Error = error;

    /// <summary>The kind of failure.</summary>
    public PeerError Error { get; }
}
