namespace SkyTree.Cluster.Peers.Protocol;

/// <summary>A request or its answer: a byte that says what it is, and a body that whoever gets it may keep.</summary>
internal sealed record PeerMessage(byte Kind, ReadOnlyMemory<byte> Body)
{
    /// <summary>Says no more than that it came.</summary>
    public static PeerMessage Empty { get; } = new(0, default);
}
