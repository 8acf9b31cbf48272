using DotNext.IO.Log;
using DotNext.Net.Cluster.Consensus.Raft;
using DotNext.Net.Cluster.Consensus.Raft.StateMachine;

namespace SkyTree.Cluster.Raft;

/// <summary>The library's write-ahead log, made safe. What is wrong with it as it comes is said at each member.</summary>
/// <remarks>It re-implements members of the library's interface, since they are not virtual. Appending as a follower is one thread's at a time.</remarks>
internal sealed partial class ReplicatedLog : WriteAheadLog, IPersistentState, IAuditTrail<IRaftLogEntry>
{
    // One request carries the entries from a follower's next to the last, and all of them again when it times out: a
    // follower far behind would never finish one.
    private const int EntriesPerRequest = 4_096;
    private const long BytesPerRequest = 1024 * 1024;

    private readonly LogStateMachine _state;
    private readonly TruncationMark _mark;
    private long _leaderTerm; // rises with each election that this node wins

    private ReplicatedLog(Options options, LogStateMachine state, TruncationMark mark)
        : base(options, state)
    {
        _state = state;
        _mark = mark;
    }

    /// <summary>The last term in which this node led. What it proposes carries it.</summary>
    public long LeaderTerm => Volatile.Read(ref _leaderTerm);

    /// <summary>This node's term. (A member named as the interface's would take its place.)</summary>
    public long CurrentTerm => ((IPersistentState)this).Term;

    /// <summary>Opens the log in a folder, and makes it when it is not there.</summary>
    public static ReplicatedLog Open(string folder, LogStateMachine state)
    {
        TruncationMark mark = new(folder);
        mark.Restore();
        Options options = new()
        {
            Location = folder,
            ChunkSize = 4 * 1024 * 1024, // with the library's 4 KiB each entry makes files
            MemoryManagement = MemoryManagementStrategy.SharedMemory,
        };
        return new ReplicatedLog(options, state, mark);
    }

    /// <summary>The term of an entry that is in the log or is the snapshot's last.</summary>
    public async ValueTask<long> ReadTermAsync(long index, CancellationToken cancellationToken)
    {
        using LogEntryReader entries = await ReadAsync(index, index, cancellationToken).ConfigureAwait(false);
        return entries[0].Term;
    }

    /// <summary>Appends an entry as the leader.</summary>
    /// <remarks>
    /// The library takes the entry's term from the caller, who cannot know whether an election came between. An entry of
    /// another term than this leadership's would break the log's order, so it is refused. A new leader's first entry is empty.
    /// </remarks>
    ValueTask<long> IAuditTrail<IRaftLogEntry>.AppendAsync<TEntry>(TEntry entry, CancellationToken token)
    {
        if (typeof(TEntry) == typeof(EmptyLogEntry))
        {
            Volatile.Write(ref _leaderTerm, Math.Max(LeaderTerm, entry.Term));
        }
        else if (entry.Term != LeaderTerm)
        {
            return ValueTask.FromException<long>(new NotLeaderException());
        }

        if (entry is IInputLogEntry { Context: Proposal proposal })
        {
            proposal.Appending();
        }

        return base.AppendAsync(entry, token);
    }

    /// <summary>Installs a snapshot as a follower, once its files are here.</summary>
    /// <remarks>
    /// Until they are, nothing is installed and yet it does not fail: an error would make the leader count this node as dead
    /// and step down for want of a majority. The leader's next request finds that nothing is here, and it sends the snapshot again.
    /// </remarks>
    async ValueTask IAuditTrail<IRaftLogEntry>.AppendAsync<TEntry>(TEntry entry, long startIndex, CancellationToken token)
    {
        if (!entry.IsSnapshot || await _state.PrepareAsync(entry, token).ConfigureAwait(false))
        {
            await base.AppendAsync(entry, startIndex, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Appends what the leader sent, as a follower, and waits for the disk.</summary>
    /// <remarks>
    /// The library answers before it flushes. So a majority of answers is a majority of disks only if this waits; on an empty
    /// request, too, since the flush of an earlier one may have been cancelled when that timed out. And it appends while it
    /// receives: of a connection that breaks, half an entry would stay in the log, and count as the whole one ever after.
    /// </remarks>
    async ValueTask IAuditTrail<IRaftLogEntry>.AppendAsync<TEntry>(ILogEntryProducer<TEntry> entries, long startIndex, bool skipCommitted, CancellationToken token)
    {
        if (entries.RemainingCount > 0)
        {
            await AppendNewAsync(entries, startIndex, token).ConfigureAwait(false);
        }

        await FlushAsync(token).ConfigureAwait(false);
        _mark.Clear();
    }

    /// <summary>Gives a follower no more than one request can carry.</summary>
    ValueTask<TResult> IAuditTrail<IRaftLogEntry>.ReadAsync<TResult>(ILogEntryConsumer<IRaftLogEntry, TResult> reader, long startIndex, long endIndex, CancellationToken token) =>
        reader is ILogEntryConsumer<IRaftLogEntry, Result<ReplicationStatus>> follower && startIndex <= endIndex
            ? ReadForFollowerAsync<TResult>(follower, startIndex, endIndex, token)
            : base.ReadAsync(reader, startIndex, endIndex, token);

    private async ValueTask<TResult> ReadForFollowerAsync<TResult>(
        ILogEntryConsumer<IRaftLogEntry, Result<ReplicationStatus>> follower, long startIndex, long endIndex, CancellationToken token)
    {
        long last = await LastOfRequestAsync(startIndex, endIndex, token).ConfigureAwait(false);
        SnapshotAnswer answer = new(follower);
        Result<ReplicationStatus> result = await base.ReadAsync(answer, startIndex, last, token).ConfigureAwait(false);
        return (TResult)(object)answer.Interpret(result, CurrentTerm);
    }

    private async ValueTask<long> LastOfRequestAsync(long startIndex, long endIndex, CancellationToken token)
    {
        long last = Math.Min(endIndex, startIndex + EntriesPerRequest - 1);
        using LogEntryReader entries = await ReadAsync(startIndex, last, token).ConfigureAwait(false);
        if (entries.Count == 0 || entries[0].IsSnapshot)
        {
            return last;
        }

        long bytes = 0;
        for (int i = 0; i < entries.Count; i++)
        {
            bytes += entries[i].Length ?? 0;
            if (bytes > BytesPerRequest)
            {
                return startIndex + Math.Max(0, i - 1);
            }
        }

        return last;
    }
}
