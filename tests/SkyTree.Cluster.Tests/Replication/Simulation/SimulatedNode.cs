using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using SkyTree.Broker.Tests.Model;
using SkyTree.Cluster.Replication;
using SkyTree.Core;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Messages;
using SkyTree.Core.Replication;
using SkyTree.Core.Sessions;

namespace SkyTree.Cluster.Tests.Replication.Simulation;

/// <summary>A node of a <see cref="SimulatedCluster"/>: the real state and the real replicator.</summary>
internal sealed class SimulatedNode : IClusterLog, INodeLinks, IAsyncDisposable
{
    public static readonly ReplicatorOptions Times = new()
    {
        Lease = TimeSpan.FromMilliseconds(400),
        Margin = TimeSpan.FromMilliseconds(100),
        Tick = TimeSpan.FromMilliseconds(30),
        NodeTimeout = TimeSpan.FromMilliseconds(1_500),
        Resend = TimeSpan.FromMilliseconds(300),
        Retry = TimeSpan.FromMilliseconds(2),
    };

    private static readonly OutboxOptions s_outbox = new()
    {
        PageMessages = 40,
        FirstBackOff = TimeSpan.FromMilliseconds(2),
        LongestBackOff = TimeSpan.FromMilliseconds(20),
        OpenWait = TimeSpan.FromMilliseconds(1),
        CloseWait = TimeSpan.FromMilliseconds(100),
    };

    private readonly SimulatedCluster _cluster;
    private readonly ConcurrentDictionary<Guid, BlockingCollection<(byte Kind, byte[] Body)>> _inboxes = [];
    private readonly List<Thread> _threads = [];
    private readonly CancellationTokenSource _stop = new();
    private long _applied;

    public SimulatedNode(SimulatedCluster cluster, Guid id, CrashableDisk? disk = null, MessageStore? external = null, string storeName = "", int agreedLevel = FormatLevel.Newest)
    {
        _cluster = cluster;
        Id = id;
        Disk = disk ?? new CrashableDisk();
        Database = new CrashableDatabase(Disk);
        Outbox = external is null ? null : new OutboxMessageStore(Database.Messages, external, s_outbox, TimeProvider.System, NullLogger.Instance, isShared: true);
        Store = Outbox ?? Database.Messages;
        Outbox?.Follow(BrokerState.ReadStored(Database));
        Outbox?.LoadAsync(CancellationToken.None).AsTask().Wait();
        var context = new SessionContext(new BrokerOptions(), new StoreOptions(), Store, new DropLedger(), TimeProvider.System, new BrokerLog(NullLogger.Instance)) { Node = id };
        State = new BrokerState(context);
        State.LoadAsync(Database, Store).AsTask().Wait();
        _applied = State.AppliedIndex;
        ReplicatorParts parts = new(State, Database, TimeProvider.System, context.Log, OnAppended)
        {
            Store = Store,
            StoreName = storeName,
            AgreedLevel = agreedLevel,
            Written = () => Outbox?.Follow(State.StoredUpTo),
            Replacing = () => Outbox?.BeginReplacement(),
            Replaced = () => Outbox?.EndReplacement(State.StoredUpTo),
        };
        Replicator = new ClusterReplicator(parts, id, this, this, Times);
        context.Replicator = Replicator;
        if (Outbox is not null)
        {
            Outbox.Sharing = new OutboxSharing(() => Replicator.IsLeader, async upTo => await Replicator.ProposeAsync(new NoteStored(upTo)));
            Outbox.BeginAsync(CancellationToken.None).AsTask().Wait();
        }

        Replicator.Start();
        cluster.Nodes[id] = this;
        Run(ApplyAll);
    }

    public Guid Id { get; }

    public CrashableDisk Disk { get; }

    public CrashableDatabase Database { get; }

    /// <summary>The way to an external store that all nodes have; null: there is none.</summary>
    public OutboxMessageStore? Outbox { get; }

    /// <summary>All messages.</summary>
    public MessageStore Store { get; }

    public BrokerState State { get; }

    public ClusterReplicator Replicator { get; }

    /// <summary>Whether it applies nothing for now.</summary>
    public bool IsHeld { get; set; }

    public long Applied => Interlocked.Read(ref _applied);

    public bool IsLeader => _cluster.Leader(Id) == Id;

    public long Term => _cluster.Term;

    IReadOnlyList<Guid> IClusterLog.Voters => [.. _cluster.Nodes.Keys];

    Guid? IClusterLog.Leader => _cluster.Leader(Id) is var leader && leader == Guid.Empty ? null : leader;

    public async ValueTask<bool> AppendAsync(ReadOnlyMemory<byte> entry, CancellationToken cancellationToken)
    {
        await Task.Delay(_cluster.Next(3), cancellationToken);
        (long? index, bool isTold) = _cluster.Append(Id, entry);
        while (index > Applied)
        {
            await Task.Delay(1, cancellationToken);
        }

        return index is not null && isTold;
    }

    public bool TrySend(Guid to, byte kind, ReadOnlySpan<byte> header, ReadOnlySpan<byte> body) => _cluster.TrySend(Id, to, kind, [.. header, .. body]);

    public ValueTask WaitForRoomAsync(Guid to, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public BlockingCollection<(byte Kind, byte[] Body)> Inbox(Guid from) => _inboxes.GetOrAdd(from, id =>
    {
        var inbox = new BlockingCollection<(byte Kind, byte[] Body)>();
        Run(() =>
        {
            foreach ((byte kind, byte[] body) in inbox.GetConsumingEnumerable(_stop.Token))
            {
                Replicator.OnFrame(id, kind, body);
            }
        });
        return inbox;
    });

    /// <summary>Takes over what another node has. While this one is held.</summary>
    public void Install(SimulatedNode from)
    {
        string folder = Guid.NewGuid().ToString("N");
        from.Database.CreateCheckpoint(folder);
        Disk.Fetch(from.Disk, folder);
        Replicator.Install(folder);
        Interlocked.Exchange(ref _applied, Replicator.AppliedIndex);
    }

    public async ValueTask DisposeAsync()
    {
        Disk.CutOff(); // as if it had been killed
        await _stop.CancelAsync();
        await Replicator.DisposeAsync();
        await (Outbox?.DisposeAsync() ?? ValueTask.CompletedTask);
        await Task.Run(() =>
        {
            lock (_threads)
            {
                _threads.ForEach(thread => thread.Join());
            }
        });
    }

    private void OnAppended(AppendedMessage appended)
    {
        Outbox?.Notify(1, appended.Message.Payload.Length + appended.Message.Properties.Length);
        BrokerState.Wake(appended);
    }

    private void ApplyAll()
    {
        while (!_stop.IsCancellationRequested)
        {
            if (!IsHeld && _cluster.Entry(Applied + 1) is { } entry)
            {
                Replicator.Apply(Applied + 1, new ReadOnlySequence<byte>(entry));
                Interlocked.Increment(ref _applied);
            }
            else
            {
                _stop.Token.WaitHandle.WaitOne(1);
            }
        }
    }

    private void Run(Action action)
    {
        var thread = new Thread(() =>
        {
            try
            {
                action();
            }
            catch (OperationCanceledException)
            {
            }
        })
        {
            IsBackground = true,
        };
        lock (_threads)
        {
            _threads.Add(thread);
        }

        thread.Start();
    }
}
