using System.Diagnostics.Metrics;
using SkyTree.Core.Admin.Bridges;
using SkyTree.Core.Hooks;
using SkyTree.Core.Protocol;
using SkyTree.Core.Replication;

namespace SkyTree.Core.Diagnostics;

/// <content>What is read when somebody asks.</content>
internal sealed partial class BrokerMetrics
{
    private static readonly PacketType[] s_fromClients =
    [
        PacketType.Connect, PacketType.Publish, PacketType.PubAck, PacketType.PubRec, PacketType.PubRel, PacketType.PubComp,
        PacketType.Subscribe, PacketType.Unsubscribe, PacketType.PingReq, PacketType.Disconnect, PacketType.Auth,
    ];

    private static readonly PacketType[] s_toClients =
    [
        PacketType.ConnAck, PacketType.Publish, PacketType.PubAck, PacketType.PubRec, PacketType.PubRel, PacketType.PubComp,
        PacketType.SubAck, PacketType.UnsubAck, PacketType.PingResp, PacketType.Disconnect, PacketType.Auth,
    ];

    /// <summary>Makes the instruments that read a broker's counters.</summary>
    public void Observe(MetricSources sources)
    {
        ObserveTraffic(sources);
        ObserveClients(sources);
        ObserveQueues(sources);
        ObserveStore(sources);
        ObserveReplication(sources);
        ObserveBridges(sources);
        ObserveHooks(sources);
        Gauge("skytree.info", null, "1, with the broker's version.", () => [Of(1L, ("version", Broker.Version))]);
        Gauge("skytree.uptime", "s", "Seconds since the broker was made.", () => [Of(sources.UptimeSeconds)]);
        Gauge("skytree.draining", null, "1 while clients are sent to other servers, else 0.", () => [Flag(sources.Broker.IsDraining)]);
    }

    private void ObserveTraffic(MetricSources sources)
    {
        TrafficCounters traffic = sources.Broker.Traffic;
        Counter("skytree.packets.received", "{packet}", "MQTT packets received, by type.", () =>
            s_fromClients.Select(type => Of(traffic.ReceivedOf(type), ("type", Name(type)))));
        Counter("skytree.packets.sent", "{packet}", "MQTT packets sent, by type.", () =>
            s_toClients.Select(type => Of(traffic.SentOf(type), ("type", Name(type)))));
        Counter("skytree.messages.received", "{message}", "PUBLISH packets received, by QoS.", () =>
            Enum.GetValues<QoS>().Select(qos => Of(traffic.ReceivedAt(qos), ("qos", Name(qos)))));
        Counter("skytree.messages.sent", "{message}", "PUBLISH packets sent, repeated ones included, by QoS.", () =>
            Enum.GetValues<QoS>().Select(qos => Of(traffic.SentAt(qos), ("qos", Name(qos)))));
        Counter("skytree.messages.dropped", "{message}", "Messages that a subscriber did not get, or that were refused, by reason.", () =>
            Enum.GetValues<DropReason>().Select(reason => Of(sources.Broker.Drops[reason], ("reason", Snake(reason.ToString())))));
        Counter("skytree.network.received", "By", "Bytes of MQTT packets received.", () => [Of(traffic.BytesReceived)]);
        Counter("skytree.network.sent", "By", "Bytes of MQTT packets sent.", () => [Of(traffic.BytesSent)]);
    }

    private void ObserveClients(MetricSources sources)
    {
        AdmissionCounters admissions = sources.Services.Admissions;
        UpDown("skytree.connections", "{connection}", "Network connections, by listener; connecting: CONNECT is not completed.", () =>
            sources.Connections.CountByListener().SelectMany(count => new[]
            {
                Of(count.Connected, ("listener", count.Listener), ("state", "connected")),
                Of(count.Connecting, ("listener", count.Listener), ("state", "connecting")),
            }));
        Counter("skytree.connections.accepted", "{connection}", "Network connections that listeners have handed to the broker, by listener.", () =>
            admissions.Accepted.Select(pair => Of(pair.Value, ("listener", pair.Key))));
        Counter("skytree.connections.refused", "{connection}", "Connections whose CONNECT was refused, by reason code.", () =>
            admissions.Refused.Select(pair => Of(pair.Value, ("reason", Snake(pair.Key.ToString())))));
        Counter("skytree.authentications", "{authentication}", "Authentications of clients, by result.", () =>
            Enum.GetValues<AuthenticationResult>().Select(result => Of(admissions.Authenticated(result), ("result", Snake(result.ToString())))));
        UpDown("skytree.sessions", "{session}", "Sessions, by whether a client is connected; in a cluster those of all nodes.", () =>
            [Of(sources.Sessions.Now.Connected, ("state", "connected")), Of(sources.Sessions.Now.Disconnected, ("state", "disconnected"))]);
        Counter("skytree.sessions.expired", "{session}", "Sessions that have ended because their expiry interval ran out; in a cluster counted by the leader.", () => [Of(admissions.Expired)]);
        UpDown("skytree.subscriptions", "{subscription}", "Subscriptions, a shared group once; in a cluster those of all nodes.", () => [Of(sources.Broker.SubscriptionCount)]);
        UpDown("skytree.retained", "{message}", "Retained messages; in a cluster the same on all nodes.", () => [Of(sources.Broker.RetainedCount)]);
    }

