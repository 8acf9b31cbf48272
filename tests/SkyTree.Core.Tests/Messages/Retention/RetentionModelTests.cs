using CsCheck;
using SkyTree.Core.Messages;
using SkyTree.Core.Messages.Retention;
using SkyTree.Core.Subscriptions;
using SkyTree.Core.Tests.Harness;
using Xunit;

namespace SkyTree.Core.Tests.Messages.Retention;

/// <summary>
/// Random publishing, reading, subscribing, time and rules, against a plain list of everything that was ever published:
/// what a rule or a reader needs is there after every step, and in the end nothing else is.
/// </summary>
public sealed class RetentionModelTests
{
    private static readonly string[] s_topics = ["a", "a/b", "a/c", "d"];
    private static readonly string[] s_filters = ["a", "a/#", "+/b", "d", "#", "$share/g/a/#", "$share/h/d"];
    private static readonly string[] s_clients = ["x", "y", "z"];

    private static readonly Gen<RetentionRule> s_rule = Gen.Select(
        Gen.Int[0, 4], Gen.Int[0, 3], Gen.Int[0, 3], Gen.Int[0, 3], Gen.Bool,
        (filter, age, messages, bytes, last) => new RetentionRule
        {
            Filter = s_filters[filter],
            MaximumAgeSeconds = age < 2 ? 0 : age * 40,
            MaximumMessages = messages < 2 ? 0 : messages,
            MaximumBytes = bytes < 2 ? 0 : bytes * 20,
            LastPerTopic = last,
        });

    private static readonly Gen<Step> s_step = Gen.Frequency(
        (8, Gen.Select(Gen.Int[0, 3], Gen.Int[1, 6], Gen.Int[0, 30]).Select((t, n, size) => (Step)new Publish(s_topics[t], n, size))),
        (5, Gen.Select(Gen.Int[0, 2], Gen.Int[1, 9]).Select((c, n) => (Step)new Acknowledge(s_clients[c], n))),
        (3, Gen.Select(Gen.Int[0, 2], Gen.Int[0, 6]).Select((c, f) => (Step)new Subscribe(s_clients[c], s_filters[f]))),
        (2, Gen.Select(Gen.Int[0, 2], Gen.Int[0, 6]).Select((c, f) => (Step)new Unsubscribe(s_clients[c], s_filters[f]))),
        (3, Gen.Select(Gen.Int[0, 2], Gen.Int[1, 5]).Select((c, w) => (Step)new Reconnect(s_clients[c], w))),
        (1, Gen.Int[0, 2].Select(c => (Step)new Disconnect(s_clients[c]))),
        (1, Gen.Int[0, 2].Select(c => (Step)new End(s_clients[c]))),
        (3, Gen.Int[1, 60_000].Select(ms => (Step)new Wait(ms))),
        (1, Gen.Int[1, 8].Select(n => (Step)new Fail(n))),
        (8, Gen.Const((Step)new Trim())));

    [Fact]
    public async Task Nothing_needed_is_deleted_and_in_the_end_everything_else_is() =>
        await Gen.Select(s_rule.Array[0, 3], s_step.Array[1, 60]).SampleAsync(
            async (rules, steps) =>
            {
                await using var world = new World(rules);
                foreach (Step step in steps)
                {
                    await world.RunAsync(step);
                }

                await world.FinishAsync();
            },
            iter: 3000,
            threads: 1,
            print: history => $"{string.Join(Environment.NewLine, history.Item1.AsEnumerable())}\n{string.Join(Environment.NewLine, history.Item2.AsEnumerable())}");

    /// <summary>What was published, and who has not acknowledged it.</summary>
    private sealed record Published(string Topic, long Offset, long TimestampMs, int Size)
    {
        public HashSet<string> NeededBy { get; } = [];
    }

    private abstract record Step;

    private sealed record Publish(string Topic, int Count, int Size) : Step;

    private sealed record Acknowledge(string Client, int Count) : Step;

    private sealed record Subscribe(string Client, string Filter) : Step;

    private sealed record Unsubscribe(string Client, string Filter) : Step;

    private sealed record Reconnect(string Client, int Window) : Step;

    private sealed record Disconnect(string Client) : Step;

