using DotNext.IO.Log;
using DotNext.Net.Cluster.Consensus.Raft;

namespace SkyTree.Cluster.Raft;

/// <summary>Reads a follower's answer to a snapshot for the library, which misunderstands two of them.</summary>
/// <remarks>
/// A follower that has all of the snapshot already (its earlier answer was lost) rejects it, whereupon the library would send
/// it for ever. And a follower that is still fetching the files says yes as well, so a yes is no reason to count it as one
/// that has anything: it is only taken as an invitation to go on behind the snapshot, where its answer is exact.
/// </remarks>
internal sealed class SnapshotAnswer(ILogEntryConsumer<IRaftLogEntry, Result<ReplicationStatus>> follower)
    : ILogEntryConsumer<IRaftLogEntry, Result<ReplicationStatus>>
{
    private bool _sentSnapshot;

    public ValueTask<Result<ReplicationStatus>> ReadAsync<TEntry, TList>(TList entries, long? snapshotIndex, CancellationToken token)
        where TEntry : IRaftLogEntry
        where TList : IReadOnlyList<TEntry>
    {
        _sentSnapshot = snapshotIndex is not null;
        return follower.ReadAsync<TEntry, TList>(entries, snapshotIndex, token);
    }

    /// <summary>What the library shall take the answer for.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="term">This node's term. A rejection from a later one means what it says.</param>
    public Result<ReplicationStatus> Interpret(Result<ReplicationStatus> answer, long term)
    {
        ReplicationStatus status = answer.Value;
        bool goOn = status.Result is HeartbeatResult.ReplicatedWithLeaderTerm || (status.Result is HeartbeatResult.Rejected && answer.Term <= term);
        return _sentSnapshot && goOn
            ? new Result<ReplicationStatus> { Term = answer.Term, Value = status with { Result = HeartbeatResult.Replicated } }
            : answer;
    }
}
