namespace SkyTree.Cluster.Administration;

/// <summary>The cluster, as one node sees it at one moment.</summary>
internal sealed record ClusterStatus
{
    /// <summary>The cluster's name.</summary>
    public required string Cluster { get; init; }

    /// <summary>The node that says so.</summary>
    public required Guid Node { get; init; }

    /// <summary>The node that leads; null: it knows of none, and nothing durable is acknowledged.</summary>
    public Guid? Leader { get; init; }

    /// <summary>The term in which it knows that. It rises with each election.</summary>
    public long Term { get; init; }

    /// <summary>The format level at which the cluster writes; releases that read only lower ones are refused.</summary>
    public int FormatLevel { get; init; }

    /// <summary>The highest format level that the release of this node has.</summary>
    public int NewestFormatLevel { get; init; }

    /// <summary>The nodes that vote, by address; none where this node waits to be added.</summary>
    public required IReadOnlyList<MemberStatus> Members { get; init; }

    /// <summary>Whether there is a leader and all members serve.</summary>
    public bool IsWhole => Leader is not null && Members.Count > 0 && Members.All(member => member.IsServing);
}

/// <summary>A node of the cluster, as another sees it.</summary>
internal sealed record MemberStatus
{
    /// <summary>Its identity; null: it could not be asked since this node has started.</summary>
    public Guid? Id { get; init; }

    /// <summary>The address and port of its log, which names it in the cluster.</summary>
    public required string Address { get; init; }

    /// <summary>Where clients are sent that are to go to it; null: not known.</summary>
    public string? ServerReference { get; init; }

    /// <summary>Where it listens for MQTT; null: not known.</summary>
    public string? Mqtt { get; init; }

    /// <summary>Where it has its pages; null: not known.</summary>
    public string? Http { get; init; }

    /// <summary>The version of its program; null: not known.</summary>
    public string? Version { get; init; }

    /// <summary>The highest format level that it agrees to; the cluster writes at the lowest of all members'. Null: it has not answered.</summary>
    public int? FormatLevel { get; init; }

    /// <summary>Whether it is the node that says so.</summary>
    public bool IsThisNode { get; init; }

    /// <summary>Whether it leads.</summary>
    public bool IsLeader { get; init; }

    /// <summary>Whether it has answered.</summary>
    public bool IsReachable { get; init; }

    /// <summary>Whether it serves durable sessions and acknowledges what must be safe.</summary>
    public bool IsServing { get; init; }

    /// <summary>Whether it sends its clients to other nodes.</summary>
    public bool IsDraining { get; init; }

    /// <summary>Up to this entry of the log it has applied; null: it has not answered.</summary>
    public long? AppliedIndex { get; init; }

    /// <summary>Clients that are connected to it; null: it has not answered.</summary>
    public int? Clients { get; init; }

    /// <summary>Its links to the other nodes, as it sees them; null: it has not answered.</summary>
    public IReadOnlyList<NodeLink>? Links { get; init; }
}
