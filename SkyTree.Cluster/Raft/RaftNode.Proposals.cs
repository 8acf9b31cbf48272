using DotNext.Net.Cluster;
using DotNext.Net.Cluster.Consensus.Raft;
using DotNext.Net.Cluster.Consensus.Raft.StateMachine;

namespace SkyTree.Cluster.Raft;

internal sealed partial class RaftNode
{
    /// <summary>Proposes an entry. Only the leader can.</summary>
    /// <param name="payload">What it says, not empty; unchanged until this has returned. Best are up to 256 KiB of many changes together.</param>
    /// <param name="context">Is given to <see cref="IReplicatedState.Apply"/> on this node, with this very entry or never.</param>
    /// <param name="cancellationToken">Ends the waiting; the outcome is then unknown.</param>
    /// <returns>What became of it. <see cref="ReplicationOutcome.Applied"/> comes once a majority has it on disk and it is applied here.</returns>
    /// <exception cref="OperationCanceledException">The caller does not wait any more.</exception>
    /// <exception cref="RaftException">The log of this node has failed (<see cref="RaftError.Failed"/>); the outcome is unknown.</exception>
    public async ValueTask<ReplicationResult> ReplicateAsync(ReadOnlyMemory<byte> payload, object? context, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfZero(payload.Length, nameof(payload));
        Proposal proposal = new(Log.LeaderTerm, context);
        try
        {
            BinaryLogEntry entry = new() { Term = proposal.Term, Content = payload, Context = proposal };
            await Cluster.ReplicateAsync(entry, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is NotLeaderException or QuorumUnreachableException or ObjectDisposedException)
        {
            if (!proposal.IsAppending)
            {
                return new ReplicationResult(ReplicationOutcome.NotLeader, 0);
            }
        }
        catch (WriteAheadLog.InternalException exception)
        {
            throw Failed(exception);
        }

        // What it waited for is that an entry with its index was applied; only the state saw which one.
        long index = proposal.AppliedIndex;
        return index > 0 ? new ReplicationResult(ReplicationOutcome.Applied, index) : new ReplicationResult(ReplicationOutcome.Unknown, 0);
    }

    /// <summary>After it, what this node has applied includes everything that any node had acknowledged before the call.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="RaftException">No leader is known or can be reached (<see cref="RaftError.NoLeader"/>), or the log has failed.</exception>
    public async ValueTask BarrierAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Cluster.ApplyReadBarrierAsync(ReadBarrierType.Strong, cancellationToken).ConfigureAwait(false);
            while (!IsLeader && !await HasAppliedOfThisTermAsync(cancellationToken).ConfigureAwait(false))
            {
                await Log.WaitForApplyAsync(Log.LastCommittedEntryIndex + 1, cancellationToken).ConfigureAwait(false);
                await Cluster.ApplyReadBarrierAsync(ReadBarrierType.Strong, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is QuorumUnreachableException or NotLeaderException or MemberUnavailableException or ObjectDisposedException)
        {
            throw new RaftException(RaftError.NoLeader, "The cluster has no leader that this node can reach.", exception);
        }
        catch (WriteAheadLog.InternalException exception)
        {
            throw Failed(exception);
        }
    }

    /// <summary>Waits until what is committed here has been applied, and says whether it includes an entry of the current term.</summary>
    /// <remarks>
    /// Asked by a follower, the library's leader answers with its own commit index. A new leader's does not include what its
    /// predecessor had acknowledged last, until its first entry is committed.
    /// </remarks>
    private async ValueTask<bool> HasAppliedOfThisTermAsync(CancellationToken cancellationToken)
    {
        long term = Log.CurrentTerm;
        long index = Log.LastCommittedEntryIndex;
        await Log.WaitForApplyAsync(index, cancellationToken).ConfigureAwait(false);
        return index > 0 && await Log.ReadTermAsync(index, cancellationToken).ConfigureAwait(false) == term;
    }

    private static RaftException Failed(Exception exception) =>
        new(RaftError.Failed, $"The log of this node has failed; start it again when the cause is gone: {exception.InnerException?.Message ?? exception.Message}", exception);
}
