using System.Globalization;
using CsCheck;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Replication;
using SkyTree.Core.Sessions;
using SkyTree.Core.Sessions.Limits;
using SkyTree.Core.Subscriptions;
using SkyTree.Core.Tests.Harness;
using Xunit;

namespace SkyTree.Core.Tests.Sessions.Limits;

/// <summary>
/// Random publishing, subscribing, receiving, going away and coming back under random limits, against a list for each
/// client of what waits for it: nothing is dropped within the limits, beyond them exactly what the policy says, and each
/// drop is counted once.
/// </summary>
public sealed class QueueLimitModelTests
{
    private static readonly string[] s_topics = ["a", "a/b", "a/c", "d"];
    private static readonly string[] s_filters = ["a", "a/#", "+/b", "d", "#"];
    private static readonly string[] s_clients = ["x", "y", "z"];

    private static readonly Gen<QueueLimits> s_limits = Gen.Select(
        Gen.Int[0, 8], Gen.Int[0, 8], Gen.Int[0, 4], Gen.Enum<QueueLimitPolicy>(),
        (messages, bytes, age, policy) => new QueueLimits
        {
            MaximumMessages = messages == 8 ? 40 : messages,
            MaximumBytes = bytes < 4 ? 0 : bytes * 12,
            MaximumAgeSeconds = age < 2 ? 0 : age * 10,
            Policy = policy,
        });

    private static readonly Gen<Step> s_step = Gen.Frequency(
        (10, Gen.Select(Gen.Int[0, 3], Gen.Int[1, 9], Gen.Int[0, 20], Gen.Int[0, 3]).Select((t, n, size, p) => (Step)new Publish(s_topics[t], n, size, p == 3 ? "other" : s_clients[p]))),
        (6, Gen.Select(Gen.Int[0, 2], Gen.Int[1, 9]).Select((c, n) => (Step)new Acknowledge(s_clients[c], n))),
        (4, Gen.Select(Gen.Int[0, 2], Gen.Int[0, 4], Gen.Bool).Select((c, f, own) => (Step)new Subscribe(s_clients[c], s_filters[f], own))),
        (2, Gen.Select(Gen.Int[0, 2], Gen.Int[0, 4]).Select((c, f) => (Step)new Unsubscribe(s_clients[c], s_filters[f]))),
        (3, Gen.Select(Gen.Int[0, 2], Gen.Int[1, 5]).Select((c, w) => (Step)new Connect(s_clients[c], w))),
        (3, Gen.Int[0, 2].Select(c => (Step)new Disconnect(s_clients[c]))),
        (1, Gen.Int[0, 2].Select(c => (Step)new End(s_clients[c]))),
        (3, Gen.Int[1, 30_000].Select(ms => (Step)new Wait(ms))),
        (1, Gen.Const((Step)new Forget())),
        (3, Gen.Const((Step)new Trim())),
        (10, Gen.Const((Step)new Enforce())));

    [Fact]
    public async Task Within_the_limits_nothing_is_lost_beyond_them_what_the_policy_says() =>
        await Gen.Select(s_limits, s_step.Array[1, 80]).SampleAsync(
            async (limits, steps) =>
            {
                if (!limits.AreSet)
                {
                    return;
                }

                var world = new World(limits);
                foreach (Step step in steps)
                {
                    await world.RunAsync(step);
                }

                world.Finish();
            },
            iter: 4000,
            threads: 1,
            print: history => $"{history.Item1}\n{string.Join(Environment.NewLine, history.Item2.AsEnumerable())}");

    private abstract record Step;

    private sealed record Publish(string Topic, int Count, int Size, string Publisher) : Step;

    private sealed record Acknowledge(string Client, int Count) : Step;

    private sealed record Subscribe(string Client, string Filter, bool NoLocal) : Step;

    private sealed record Unsubscribe(string Client, string Filter) : Step;

    private sealed record Connect(string Client, int Window) : Step;

