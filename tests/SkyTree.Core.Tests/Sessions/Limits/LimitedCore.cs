using SkyTree.Core.Connections;
using SkyTree.Core.Messages;
using SkyTree.Core.Replication;
using SkyTree.Core.Sessions;
using SkyTree.Core.Sessions.Limits;
using SkyTree.Core.Tests.Harness;

namespace SkyTree.Core.Tests.Sessions.Limits;

/// <summary>A core whose durable sessions have limits.</summary>
internal sealed class LimitedCore
{
    private readonly LogTrimmer _trimmer;
    private QueueLimiter _limiter;

    public LimitedCore(QueueLimits limits)
    {
        Core = new TestCore(storeOptions: new StoreOptions { QueueLimits = limits });
        _limiter = new QueueLimiter(Core.State, Core.Replicator, Core.Context);
        _trimmer = new LogTrimmer(Core.State, Core.Replicator, Core.Store, Core.Time);
    }

    public TestCore Core { get; }

    /// <summary>A second passes in the housekeeping.</summary>
    public Task EnforceAsync(bool everything = true) => _limiter.EnforceAsync(everything).AsTask();

    public Task TrimAsync() => _trimmer.TrimAsync().AsTask();

    /// <summary>What was in memory only is gone.</summary>
    public void Forget()
    {
        _limiter = new QueueLimiter(Core.State, Core.Replicator, Core.Context);
        foreach (Session session in Core.State.Sessions.All)
        {
            session.Backlog?.Restore(Core.State.LastOffset);
        }
    }

    /// <summary>Publishes as a client does who can be refused.</summary>
    public PublishStatus Publish(string topic, string payload, string publisher = "publisher", int qos = 1)
    {
        StoredMessage message = Core.Message(topic, qos, payload, publisher: publisher);
        PublishApplied applied = Core.Propose(new PublishMessage(message, KeepRetained: false) { IsRefused = Core.State.Index.Match(message.TopicUtf8).IsBlocked(publisher) });
        Core.Router.Finish(message, applied);
        FlushList.FlushAll();
        return applied.Status;
    }

    public void Publish(string topic, int first, int count)
    {
        for (int i = first; i < first + count; i++)
        {
            Publish(topic, $"{i}");
        }
    }

    /// <summary>A durable client that subscribed and went away.</summary>
    public Session Away(string clientId, params string[] filters)
    {
        TestPeer peer = Core.Connect(clientId, durable: true);
        foreach (string filter in filters)
        {
            peer.Subscribe(filter, 1);
        }

        peer.Disconnect();
        return peer.Session;
    }

    /// <summary>What a client gets that comes back and acknowledges everything.</summary>
    public string Drain(string clientId)
    {
        TestPeer peer = Core.Connect(clientId, durable: true, window: 60_000);
        var payloads = new List<string>();
        while (peer.Receive() is { Count: > 0 } received)
        {
            received.ForEach(packet => peer.Ack(packet.PacketId));
            payloads.AddRange(received.Select(packet => packet.Payload));
        }

        peer.Disconnect();
        return string.Join(' ', payloads);
    }
}
