using Microsoft.Extensions.Logging.Abstractions;
using SkyTree.Broker.Tests.Model;
using SkyTree.Core;
using SkyTree.Core.Connections;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Messages;
using SkyTree.Core.Replication;
using SkyTree.Core.Replication.Records;
using SkyTree.Core.Sessions;

namespace SkyTree.Broker.Tests.Harness;

/// <summary>
/// Another node's replica of a broker's state, which is given every command as bytes, right after the broker has applied
/// it. In the end both must have written the same keys and values.
/// </summary>
internal sealed class Mirror : IAsyncDisposable
{
    private readonly Guid _node = Guid.NewGuid();
    private readonly RecordWriter _bytes = new();
    private readonly BrokerState _state;
    private readonly CrashableDatabase _database = new(new CrashableDisk());
    private readonly ReplicatorParts _mirrored;
    private Exception? _failure;

    public Mirror(ReplicatorParts mirrored, StoreOptions options)
    {
        _mirrored = mirrored;
        var context = new SessionContext(new BrokerOptions(), options, _database.Messages, new DropLedger(), mirrored.Time, new BrokerLog(NullLogger.Instance)) { Node = _node };
        _state = new BrokerState(context);
        context.Replicator = new Nobody();
    }

    /// <summary>A replicator with a mirror.</summary>
    public static IReplicator Create(ReplicatorParts parts, StoreOptions options) => new Replicator(new LocalReplicator(parts), new Mirror(parts, options));

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private void Apply(ReadOnlySpan<byte> command, long nowMs, bool full)
    {
        try
        {
            using StateBatch batch = _database.CreateBatch();
            _state.Begin(batch, keeps: true, full, _mirrored.State.Node);
            CommandFormat.Read(command, _state).Run(_state, nowMs);
            _state.End(nowMs, out _, out _);
            _database.Write(batch, sync: false);
        }
        catch (Exception e)
        {
            _failure ??= e;
        }
    }

    private void Compare()
    {
        Assert.Null(_failure);
        Assert.Equal(Read(_mirrored.Database), Read(_database));
        Assert.Equal(_mirrored.State.LastOffset, _state.LastOffset);
        Assert.Equal(_mirrored.State.Level, _state.Level);
    }

    private static List<string> Read(StateDatabase database)
    {
        List<string> records = [];
        database.Read([], (key, value) =>
        {
            // The store's name is no command's, and the layout is not written before the first one.
            if (key[0] is not (StateKey.Layout or StateKey.Store))
            {
                records.Add($"{(char)key[0]} {Convert.ToHexString(key[1..])} {System.Text.Encoding.ASCII.GetString(key[1..])} = {Convert.ToHexString(value)}");
            }

            return true;
        });
        return records;
    }

    private sealed class Replicator(LocalReplicator inner, Mirror mirror) : IReplicator
    {
        public bool IsChoked => inner.IsChoked;

        public bool IsFull => inner.IsFull;

        public bool IsAlone => inner.IsAlone;

        public bool IsLeader => inner.IsLeader;

        public bool IsServing => inner.IsServing;

        public TimeSpan Patience => inner.Patience;

        public ValueTask SettleAsync() => inner.SettleAsync();

        public INeighbours? Attach(MessageRouter router) => inner.Attach(router);

        public ValueTask StartAsync(CancellationToken cancellationToken)
        {
            if (mirror._mirrored.State.Sessions.Count > 0)
            {
                throw new InvalidOperationException("A mirror begins with an empty state.");
            }

            return inner.StartAsync(cancellationToken);
        }

        public void SetFull(bool full) => inner.SetFull(full);

        public ValueTask WaitForRoomAsync(CancellationToken cancellationToken) => inner.WaitForRoomAsync(cancellationToken);

        public ValueTask<TResult> ProposeAsync<TResult>(Command<TResult> command) => inner.ProposeAsync(Mirrored(command));

        public void Propose<TResult>(Command<TResult> command, Proposal<TResult> proposal) => inner.Propose(Mirrored(command), proposal);

        public async ValueTask DisposeAsync()
        {
            await inner.DisposeAsync();
            mirror.Compare();
            await mirror.DisposeAsync();
        }

        private Command<TResult> Mirrored<TResult>(Command<TResult> command) => command.IsLocal ? command : new Both<TResult>(command, mirror);
    }

    private sealed record Both<TResult>(Command<TResult> Inner, Mirror Mirror) : Command<TResult>
    {
        public override bool IsOrdered => Inner.IsOrdered;

        public override Command<TResult> At(int level) => this with { Inner = Inner.At(level) };

        public override TResult ApplyTo(BrokerState state, long nowMs)
        {
            CommandFormat.Write(Inner, Mirror._bytes.Begin());
            byte[] bytes = Mirror._bytes.Written.ToArray();
            TResult result = Inner.ApplyTo(state, nowMs);
            Mirror.Apply(bytes, nowMs, state.IsFull);
            return result;
        }
    }

    /// <summary>What a replica itself proposes: nothing, since it has no clients.</summary>
    internal sealed class Nobody : IReplicator
    {
        public bool IsChoked => false;

        public bool IsFull => false;

        public bool IsAlone => false;

        public bool IsLeader => false;

        public bool IsServing => false;

        public TimeSpan Patience => TimeSpan.Zero;

        public ValueTask SettleAsync() => ValueTask.CompletedTask;

        public INeighbours? Attach(MessageRouter router) => null;

        public ValueTask StartAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public void SetFull(bool full)
        {
        }

        public ValueTask<TResult> ProposeAsync<TResult>(Command<TResult> command) => throw new InvalidOperationException($"A replica proposed {command}.");

        public void Propose<TResult>(Command<TResult> command, Proposal<TResult> proposal) => throw new InvalidOperationException($"A replica proposed {command}.");

        public ValueTask WaitForRoomAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
