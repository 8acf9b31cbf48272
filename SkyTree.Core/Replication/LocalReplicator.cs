using SkyTree.Core.Connections;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Messages;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Replication;

/// <summary>
/// One node's replicator. A command is applied by the thread that proposes it; what it changes joins the open group,
/// which one thread writes to the database as a whole, so that one wait for the disk serves all who came meanwhile.
/// Then the group's proposals complete in their order, and readers learn of its messages.
/// </summary>
/// <remarks>
/// A command's effects on the state in memory are seen at once, what depends on the disk comes after it: acknowledgements,
/// and messages to those who read the log. With a database that keeps nothing, commands complete before they return.
/// </remarks>
internal sealed class LocalReplicator : IReplicator
{
    private const long ChokeBytes = 64 * 1024 * 1024;
    private const int LargestInline = 64; // completions that the writing thread does itself

    private readonly BrokerState _state;
    private readonly StateDatabase _database;
    private readonly TimeProvider _time;
    private readonly BrokerLog _log;
    private readonly Action<AppendedMessage> _wake;
    private readonly BrokerMetrics? _metrics;

    private readonly Lock _gate = new();
    private Group _open = null!; // guarded by _gate; taken whole by the writer
    private Group? _spare; // guarded by _gate
    private long _nowMs; // guarded by _gate
    private long _writingBytes; // of the group that is being written; guarded by _gate
    private bool _stopping; // guarded by _gate
    private TaskCompletionSource? _room; // guarded by _gate
    private volatile bool _full; // set by the broker's watch over the disk and the outbox
    private bool _unsynced; // something has been written that the disk may not have; the writer's
    private volatile bool _failing; // written by the writer: the database refuses

    private readonly SemaphoreSlim _changed = new(0); // released when the open group gets its first change
    private Thread? _writer; // null: nothing is kept
    private Thread? _completer;
    private readonly System.Collections.Concurrent.BlockingCollection<Group> _written = new(2);
    private int _completing; // groups handed to the completer and not done; interlocked

    public LocalReplicator(ReplicatorParts parts)
    {
        (_state, _database, _time, _log, _wake) = parts;
        _metrics = parts.Metrics;
    }

    public INeighbours? Attach(MessageRouter router) => null;

    /// <inheritdoc/>
    public ValueTask StartAsync(CancellationToken cancellationToken)
    {
        Start();
        return ValueTask.CompletedTask;
    }

    /// <summary>Begins.</summary>
    public void Start()
    {
        _open = new Group(_database.CreateBatch());
        _nowMs = _state.NowMs;
        if (_database.IsDurable)
        {
            _spare = new Group(_database.CreateBatch());
            _writer = new Thread(Write) { IsBackground = true, Name = "SkyTree log" };
            _completer = new Thread(CompleteWritten) { IsBackground = true, Name = "SkyTree log completions" };
            _writer.Start();
            _completer.Start();
        }
    }

    public bool IsChoked
    {
        get
        {
            lock (_gate)
            {
                return Waiting > ChokeBytes;
            }
        }
    }

    public bool IsAlone => true;

    public bool IsLeader => true;

    public bool IsServing => true;

    public TimeSpan Patience => TimeSpan.Zero;

    public ValueTask SettleAsync() => ValueTask.CompletedTask;

    public bool IsFull => _full || _failing || _database.IsFull;

    /// <summary>Told by whoever watches the disk and the outbox.</summary>
    public void SetFull(bool full)
    {
        _full = full;
        if (!full)
        {
            SignalRoom();
        }
    }

    private long Waiting => _open.Batch.Bytes + _writingBytes;

    public ValueTask<TResult> ProposeAsync<TResult>(Command<TResult> command)
    {
        AwaitedProposal<TResult>? proposal = null;
        TResult result;
        IReadOnlyCollection<SharedGroup>? toPump;
        lock (_gate)
        {
            result = Apply(command, out bool waits, out toPump);
            if (waits)
            {
                proposal = new AwaitedProposal<TResult> { Result = result };
                Join(proposal);
            }
        }

        Pump(toPump);
        FlushList.FlushAll();
        return proposal?.Task ?? new ValueTask<TResult>(result);
    }

    public void Propose<TResult>(Command<TResult> command, Proposal<TResult> proposal)
    {
        bool waits;
        IReadOnlyCollection<SharedGroup>? toPump;
        lock (_gate)
        {
            proposal.Result = Apply(command, out waits, out toPump);
            if (waits)
            {
                Join(proposal);
            }
        }

        Pump(toPump);
        if (!waits)
        {
            proposal.Complete();
        }
    }