    private sealed record Disconnect(string Client) : Step;

    private sealed record End(string Client) : Step;

    private sealed record Wait(int Milliseconds) : Step;

    private sealed record Forget : Step;

    private sealed record Trim : Step;

    private sealed record Enforce : Step;

    private sealed record Message(int Number, string Payload, long AtMs);

    /// <summary>What a client is to get.</summary>
    private sealed class Client
    {
        public Dictionary<string, bool> Filters { get; } = []; // whether with No Local

        public List<Message> Unread { get; } = [];

        public Dictionary<int, (Message Message, ushort PacketId)> Sent { get; } = [];

        public HashSet<int> Received { get; } = [];

        public HashSet<string> Blocking { get; } = []; // filters on whose account publishers are refused

        public TestPeer? Peer { get; set; }

        public long Drops { get; set; }

        public bool Gets(string topic, string publisher, bool isPublisher) =>
            Filters.Any(f => TopicFilter.Matches(f.Key, topic) && !(f.Value && isPublisher && publisher.Length > 0));
    }

    private sealed class World(QueueLimits limits)
    {
        private readonly LimitedCore _core = new(limits);
        private readonly Dictionary<string, Client> _clients = s_clients.ToDictionary(c => c, _ => new Client());
        private int _number;
        private long _full;
        private long _overAge;

        public async Task RunAsync(Step step)
        {
            switch (step)
            {
                case Publish publish:
                    for (int i = 0; i < publish.Count; i++)
                    {
                        PublishOne(publish);
                    }

                    break;
                case Acknowledge acknowledge when _clients[acknowledge.Client] is { Peer: { } peer } client:
                    foreach ((int number, (_, ushort packetId)) in client.Sent.OrderBy(s => s.Key).Take(acknowledge.Count).ToList())
                    {
                        client.Sent.Remove(number);
                        client.Received.Add(number);
                        peer.Ack(packetId);
                    }

                    break;
                case Subscribe subscribe when _clients[subscribe.Client] is { Peer: { } peer } client:
                    peer.Subscribe(subscribe.Filter, 1, noLocal: subscribe.NoLocal);
                    client.Filters[subscribe.Filter] = subscribe.NoLocal;
                    client.Blocking.Remove(subscribe.Filter);
                    break;
                case Unsubscribe unsubscribe when _clients[unsubscribe.Client] is { Peer: { } peer } client:
                    peer.Unsubscribe(unsubscribe.Filter);
                    client.Filters.Remove(unsubscribe.Filter);
                    client.Blocking.Remove(unsubscribe.Filter);
                    break;
                case Connect connect when _clients[connect.Client] is { Peer: null } client:
                    client.Peer = _core.Core.Connect(connect.Client, durable: true, connect.Window);
                    break;
                case Disconnect disconnect when _clients[disconnect.Client] is { Peer: { } peer } client:
                    peer.Disconnect();
                    client.Peer = null;
                    break;
                case End end:
                    _core.Core.Propose(new OpenSession(end.Client, CleanStart: true, Durable: false, 0, null));
                    _clients[end.Client] = new Client();
                    break;
                case Wait wait:
                    _core.Core.Time.Advance(TimeSpan.FromMilliseconds(wait.Milliseconds));
                    break;
                case Forget:
                    _core.Forget();
                    break;
                case Trim:
                    await _core.TrimAsync();
                    break;
                case Enforce:
                    await _core.EnforceAsync();
                    EnforceModel();
                    break;
            }

            Receive();
            Assert.All(_clients, c => Assert.Equal(c.Value.Drops, c.Value.Peer?.Session.Drops ?? c.Value.Drops));
            Assert.Equal(_full, _core.Core.Context.Drops[DropReason.QueueFull]);
            Assert.Equal(_overAge, _core.Core.Context.Drops[DropReason.QueueAge]);
        }

