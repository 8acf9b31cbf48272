using System.Globalization;
using SkyTree.Core.Messages;
using SkyTree.Core.Tests.Harness;
using Xunit;

namespace SkyTree.Core.Tests.Sessions;

/// <summary>A session that was away long reads what is for it, in order, whichever way is cheaper.</summary>
public sealed class CatchUpTests
{
    private const int Others = 20_000;

    private readonly CountingStore _store;
    private readonly TestCore _core;

    public CatchUpTests()
    {
        CountingStore? store = null;
        _core = new TestCore(wrapStore: inner => store = new CountingStore(inner));
        _store = store!;
    }

    [Theory]
    [InlineData("own/1")]
    [InlineData("own/1 own/2 own/3")]
    [InlineData("own/#")]
    [InlineData("own/+ own/1")]
    public void Topics_of_its_own_are_read_and_not_the_whole_log(string filters)
    {
        TestPeer all = _core.Connect("all", durable: true);
        all.Subscribe("#", 1);
        all.Disconnect();
        TestPeer peer = _core.Connect("a", durable: true, window: 10_000);
        foreach (string filter in filters.Split(' '))
        {
            peer.Subscribe(filter, 1);
        }

        peer.Disconnect();
        List<string> expected = [];
        for (int i = 0; i < Others; i++)
        {
            _core.Publish($"others/{i % 100}", 1, "x");
            if (i % 50 == 0)
            {
                string topic = $"own/{(filters == "own/1" ? 1 : 1 + (i / 50 % 3))}";
                expected.Add(i.ToString(CultureInfo.InvariantCulture));
                _core.Publish(topic, 1, expected[^1]);
            }
        }

        _store.Scanned = 0;
        peer = _core.Connect("a", durable: true, window: 10_000);
        List<string> received = [];
        for (List<ReceivedPacket> packets = peer.Receive(); packets.Count > 0; packets = peer.Receive())
        {
            received.AddRange(packets.Select(packet => packet.Payload));
        }

        Assert.Equal(expected, received);
        Assert.True(_store.Scanned < Others / 4, $"{_store.Scanned} of the log's messages were looked at");

        // And it is up to date: what comes now comes at once.
        _core.Publish("own/1", 1, "now");
        Assert.Equal("now", peer.Payloads());
    }

    [Fact]
    public void A_session_for_much_of_the_log_scans_it()
    {
        TestPeer peer = _core.Connect("a", durable: true, window: 60_000);
        peer.Subscribe("t/#", 1);
        peer.Disconnect();
        for (int i = 0; i < 5000; i++)
        {
            _core.Publish($"t/{i % 10}", 1, $"{i}");
        }

        peer = _core.Connect("a", durable: true, window: 60_000);
        Assert.Equal(Enumerable.Range(0, 5000).Select(i => $"{i}"), peer.Receive().Select(packet => packet.Payload));
        Assert.Equal(0, _store.QueueReads);
    }

    private sealed class CountingStore(MessageStore inner) : MessageStore
    {
        public long Scanned { get; set; }

        public int QueueReads { get; set; }

        public override async ValueTask<LogPage> ReadLogAsync(long after, Func<string, bool>? filter, int limit, CancellationToken cancellationToken = default)
        {
            LogPage page = await inner.ReadLogAsync(after, filter, limit, cancellationToken);
            Scanned += page.Next - after;
            return page;
        }

        public override MessageQueue GetQueue(string topic) => new CountingQueue(this, inner.GetQueue(topic));

        public override ValueTask OpenAsync(CancellationToken cancellationToken = default) => inner.OpenAsync(cancellationToken);

        public override ValueTask AppendAsync(IReadOnlyList<StoredMessage> messages, CancellationToken cancellationToken = default) => inner.AppendAsync(messages, cancellationToken);

        public override ValueTask<long> GetLastOffsetAsync(CancellationToken cancellationToken = default) => inner.GetLastOffsetAsync(cancellationToken);

        public override ValueTask<long?> FindOffsetAsync(long timestampMs, CancellationToken cancellationToken = default) => inner.FindOffsetAsync(timestampMs, cancellationToken);

        public override ValueTask<IReadOnlyList<TopicSummary>> ListTopicsAsync(Func<string, bool>? filter, string? after, int limit, CancellationToken cancellationToken = default) =>
            inner.ListTopicsAsync(filter, after, limit, cancellationToken);

        private sealed class CountingQueue(CountingStore store, MessageQueue inner) : MessageQueue
        {
            public override string Topic => inner.Topic;

            public override ValueTask<IReadOnlyList<StoredMessage>> ReadByOffsetAsync(long offset, int limit, CancellationToken cancellationToken = default)
            {
                store.QueueReads++;
                return inner.ReadByOffsetAsync(offset, limit, cancellationToken);
            }

            public override ValueTask DeleteByOffsetAsync(long offset, CancellationToken cancellationToken = default) => inner.DeleteByOffsetAsync(offset, cancellationToken);

            public override ValueTask<TopicSummary> GetSummaryAsync(CancellationToken cancellationToken = default) => inner.GetSummaryAsync(cancellationToken);
        }
    }
}
