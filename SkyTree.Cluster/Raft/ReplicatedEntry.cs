using System.Buffers;

namespace SkyTree.Cluster.Raft;

/// <summary>An entry of the replicated log that a majority of the nodes has on its disks.</summary>
internal readonly struct ReplicatedEntry
{
    /// <summary>Its place in the log, from 1.</summary>
    public required long Index { get; init; }

    /// <summary>The term of the leader that appended it.</summary>
    public required long Term { get; init; }

    /// <summary>What was proposed; valid during the call only.</summary>
    public required ReadOnlySequence<byte> Payload { get; init; }

    /// <summary>What this process gave to <see cref="RaftNode.ReplicateAsync"/> with this very entry; null if it came from elsewhere or before a restart.</summary>
    public object? Context { get; init; }
}