    private void ObserveQueues(MetricSources sources)
    {
        UpDown("skytree.queue.inflight", "{message}", "QoS 1 and 2 messages that clients of this node have not acknowledged.", () => [Of(sources.Sessions.Now.InFlight)]);
        UpDown("skytree.queue.waiting", "{message}", "Messages that wait in memory for clients of this node.", () => [Of(sources.Sessions.Now.Waiting)]);
        UpDown("skytree.queue.waiting.size", "By", "Bytes of messages that wait in memory for clients of this node.", () => [Of(sources.Sessions.Now.WaitingBytes)]);
        Gauge("skytree.queue.lag", "{message}", "Stored messages, of all topics, since the point up to which the durable reader that is furthest behind has read and acknowledged.", () =>
        [
            Of(sources.Sessions.Now.LagOfConnected, ("reader", "connected")),
            Of(sources.Sessions.Now.LagOfDisconnected, ("reader", "disconnected")),
            Of(sources.Sessions.Now.LagOfGroups, ("reader", "group")),
        ]);
    }

    private void ObserveStore(MetricSources sources)
    {
        Counter("skytree.store.appended", "{message}", "Messages ever appended to the log: its last offset.", () => [Of(sources.State.LastOffset)]);
        UpDown("skytree.store.messages", "{message}", "Messages in the store, as last counted.", () => [Of(sources.Store.Now.Messages)]);
        UpDown("skytree.store.size", "By", "Bytes of payload and properties in the store, as last counted.", () => [Of(sources.Store.Now.Bytes)]);
        UpDown("skytree.store.topics", "{topic}", "Topics with messages in the store, as last counted.", () => [Of(sources.Store.Now.Topics)]);
        Gauge("skytree.store.full", null, "1 while nothing more can be stored: the disk, the memory or the outbox is full, or the database refuses. Else 0.", () => [Flag(sources.Broker.IsFull)]);
        Gauge("skytree.disk.free", "By", "Bytes free on the disk of the data folder.", () => sources.Broker.FreeDiskBytes is { } free ? [Of(free)] : []);
        Gauge("skytree.outbox.connected", null, "1 if the external store took what it was last given, else 0; absent where there is none.", () => sources.Outbox is { } outbox ? [Flag(outbox.IsConnected)] : []);
        UpDown("skytree.outbox.messages", "{message}", "Messages that the external store does not have yet.", () => sources.Outbox is { } outbox ? [Of(outbox.PendingMessages)] : []);
        UpDown("skytree.outbox.size", "By", "Bytes of payload and properties that the external store does not have yet.", () => sources.Outbox is { } outbox ? [Of(outbox.PendingBytes)] : []);
    }

    private void ObserveReplication(MetricSources sources)
    {
        Replicated("skytree.replication.leader", null, "1 on the node that leads, as far as it knows, else 0.", status => [Flag(status.IsLeader)]);
        Gauge("skytree.replication.serving", null, "1 while the node may acknowledge and serve durable sessions, else 0. Always 1 outside a cluster.", () => [Flag(sources.Broker.IsServing)]);
        Replicated("skytree.replication.term", null, "The term in which the node knows its leader; rises with each election.", status => [Of(status.Term)]);
        Replicated("skytree.replication.applied", "{entry}", "The last entry of the shared log that this node has applied.", status => [Of(status.AppliedIndex)]);
        Replicated("skytree.replication.committed", "{entry}", "The last entry of which this node knows that a majority has it.", status => [Of(status.CommitIndex)]);
        Replicated("skytree.replication.lag", "{entry}", "Entries that a node has still to apply of those that are committed; those of other nodes are known to the leader.", status =>
            status.Nodes.Select(node => Of(Math.Max(0, status.CommitIndex - node.AppliedIndex), ("node", node.Node.ToString("N")))));
        Replicated("skytree.replication.pending", "By", "Bytes of proposals of this node that have not been applied.", status => [Of(status.PendingBytes)]);
        Counter("skytree.replication.entries", "{entry}", "Entries that this node has appended as leader.", () => sources.Replicator.Status is { } status ? [Of(status.Entries)] : []);

        void Replicated(string name, string? unit, string description, Func<ReplicationStatus, IEnumerable<Measurement<long>>> read) =>
            Gauge(name, unit, description, () => sources.Replicator.Status is { } status ? read(status) : []);
    }

