namespace SkyTree.Cluster.Administration;

/// <summary>What a node says of itself at one moment.</summary>
internal sealed record NodeReport
{
    /// <summary>Up to this entry of the log it has applied.</summary>
    public long AppliedIndex { get; init; }

    /// <summary>The term in which it knows its leader.</summary>
    public long Term { get; init; }

    /// <summary>Whether it serves durable sessions and acknowledges what must be safe.</summary>
    public bool IsServing { get; init; }

    /// <summary>Whether it sends its clients to other nodes.</summary>
    public bool IsDraining { get; init; }

    /// <summary>The highest format level that it agrees to. Releases before the second level do not say.</summary>
    public int FormatLevel { get; init; } = Core.Replication.FormatLevel.Oldest;

    /// <summary>Clients that are connected to it.</summary>
    public int Clients { get; init; }

    /// <summary>Its links to the others; null: its version does not tell.</summary>
    public IReadOnlyList<NodeLink>? Links { get; init; }
}
