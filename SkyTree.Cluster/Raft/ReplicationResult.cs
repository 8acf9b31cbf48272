namespace SkyTree.Cluster.Raft;

/// <summary>What became of a proposal.</summary>
internal enum ReplicationOutcome
{
    /// <summary>A majority has it on disk and it has been applied here.</summary>
    Applied,

    /// <summary>This node does not lead. The proposal is in no log.</summary>
    NotLeader,

    /// <summary>This node ceased to lead meanwhile. The proposal may be applied later, or never: only the log can tell.</summary>
    Unknown,
}

/// <summary>The outcome of a proposal, and where it lies in the log.</summary>
/// <param name="Outcome">The outcome.</param>
/// <param name="Index">Its index when it was applied, else 0.</param>
internal readonly record struct ReplicationResult(ReplicationOutcome Outcome, long Index);