    private void ObserveBridges(MetricSources sources)
    {
        Gauge("skytree.bridge.connected", null, "1 on the node where a bridge is connected to the other broker, else 0.", () =>
            Bridges().Select(bridge => Of(bridge.State == BridgeState.Connected ? 1L : 0, ("bridge", bridge.Name))));
        Counter("skytree.bridge.messages", "{message}", "Messages that this node has passed on over a bridge, by direction.", () => Bridges().SelectMany(bridge => new[]
        {
            Of(bridge.Sent, ("bridge", bridge.Name), ("direction", "out")),
            Of(bridge.Received, ("bridge", bridge.Name), ("direction", "in")),
        }));
        Counter("skytree.bridge.dropped", "{message}", "Messages that a bridge on this node did not pass on, by reason.", () => Bridges().SelectMany(bridge => new[]
        {
            Of(bridge.Looped, ("bridge", bridge.Name), ("reason", "loop")),
            Of(bridge.Refused, ("bridge", bridge.Name), ("reason", "refused")),
        }));
        Counter("skytree.bridge.failures", "{connection}", "Connections of a bridge on this node that failed or were lost.", () =>
            Bridges().Select(bridge => Of(bridge.Failures, ("bridge", bridge.Name))));
        Gauge("skytree.bridge.lag", "{message}", "Stored messages, of all topics, since the point up to which a bridge has had its messages acknowledged; in a cluster the same on all nodes.", () =>
            Bridges().Where(bridge => bridge.Lag is not null).Select(bridge => Of(bridge.Lag!.Value, ("bridge", bridge.Name))));

        IReadOnlyList<BridgeItem> Bridges() => sources.Broker.Admin.Bridges.ListHere();
    }

    private void ObserveHooks(MetricSources sources)
    {
        BrokerHooks hooks = sources.Services.Hooks;
        Counter("skytree.hook.calls", "{call}", "Calls of hooks of the application, by kind.", () => hooks.Kinds.Select(kind => Of(hooks.Calls.CallsOf(kind), Tag(kind))));
        Counter("skytree.hook.failures", "{call}", "Calls of hooks without an answer, or with one that cannot be, by kind.", () => hooks.Kinds.Select(kind => Of(hooks.Calls.FailuresOf(kind), Tag(kind))));
        _meter.CreateObservableCounter("skytree.hook.time", () => _ended ? [] : hooks.Kinds.Select(kind => new Measurement<double>(hooks.Calls.TimeOf(kind).TotalSeconds, new KeyValuePair<string, object?>("kind", Snake(kind.ToString())))), "s", "Time that calls of hooks have taken together, by kind.");
        Counter("skytree.hook.events.missed", "{event}", "What client hooks were not told, since they were too slow.", () => hooks.Events is { } events ? [Of(events.Missed)] : []);

        static (string, string) Tag(HookKind kind) => ("kind", Snake(kind.ToString()));
    }

    private void Counter(string name, string? unit, string description, Func<IEnumerable<Measurement<long>>> read) =>
        _meter.CreateObservableCounter(name, () => _ended ? [] : read(), unit, description);

    private void UpDown(string name, string? unit, string description, Func<IEnumerable<Measurement<long>>> read) =>
        _meter.CreateObservableUpDownCounter(name, () => _ended ? [] : read(), unit, description);

    private void Gauge(string name, string? unit, string description, Func<IEnumerable<Measurement<long>>> read) =>
        _meter.CreateObservableGauge(name, () => _ended ? [] : read(), unit, description);

    private static Measurement<long> Of(long value, params ReadOnlySpan<(string Key, string Value)> tags)
    {
        var pairs = new KeyValuePair<string, object?>[tags.Length];
        for (int i = 0; i < tags.Length; i++)
        {
            pairs[i] = new KeyValuePair<string, object?>(tags[i].Key, tags[i].Value);
        }

        return new Measurement<long>(value, pairs);
    }

    private static Measurement<long> Flag(bool value) => new(value ? 1 : 0);

    private static string Name(PacketType type) => type.ToString().ToUpperInvariant();

    private static string Name(QoS qos) => qos switch
    {
        QoS.AtMostOnce => "0",
        QoS.AtLeastOnce => "1",
        _ => "2",
    };

    /// <summary>A name of an enumeration as the values of tags are written: <c>slow_consumer</c>.</summary>
    private static string Snake(string name)
    {
        var text = new System.Text.StringBuilder(name.Length + 4);
        for (int i = 0; i < name.Length; i++)
        {
            if (i > 0 && char.IsUpper(name[i]) && !char.IsUpper(name[i - 1]))
            {
                text.Append('_');
            }

            text.Append(char.ToLowerInvariant(name[i]));
        }

        return text.ToString();
    }
}
