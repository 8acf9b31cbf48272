namespace SkyTree.Cluster.Administration;

/// <summary>A node's link to another, as the one that sends over it sees it.</summary>
internal sealed record NodeLink
{
    /// <summary>The node that it leads to.</summary>
    public required Guid To { get; init; }

    /// <summary>Whether it is up.</summary>
    public bool IsConnected { get; init; }

    /// <summary>Milliseconds there and back, as measured last; null: not yet, or it is down.</summary>
    public double? RoundTripMs { get; init; }

    /// <summary>Bytes that wait to be sent.</summary>
    public int PendingBytes { get; init; }

    /// <summary>Frames lost since the process has started, since the link was down or its buffer full.</summary>
    public long LostFrames { get; init; }
}
