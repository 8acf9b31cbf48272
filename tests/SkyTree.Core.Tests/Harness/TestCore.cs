using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using SkyTree.Core.Connections;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Listeners;
using SkyTree.Core.Messages;
using SkyTree.Core.Messages.Retention;
using SkyTree.Core.Protocol;
using SkyTree.Core.Replication;
using SkyTree.Core.Security;
using SkyTree.Core.Sessions;
using SkyTree.Core.Subscriptions;
using Xunit;

namespace SkyTree.Core.Tests.Harness;

/// <summary>The broker's parts put together without listeners: everything runs on the test's thread, in its order.</summary>
internal sealed class TestCore
{
    public TestCore(BrokerOptions? options = null, StoreOptions? storeOptions = null, Func<MessageStore, MessageStore>? wrapStore = null)
    {
        StoreOptions = storeOptions ?? new StoreOptions();
        Database = new MemoryDatabase(StoreOptions.MemoryMegabytes * 1024L * 1024L);
        Options = options ?? new BrokerOptions();
        var retention = new RetentionPolicy(StoreOptions.Retention);
        Context = new SessionContext(Options, StoreOptions, wrapStore?.Invoke(Store) ?? Store, new DropLedger(), Time, new BrokerLog(NullLogger.Instance))
        {
            Policies = new TopicPolicies(StoreOptions.DurabilityRules, retention.IsEmpty ? null : retention.Keeps),
        };
        State = new BrokerState(Context);
        Replicator = new LocalReplicator(new ReplicatorParts(State, Database, Time, Context.Log, BrokerState.Wake));
        Context.Replicator = Replicator;
        Replicator.Start();
        Router = new MessageRouter(State, Replicator, Context);
        Services = new ConnectionServices(
            Options,
            StoreOptions.Durability,
            Replicator,
            Router,
            new WillSender(Router, Context),
            new AuthenticationChain([], [], TimeProvider.System),
            new DefaultAuthorizer(),
            new TrafficCounters(),
            Context.Drops,
            new Ticker(Time),
            Time,
            Context.Log);
    }

    public BrokerOptions Options { get; }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public long NowMs => Time.GetUtcNow().ToUnixTimeMilliseconds();

    public StoreOptions StoreOptions { get; }

    public MemoryDatabase Database { get; }

    public InMemoryMessageStore Store => Database.Messages;

    public SessionContext Context { get; }

    public BrokerState State { get; }

    public LocalReplicator Replicator { get; }

    public MessageRouter Router { get; }

    public ConnectionServices Services { get; }

    /// <summary>Applies a command, which completes at once.</summary>
    public T Propose<T>(Command<T> command)
    {
        Task<T> result = Replicator.ProposeAsync(command).AsTask();
        Assert.True(result.IsCompletedSuccessfully);
        return result.Result;
    }

    /// <summary>Opens a session and attaches a connection to it.</summary>
    /// <param name="clientId">The client identifier.</param>
    /// <param name="durable">Whether it outlives its connection.</param>
    /// <param name="window">The client's Receive Maximum.</param>
    /// <param name="limit">The bytes that may wait for it.</param>
    public TestPeer Connect(string clientId, bool durable = false, int window = 100, int limit = 1 << 20)
    {
        SessionOpened opened = Propose(new OpenSession(clientId, CleanStart: !durable, durable, durable ? uint.MaxValue : 0, null))!;
        var peer = new TestPeer(this, opened.Session, opened.Epoch, limit);
        Assert.True(opened.Session.Queue.TryAttach(peer.Connection, opened.Epoch, window, out _));
        opened.Session.Queue.Pump();
        opened.Session.PumpGroups();
        FlushList.FlushAll();
        return peer;
    }

    /// <summary>Publishes as a client, and flushes.</summary>
    public void Publish(string topic, int qos = 0, string payload = "", bool retain = false, string publisher = "publisher", uint? expirySeconds = null)
    {
        Publish(Message(topic, qos, payload, retain, publisher, expirySeconds));
    }

    public void Publish(StoredMessage message)
    {
        Assert.True(Router.PublishAsync(message).AsTask().IsCompletedSuccessfully);
        FlushList.FlushAll();
    }

    public StoredMessage Message(string topic, int qos = 0, string payload = "", bool retain = false, string publisher = "publisher", uint? expirySeconds = null) => new()
    {
        Offset = 0,
        Topic = topic,
        TimestampMs = NowMs,
        ExpiresAtMs = expirySeconds is { } seconds ? NowMs + (seconds * 1000L) : null,
        QoS = (byte)qos,
        Retain = retain,
        PublisherId = publisher,
        Payload = Encoding.UTF8.GetBytes(payload),
    };

    public static TopicFilter Filter(string text)
    {
        Assert.True(TopicFilter.TryParse(text, out TopicFilter filter), text);
        return filter;
    }
}