        /// <summary>In the end everybody gets what is left.</summary>
        public void Finish()
        {
            foreach ((string name, Client client) in _clients)
            {
                client.Peer?.Disconnect();
                client.Peer = _core.Core.Connect(name, durable: true, window: 60_000);
            }

            Receive();
            Assert.All(_clients.Values, client => Assert.Empty(client.Unread));
        }

        private void PublishOne(Publish publish)
        {
            string payload = string.Create(CultureInfo.InvariantCulture, $"{++_number}:{new string('x', publish.Size)}");
            bool refused = _clients.Any(c => c.Value.Blocking.Any(f => TopicFilter.Matches(f, publish.Topic) && !(c.Value.Filters[f] && c.Key == publish.Publisher)));
            PublishStatus status = _core.Publish(publish.Topic, payload, publish.Publisher);
            Assert.Equal(refused ? PublishStatus.QueueFull : PublishStatus.Applied, status);
            if (refused)
            {
                return;
            }

            foreach ((string name, Client client) in _clients)
            {
                if (client.Gets(publish.Topic, publish.Publisher, name == publish.Publisher))
                {
                    client.Unread.Add(new Message(_number, payload, _core.Core.NowMs));
                }
            }

            Receive();
        }

        private bool IsOverAge(Message message) => limits.MaximumAgeSeconds > 0 && message.AtMs < _core.Core.NowMs - (limits.MaximumAgeSeconds * 1000L);

        private void EnforceModel()
        {
            foreach (Client client in _clients.Values)
            {
                int overAge = client.Unread.RemoveAll(IsOverAge);
                _overAge += overAge;
                client.Drops += overAge;
                QueueUsage Depth() => new(
                    client.Unread.Count + client.Sent.Count,
                    client.Unread.Sum(m => m.Payload.Length) + client.Sent.Values.Sum(s => s.Message.Payload.Length));
                while (client.Unread.Count > 0 && limits.Policy != QueueLimitPolicy.RejectPublisher && !limits.Excess(Depth()).IsNone)
                {
                    client.Unread.RemoveAt(limits.Policy == QueueLimitPolicy.DropOldest ? 0 : client.Unread.Count - 1);
                    _full++;
                    client.Drops++;
                }

                client.Blocking.Clear();
                if (limits.Policy == QueueLimitPolicy.RejectPublisher && limits.AreReached(Depth()))
                {
                    client.Blocking.UnionWith(client.Filters.Keys);
                }
            }
        }

        private void Receive()
        {
            foreach (Client client in _clients.Values)
            {
                foreach (ReceivedPacket packet in client.Peer?.Receive() ?? [])
                {
                    int number = int.Parse(packet.Payload.AsSpan(0, packet.Payload.IndexOf(':', StringComparison.Ordinal)), CultureInfo.InvariantCulture);
                    if (client.Sent.TryGetValue(number, out (Message Message, ushort PacketId) sent))
                    {
                        Assert.True(packet.Dup);
                        client.Sent[number] = (sent.Message, packet.PacketId);
                        continue;
                    }

                    if (client.Received.Contains(number))
                    {
                        Assert.True(packet.Dup); // sent again before it was acknowledged
                        continue;
                    }

                    while (client.Unread.Count > 0 && client.Unread[0].Payload != packet.Payload)
                    {
                        SkipFirst(client);
                    }

                    Assert.NotEmpty(client.Unread);
                    client.Sent[number] = (client.Unread[0], packet.PacketId);
                    client.Unread.RemoveAt(0);
                }

                // What was dropped as it was read, with nothing sent after it.
                while (client.Peer is { } peer && peer.Session.Drops > client.Drops)
                {
                    SkipFirst(client);
                }
            }
        }

        private void SkipFirst(Client client)
        {
            Assert.NotEmpty(client.Unread);
            Assert.True(IsOverAge(client.Unread[0]), $"{client.Unread[0].Payload} is missing");
            client.Unread.RemoveAt(0);
            client.Drops++;
            _overAge++;
        }
    }
}