    public async ValueTask WaitForRoomAsync(CancellationToken cancellationToken)
    {
        while (IsFull || IsChoked)
        {
            Task room;
            lock (_gate)
            {
                if (!IsFull && Waiting <= ChokeBytes)
                {
                    return;
                }

                room = (_room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            await room.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Writes what has been proposed, durably, completes it, and ends. Nothing must be proposed any more.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_writer is null)
        {
            _open?.Batch.Dispose();
            return;
        }

        lock (_gate)
        {
            if (_stopping)
            {
                return;
            }

            _stopping = true;
        }

        _changed.Release();
        await Task.Run(() =>
        {
            _writer.Join();
            _written.CompleteAdding();
            _completer!.Join();
        }).ConfigureAwait(false);
        _open.Batch.Dispose();
        _spare?.Batch.Dispose();
        _written.Dispose();
        _changed.Dispose();
    }

    // What a command gives back to a group is handed out when the command is done: handing out proposes others.
    private static void Pump(IReadOnlyCollection<SharedGroup>? groups)
    {
        foreach (SharedGroup group in groups ?? [])
        {
            group.Pump();
        }
    }

    private TResult Apply<TResult>(Command<TResult> command, out bool waits, out IReadOnlyCollection<SharedGroup>? toPump)
    {
        // Time never goes back for the state, whatever the clock does.
        _nowMs = Math.Max(_nowMs, _time.GetUtcNow().ToUnixTimeMilliseconds());
        Group group = _open;
        _state.Begin(group.Batch, _database.IsDurable, IsFull, _state.Node);
        TResult result = _state.Apply(command.At(_state.Level), _nowMs);
        Durability? needs = _state.End(_nowMs, out AppendedMessage? appended, out toPump);
        if (!_database.IsDurable)
        {
            waits = false;
            if (group.Batch.Count > 0)
            {
                _database.Write(group.Batch, sync: false);
                group.Batch.Clear();
            }

            if (appended is not null)
            {
                _wake(appended);
            }

            return result;
        }

        if (appended is not null)
        {
            group.Steps.Add(appended);
        }

        waits = needs > Durability.Memory || command.IsOrdered;
        group.Sync |= needs == Durability.QuorumFsync;
        group.Ends = _state.Ends;
        if (needs == Durability.QuorumFsync && group.Batch.Count == 0)
        {
            _state.Touch(group.Batch); // what came before must be safe, though this has changed nothing
        }

        if (group.Batch.Count > 0 || waits)
        {
            Signal(group);
        }

        return result;
    }

    private void Join(Proposal proposal) => _open.Steps.Add(proposal);

    private void Signal(Group group)
    {
        if (!group.Signalled)
        {
            group.Signalled = true;
            _changed.Release();
        }
    }

    private void Write()
    {
        while (TakeOpen() is { } group)
        {
            bool written = WriteUntilDone(group);
            lock (_gate)
            {
                _writingBytes = 0;
            }

            if (!written)
            {
                return; // nobody is told that it was
            }

            // Small groups, while the completer has nothing: the hop to another thread would cost more than it gains.
            if (group.Steps.Count <= LargestInline && Volatile.Read(ref _completing) == 0)
            {
                Complete(group);
            }
            else
            {
                Interlocked.Increment(ref _completing);
                _written.Add(group);
            }
        }
    }

    /// <summary>The open group, once there is something in it; null: it is time to stop.</summary>
    private Group? TakeOpen()
    {
        while (true)
        {
            lock (_gate)
            {
                if (_open is not { Batch.Count: 0, Steps.Count: 0 })
                {
                    Group group = _open;
                    _open = _spare ?? new Group(_database.CreateBatch());
                    _spare = null;
                    _writingBytes = group.Batch.Bytes;
                    group.Sync |= _stopping;
                    return group;
                }

                if (_stopping && !_unsynced)
                {
                    return null;
                }

                if (_stopping)
                {
                    _state.Touch(_open.Batch); // what nobody waited for is safe, too, when the process has ended in order
                    continue;
                }
            }

            _changed.Wait();
        }
    }

    /// <summary>What has been applied must be written: it tries until the database takes it. Meanwhile nothing is acknowledged, and no more messages are taken.</summary>
    private bool WriteUntilDone(Group group)
    {
        if (group.Batch.Count == 0)
        {
            return true; // it only waited its turn; what is before it has been written
        }

        int attempts = 0;
        while (true)
        {
            try
            {
                long started = _metrics?.Start() ?? 0;
                _database.Write(group.Batch, group.Sync);
                _metrics?.Wrote(started, group.Sync);
                _unsynced = !group.Sync;
                _state.Wrote(group.Ends, group.Sync);
                if (attempts > 0)
                {
                    _failing = false;
                    _log.StateWritesAgain(attempts);
                    SignalRoom();
                }

                return true;
            }
            catch (IOException e)
            {
                _failing = true;
                if (attempts++ == 0)
                {
                    _log.StateWriteFailed(e.Message, e);
                }

                Thread.Sleep(Math.Min(250, 10 * attempts));
                lock (_gate)
                {
                    if (_stopping && attempts > 40)
                    {
                        _log.StateWriteAbandoned();
                        return false;
                    }
                }
            }
        }
    }

    private void CompleteWritten()
    {
        foreach (Group group in _written.GetConsumingEnumerable())
        {
            Complete(group);
            Interlocked.Decrement(ref _completing);
        }
    }

    private void Complete(Group group)
    {
        CompletionSteps.Take(group.Steps, _wake, _log);
        group.Clear();
        bool roomCame;
        lock (_gate)
        {
            if (_spare is null)
            {
                _spare = group;
                group = null!;
            }

            roomCame = _room is not null && Waiting <= ChokeBytes;
        }

        group?.Batch.Dispose();
        if (roomCame && !IsFull)
        {
            SignalRoom();
        }
    }

    private void SignalRoom()
    {
        TaskCompletionSource? room;
        lock (_gate)
        {
            room = _room;
            _room = null;
        }

        room?.TrySetResult();
    }

    /// <summary>What is written together.</summary>
    private sealed class Group(StateBatch batch)
    {
        public StateBatch Batch { get; } = batch;

        /// <summary>What follows the writing, in the log's order: an <see cref="AppendedMessage"/> to tell readers of, or a <see cref="Proposal"/>.</summary>
        public List<object> Steps { get; } = [];

        public bool Sync { get; set; }

        /// <summary>How many durable sessions had ended after the last command in it.</summary>
        public long Ends { get; set; }

        public bool Signalled { get; set; }

        public void Clear()
        {
            Batch.Clear();
            Steps.Clear();
            Sync = Signalled = false;
        }
    }
}