    private sealed record End(string Client) : Step;

    private sealed record Wait(int Milliseconds) : Step;

    private sealed record Fail(int Calls) : Step;

    private sealed record Trim : Step;

    private sealed class World : IAsyncDisposable
    {
        private readonly TestCore _core = new();
        private readonly CountingStore _store;
        private readonly LogTrimmer _trimmer;
        private readonly RetentionRule[] _rules;
        private readonly Dictionary<string, TestPeer> _peers = [];
        private readonly Dictionary<string, Queue<ReceivedPacket>> _unacknowledged = [];
        private readonly Dictionary<string, HashSet<string>> _subscriptions = s_clients.ToDictionary(c => c, _ => new HashSet<string>());
        private readonly List<Published> _published = [];

        public World(RetentionRule[] rules)
        {
            _rules = rules;
            _store = new CountingStore(_core.Store);
            _trimmer = new LogTrimmer(_core.State, _core.Replicator, _store, _core.Time, new RetentionPolicy(rules));

            // Everything is appended, as it would be for the rules' sake alone.
            TestPeer all = _core.Connect("all", durable: true, window: 60_000);
            all.Subscribe("#", 1);
            _peers["all"] = all;
            _unacknowledged["all"] = [];
        }

        public ValueTask DisposeAsync() => _store.DisposeAsync();

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
                case Acknowledge acknowledge:
                    AcknowledgeSome(acknowledge.Client, acknowledge.Count);
                    break;
                case Subscribe subscribe when _peers.TryGetValue(subscribe.Client, out TestPeer? peer):
                    peer.Subscribe(subscribe.Filter, 1);
                    _subscriptions[subscribe.Client].Add(subscribe.Filter);
                    break;
                case Unsubscribe unsubscribe when _peers.TryGetValue(unsubscribe.Client, out TestPeer? peer):
                    peer.Unsubscribe(unsubscribe.Filter);
                    LeaveFilter(unsubscribe.Client, unsubscribe.Filter);
                    break;
                case Reconnect reconnect:
                    Leave(reconnect.Client);
                    _peers[reconnect.Client] = _core.Connect(reconnect.Client, durable: true, reconnect.Window);
                    _unacknowledged[reconnect.Client] = [];
                    break;
                case Disconnect disconnect:
                    Leave(disconnect.Client);
                    break;
                case End end:
                    EndSession(end.Client);
                    break;
                case Wait wait:
                    _core.Time.Advance(TimeSpan.FromMilliseconds(wait.Milliseconds));
                    break;
                case Fail fail:
                    _store.FailsIn = fail.Calls;
                    break;
                case Trim:
                    AcknowledgeSome("all", int.MaxValue);
                    await TrimAsync();
                    break;
            }

