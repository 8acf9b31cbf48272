using SkyTree.Core.Connections;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Messages;
using SkyTree.Core.Replication;
using SkyTree.Core.Replication.Records;

namespace SkyTree.Cluster.Replication;

/// <summary>
/// Carries commands to the state of every node. A proposal is numbered, sent to the leader, put into an entry of the shared
/// log with others, applied on every node in the log's order, and completed where it came from.
/// </summary>
/// <remarks>
/// Threads: proposals come from any; <see cref="SendAsync"/> sends them to the leader; <see cref="LeadAsync"/> appends entries
/// while this node leads; the log applies them, one at a time, by <see cref="Apply"/>; one thread completes them in their order.
/// </remarks>
internal sealed partial class ClusterReplicator : IReplicator
{
    private const long ChokeBytes = 64 * 1024 * 1024;
    private const int GroupsToComplete = 4; // applied and not completed: then applying waits

    private readonly ReplicatorParts _parts;
    private static readonly ShardId s_shard = ShardId.First; // whose commands it carries
    private static readonly byte[] s_shardBytes = new RecordWriter().Short(s_shard.Number).Written.ToArray();

    private readonly Guid _node;
    private readonly IClusterLog _log;
    private readonly INodeLinks _links;
    private readonly ReplicatorOptions _options;
    private readonly BrokerState _state;
    private readonly StateDatabase _database;
    private readonly TimeProvider _time;
    private readonly BrokerLog _brokerLog;
    private readonly Action<AppendedMessage> _wake;
    private readonly MessageStore _store;
    private readonly BrokerMetrics? _metrics;

    private readonly ProposalStream _proposals = new();
    private readonly SemaphoreSlim _toSend = new(0); // released when there is something to send, or somebody else to send it to
    private readonly CancellationTokenSource _stop = new();
    private readonly CompletionQueue<Completion> _applied = new();
    private readonly SemaphoreSlim _slots = new(GroupsToComplete); // of entries among them
    private readonly Lock _roomGate = new();
    private TaskCompletionSource? _room; // guarded by _roomGate
    private long _incarnation; // of this process's proposals; a new one when the cluster has held it for gone. Written when an entry is applied
    private volatile bool _full;
    private Neighbours? _neighbours; // set once, before it starts
    private Task _sending = Task.CompletedTask;
    private Task _leading = Task.CompletedTask;
    private Thread? _completer;

    /// <summary>Creates one.</summary>
    /// <param name="parts">What it works with.</param>
    /// <param name="node">This node.</param>
    /// <param name="log">The shared log.</param>
    /// <param name="links">The other nodes.</param>
    /// <param name="options">Its times.</param>
    public ClusterReplicator(ReplicatorParts parts, Guid node, IClusterLog log, INodeLinks links, ReplicatorOptions options)
    {
        (_state, _database, _time, _brokerLog, _wake) = parts;
        _store = parts.Store ?? _database.Messages;
        _parts = parts;
        _metrics = parts.Metrics;
        _node = node;
        _log = log;
        _links = links;
        _options = options;
        _incarnation = NewIncarnation();
        _grants = new LeaseGrants(options.Lease, _time);
    }

    /// <inheritdoc/>
    public INeighbours? Attach(MessageRouter router) => _neighbours = new Neighbours(router, _state, _links, _time);

