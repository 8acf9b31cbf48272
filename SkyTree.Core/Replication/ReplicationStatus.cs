namespace SkyTree.Core.Replication;

/// <summary>Where a node of a cluster stands with the shared log.</summary>
/// <param name="Term">The term in which it knows its leader; rises with each election.</param>
/// <param name="IsLeader">Whether it leads, as far as it knows.</param>
/// <param name="HasLeader">Whether it knows a leader.</param>
/// <param name="AppliedIndex">The last entry that it has applied.</param>
/// <param name="CommitIndex">The last entry of which it knows that a majority has it.</param>
/// <param name="Entries">Entries that it has appended as leader since it started.</param>
/// <param name="PendingBytes">Bytes of what it has proposed and not seen applied.</param>
/// <param name="Nodes">The nodes; how far the others are only the leader knows.</param>
internal sealed record ReplicationStatus(
    long Term,
    bool IsLeader,
    bool HasLeader,
    long AppliedIndex,
    long CommitIndex,
    long Entries,
    long PendingBytes,
    IReadOnlyList<NodeProgress> Nodes);

/// <summary>How far a node has applied the shared log.</summary>
/// <param name="Node">The node.</param>
/// <param name="AppliedIndex">The last entry that it has said to have applied.</param>
internal readonly record struct NodeProgress(Guid Node, long AppliedIndex);
