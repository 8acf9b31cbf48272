using System.Net;

namespace SkyTree.Cluster.Raft;

/// <summary>A voting member of the cluster, as this node sees it at one moment.</summary>
internal sealed record RaftMember
{
    /// <summary>The address at which the others reach its log.</summary>
    public required EndPoint EndPoint { get; init; }

    /// <summary>Its identity (<see cref="RaftNodeOptions.NodeId"/>); null until it has been asked once.</summary>
    public string? NodeId { get; init; }

    /// <summary>Whether it is this node.</summary>
    public bool IsLocal { get; init; }

    /// <summary>Whether it leads, as far as this node knows.</summary>
    public bool IsLeader { get; init; }

    /// <summary>Whether it answered this node's last request, which is at most a few seconds old.</summary>
    public bool IsReachable { get; init; }

    /// <summary>What it says of itself (<see cref="RaftNodeOptions.Metadata"/>); empty until it has been asked once.</summary>
    public required IReadOnlyDictionary<string, string> Metadata { get; init; }
}