    /// <inheritdoc/>
    public ValueTask StartAsync(CancellationToken cancellationToken)
    {
        Start();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public bool IsChoked => _proposals.Bytes > ChokeBytes;

    /// <inheritdoc/>
    public bool IsFull => _full || _database.IsFull;

    /// <summary>Entries that it has appended as leader since it started.</summary>
    public long Entries => Volatile.Read(ref _entries);

    /// <summary>Bytes of what it has proposed and not seen applied.</summary>
    public long PendingBytes => _proposals.Bytes;

    /// <summary>How far the other nodes have said that they are; empty unless this one leads.</summary>
    public IReadOnlyList<NodeProgress> Others => _grants.Progress;

    /// <inheritdoc/>
    public bool IsAlone => false;

    /// <inheritdoc/>
    public bool IsLeader => _log.IsLeader && _grants.Own > _time.GetTimestamp();

    /// <summary>Begins, once the database is open and the state is loaded; before the log does.</summary>
    public void Start()
    {
        _batch = _database.CreateBatch();
        _localBatch = _database.CreateBatch();
        _completer = new Thread(CompleteApplied) { IsBackground = true, Name = "SkyTree log completions" };
        _completer.Start();
        _sending = Task.Run(SendAsync);
        _leading = Task.Run(LeadAsync);
    }

    /// <inheritdoc/>
    public void SetFull(bool full)
    {
        _full = full;
        if (!full)
        {
            SignalRoom();
        }
    }

    /// <inheritdoc/>
    public ValueTask<TResult> ProposeAsync<TResult>(Command<TResult> command)
    {
        var proposal = new AwaitedProposal<TResult>();
        Propose(command, proposal);
        FlushList.FlushAll();
        return proposal.Task;
    }

    /// <inheritdoc/>
    public void Propose<TResult>(Command<TResult> command, Proposal<TResult> proposal)
    {
        if (command.IsLocal)
        {
            ApplyLocally(command, proposal);
            return;
        }

        int level = _state.Level;
        Invariant.Require(command.Shard == s_shard, "a command goes into its shard's log");
        Invariant.Require(command.FirstLevel <= level, "a command is proposed once all nodes know it");
        _proposals.Add(command.At(level), proposal);
        _toSend.Release();
    }

    /// <inheritdoc/>
    public async ValueTask WaitForRoomAsync(CancellationToken cancellationToken)
    {
        while (IsFull || IsChoked)
        {
            Task room;
            lock (_roomGate)
            {
                room = (_room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            if (IsFull || IsChoked)
            {
                await room.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Ends it, after the log has ended. What becomes of what is pending nobody will know.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_sending, _leading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _applied.Complete();
        if (_completer is not null)
        {
            await Task.Run(_completer.Join).ConfigureAwait(false);
        }

        _proposals.Restart().ForEach(proposal => proposal.Abandon());
        _batch?.Dispose();
        _localBatch?.Dispose();
        _slots.Dispose();
        _toSend.Dispose();
        _stop.Dispose();
    }

    /// <summary>The leader, or the way to it, has changed: what was sent may be lost.</summary>
    public void OnLeaderChanged()
    {
        if (!_log.IsLeader)
        {
            EndLeading();
        }

        SendAgain();
        _leaderTick.Release();
    }

    /// <summary>A frame has come.</summary>
    /// <param name="from">The node that sent it.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="body">Its body.</param>
    /// <returns>False: it is none of this replicator's.</returns>
    public bool OnFrame(Guid from, byte kind, ReadOnlySpan<byte> body)
    {
        var reader = new RecordReader(body);
        if ((kind & FrameKind.OfShard) != 0 && new ShardId(reader.Short()) != s_shard)
        {
            return false;
        }

        switch (kind & ~FrameKind.OfShard)
        {
            case FrameKind.Propose:
                TakeBlock(reader.Rest().ToArray());
                return true;
            case FrameKind.Resend:
                SendAgain();
                return true;
            case FrameKind.Register:
                Register(from, reader.Number(), reader.IsAtEnd ? "" : reader.Text(), ReadAgreed(ref reader));
                return true;
            case FrameKind.Renew:
                OnRenew(from, reader.Number(), reader.Number(), reader.Number(), reader.Flag(), ReadAgreed(ref reader));
                return true;
            case FrameKind.Lease:
                OnLease(from, reader.Number(), reader.Number());
                return true;
            case FrameKind.Ask:
                OnAsk(reader.Number());
                return true;
            case FrameKind.Settle:
                OnSettle(from, reader.Number(), reader.Number());
                return true;
            case FrameKind.Settled:
                OnSettled(reader.Number());
                return true;
            case FrameKind.Publish or FrameKind.PublishShared:
                _neighbours?.OnPublish(kind, ref reader);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Sends a frame about this shard's log; never waits.</summary>
    /// <returns>False: there is no link, or no room in it.</returns>
    private bool TrySend(Guid to, byte kind, ReadOnlySpan<byte> body) => _state.Level < FormatLevel.ShardsInFrames
        ? _links.TrySend(to, kind, body)
        : _links.TrySend(to, (byte)(kind | FrameKind.OfShard), s_shardBytes, body);

    private void SendAgain()
    {
        if (_proposals.Rewind())
        {
            _toSend.Release();
        }
    }

    private async Task SendAsync()
    {
        var block = new RecordWriter();
        try
        {
            while (true)
            {
                await _toSend.WaitAsync(_stop.Token).ConfigureAwait(false);
                while (_toSend.Wait(0, CancellationToken.None))
                {
                    // Many may have released it: what is there is sent together.
                }

                while (IsRegistered && _log.Leader is { } leader && _proposals.TryTakeBlock(block, _node, Volatile.Read(ref _incarnation)))
                {
                    if (leader == _node)
                    {
                        TakeBlock(block.Written.ToArray());
                    }
                    else if (!TrySend(leader, FrameKind.Propose, block.Written))
                    {
                        _proposals.Rewind();
                        await WaitForLinkAsync(leader).ConfigureAwait(false);
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    // No link, or no room in it: either changes without anybody saying so here.
    private async Task WaitForLinkAsync(Guid leader)
    {
        await _links.WaitForRoomAsync(leader, _stop.Token).ConfigureAwait(false);
        await Task.Delay(_options.Retry, _time, _stop.Token).ConfigureAwait(false);
    }

    private void SignalRoom()
    {
        TaskCompletionSource? room;
        lock (_roomGate)
        {
            room = _room;
            _room = null;
        }

        room?.TrySetResult();
    }

    // Higher than those of all processes before it on this node, as long as the clock does not go back by more than a restart takes.
    private long NewIncarnation() => Math.Max(_time.GetUtcNow().UtcTicks, _incarnation + 1);
}
