using SkyTree.Broker.Tests.Harness;
using SkyTree.Core;
using SkyTree.Core.Admin.Nodes;
using SkyTree.Core.Connections;
using SkyTree.Core.Messages;
using SkyTree.Core.Protocol;
using SkyTree.Core.Replication;
using SkyTree.Core.Replication.Records;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Broker.Tests.Admin;

/// <summary>
/// Two brokers of one process that share their state as nodes of a cluster do: each command is applied by both, by one of them
/// from its bytes. What one asks the other goes from one to the other as bytes, while there is a link.
/// </summary>
internal sealed class TwinNodes : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly List<TwinReplicator> _replicators = []; // guarded by _gate

    private TwinNodes()
    {
    }

    public TestBroker First { get; private set; } = null!;

    public TestBroker Second { get; private set; } = null!;

    public Guid FirstId { get; } = Guid.NewGuid();

    public Guid SecondId { get; } = Guid.NewGuid();

    /// <summary>Whether they reach each other.</summary>
    public bool IsLinked { get; set; } = true;

    /// <summary>Starts both.</summary>
    /// <param name="level">The format level to which the state is raised.</param>
    public static async Task<TwinNodes> StartAsync(int level = FormatLevel.Newest)
    {
        var nodes = new TwinNodes();
        nodes.First = await nodes.StartAsync(nodes.FirstId);
        nodes.Second = await nodes.StartAsync(nodes.SecondId);
        nodes.First.Broker.Admin.Nodes.Links = new Links(nodes, nodes.SecondId, nodes.Second);
        nodes.Second.Broker.Admin.Nodes.Links = new Links(nodes, nodes.FirstId, nodes.First);
        await nodes.First.Broker.Replicator.ProposeAsync(new RaiseLevel(level));
        return nodes;
    }

    public async ValueTask DisposeAsync()
    {
        await First.DisposeAsync();
        await Second.DisposeAsync();
    }

    private Task<TestBroker> StartAsync(Guid id) => TestBroker.StartAsync(storage: BrokerStorage.InMemory() with
    {
        Node = id,
        CreateReplicator = parts => new TwinReplicator(this, parts, id),
    });

    private sealed class Links(TwinNodes nodes, Guid other, TestBroker broker) : IQuestionLinks
    {
        public IReadOnlyList<Guid> Others => [other];

        public async Task<ReadOnlyMemory<byte>?> AskAsync(Guid node, ReadOnlyMemory<byte> question, CancellationToken cancellationToken) =>
            nodes.IsLinked && node == other ? await broker.Broker.Admin.Nodes.AnswerAsync(question, cancellationToken) : null;
    }

    private sealed class TwinReplicator : IReplicator
    {
        private readonly TwinNodes _nodes;
        private readonly ReplicatorParts _parts;
        private readonly Guid _id;

        public TwinReplicator(TwinNodes nodes, ReplicatorParts parts, Guid id)
        {
            (_nodes, _parts, _id) = (nodes, parts, id);
            lock (nodes._gate)
            {
                nodes._replicators.Add(this);
            }
        }

        public bool IsAlone => false;

        public bool IsLeader => _id == _nodes.FirstId;

        public bool IsServing => true;

        public TimeSpan Patience => TimeSpan.Zero;

        public bool IsChoked => false;

        public bool IsFull => false;

        public INeighbours? Attach(MessageRouter router) => null;

        public ValueTask StartAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask SettleAsync() => ValueTask.CompletedTask;

        public void SetFull(bool full)
        {
        }

        public ValueTask WaitForRoomAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        public ValueTask<TResult> ProposeAsync<TResult>(Command<TResult> command) => new(Apply(command));

        public void Propose<TResult>(Command<TResult> command, Proposal<TResult> proposal)
        {
            proposal.Result = Apply(command);
            proposal.Complete();
        }

        private TResult Apply<TResult>(Command<TResult> command)
        {
            TResult result = default!;
            var after = new List<Action>();
            lock (_nodes._gate)
            {
                long nowMs = _parts.Time.GetUtcNow().ToUnixTimeMilliseconds();
                byte[]? bytes = null;
                if (!command.IsLocal)
                {
                    var writer = new RecordWriter();
                    CommandFormat.Write(command, writer.Begin());
                    bytes = writer.Written.ToArray();
                }

                foreach (TwinReplicator node in bytes is null ? [this] : _nodes._replicators)
                {
                    using StateBatch batch = node._parts.Database.CreateBatch();
                    node._parts.State.Begin(batch, keeps: false, full: false, _id);
                    if (node == this)
                    {
                        result = _parts.State.Apply(command, nowMs);
                    }
                    else
                    {
                        CommandFormat.Read(bytes, node._parts.State).Run(node._parts.State, nowMs);
                    }

                    foreach (Connection connection in node._parts.State.Displaced ?? [])
                    {
                        after.Add(() => connection.RequestClose(ReasonCode.SessionTakenOver, "another connection uses this client identifier"));
                    }

                    node._parts.State.End(nowMs, out AppendedMessage? appended, out IReadOnlyCollection<SharedGroup>? groups);
                    node._parts.Database.Write(batch, sync: false);
                    if (appended is not null)
                    {
                        BrokerState.Wake(appended);
                        after.Add(() => BrokerState.Pump(appended));
                    }

                    after.AddRange((groups ?? []).Select(group => (Action)group.Pump));
                }
            }

            after.ForEach(action => action());
            FlushList.FlushAll();
            return result;
        }
    }
}