            Collect();
            AssertNeededIsThere();
        }

        /// <summary>Everybody reads everything: now only the rules keep.</summary>
        public async Task FinishAsync()
        {
            _store.FailsIn = 0;
            foreach (string client in s_clients)
            {
                await RunAsync(new Reconnect(client, 1000));
            }

            for (int i = 0; i < 3; i++)
            {
                foreach (string client in s_clients.Append("all"))
                {
                    AcknowledgeSome(client, int.MaxValue);
                    Collect();
                }

                _core.Time.Advance(TimeSpan.FromSeconds(10));
                await TrimAsync();
            }

            AssertNeededIsThere();
            foreach (string topic in s_topics)
            {
                long first = _published.Where(p => p.Topic == topic && _rules.Any(rule => Keeps(rule, p))).Select(p => p.Offset).FirstOrDefault(long.MaxValue);
                Assert.Equal(_published.Where(p => p.Topic == topic && p.Offset >= first).Select(p => p.Offset), Stored(topic));
            }
        }

        private void PublishOne(Publish publish)
        {
            long offset = _core.State.LastOffset + 1;
            string payload = $"{offset}".PadRight(publish.Size, '.');
            var published = new Published(publish.Topic, offset, _core.NowMs, payload.Length);
            published.NeededBy.Add("all");
            foreach ((string client, HashSet<string> filters) in _subscriptions)
            {
                foreach (string filter in filters)
                {
                    TopicFilter parsed = TestCore.Filter(filter);
                    if (TopicFilter.Matches(parsed.Filter, publish.Topic))
                    {
                        published.NeededBy.Add(parsed.IsShared ? filter : client);
                    }
                }
            }

            _published.Add(published);
            _core.Publish(publish.Topic, 1, payload);
            Assert.Equal(offset, _core.State.LastOffset);
            Collect();
        }

        private async Task TrimAsync()
        {
            try
            {
                await _trimmer.TrimAsync();
            }
            catch (IOException)
            {
                // As configured; the next call goes on.
            }
        }

        // What a group has handed to a member is that member's, and in memory.
        private void Collect()
        {
            foreach ((string client, TestPeer peer) in _peers)
            {
                foreach (ReceivedPacket packet in peer.Receive())
                {
                    Published published = Find(packet);
                    published.NeededBy.RemoveWhere(reader => reader.StartsWith('$') && _subscriptions.GetValueOrDefault(client, []).Contains(reader));
                    _unacknowledged[client].Enqueue(packet);
                }
            }
        }

        private void AcknowledgeSome(string client, int count)
        {
            while (count-- > 0 && _peers.TryGetValue(client, out TestPeer? peer) && _unacknowledged[client].TryDequeue(out ReceivedPacket? packet))
            {
                Find(packet).NeededBy.Remove(client);
                peer.Ack(packet.PacketId);
                Collect();
            }
        }

        private Published Find(ReceivedPacket packet) => _published[int.Parse(packet.Payload.TrimEnd('.'), System.Globalization.CultureInfo.InvariantCulture) - 1];

        private void Leave(string client)
        {
            if (_peers.Remove(client, out TestPeer? peer))
            {
                peer.Disconnect();
                _unacknowledged.Remove(client);
            }
        }

        private void LeaveFilter(string client, string filter)
        {
            if (_subscriptions[client].Remove(filter) && filter.StartsWith('$') && !_subscriptions.Values.Any(filters => filters.Contains(filter)))
            {
                _published.ForEach(p => p.NeededBy.Remove(filter)); // its last member: the group is gone
            }
        }

        private void EndSession(string client)
        {
            Leave(client);
            _core.Connect(client).Disconnect(); // a clean start, which does not outlive its connection
            foreach (string filter in _subscriptions[client].ToArray())
            {
                LeaveFilter(client, filter);
            }

            _published.ForEach(p => p.NeededBy.Remove(client));
        }

        private void AssertNeededIsThere()
        {
            foreach (string topic in s_topics)
            {
                HashSet<long> stored = [.. Stored(topic)];
                foreach (Published published in _published.Where(p => p.Topic == topic && !stored.Contains(p.Offset)))
                {
                    Assert.True(published.NeededBy.Count == 0, $"{published} is gone, needed by {string.Join(", ", published.NeededBy)}");
                    Assert.False(Array.Exists(_rules, rule => Keeps(rule, published)), $"{published} is gone, kept by a rule");
                }
            }
        }

        private long[] Stored(string topic)
        {
            List<StoredMessage> messages = [];
            _core.Store.GetQueue(topic).ReadByOffset(0, messages, int.MaxValue);
            return [.. messages.Select(m => m.Offset)];
        }

        /// <summary>What the documentation says, word by word.</summary>
        private bool Keeps(RetentionRule rule, Published published)
        {
            if (!TopicFilter.Matches(rule.Filter, published.Topic))
            {
                return false;
            }

            List<Published> from = [.. _published.Where(p => p.Topic == published.Topic && p.Offset >= published.Offset)];
            if (rule.LastPerTopic && (from.Count == 1 || rule is { MaximumAgeSeconds: 0, MaximumMessages: 0, MaximumBytes: 0 }))
            {
                return from.Count == 1;
            }

            return (rule.MaximumAgeSeconds == 0 || _core.NowMs - published.TimestampMs <= rule.MaximumAgeSeconds * 1000L)
                && (rule.MaximumMessages == 0 || from.Count <= rule.MaximumMessages)
                && (rule.MaximumBytes == 0 || from.Sum(p => p.Size) <= rule.MaximumBytes);
        }
    }
}
