using SkyTree.Core.Diagnostics;
using SkyTree.Core.Messages;
using SkyTree.Core.Protocol;
using SkyTree.Core.Replication;
using SkyTree.Core.Sessions;
using SkyTree.Core.Sessions.Limits;
using SkyTree.Core.Subscriptions;
using SkyTree.Core.Tests.Harness;
using Xunit;

namespace SkyTree.Core.Tests.Sessions.Limits;

public sealed class QueueLimiterTests
{
    [Fact]
    public async Task Without_limits_nothing_is_counted_for_a_filter()
    {
        var core = new TestCore();
        core.Connect("c", durable: true).Subscribe("t", 1);
        Assert.Null(core.State.Index.Match("t"u8).Counters);
        Assert.Equal(0, core.State.Counters.Count);
        await Task.CompletedTask;
    }

    [Fact]
    public async Task DropOldest_keeps_the_newest_and_says_what_is_gone()
    {
        var core = new LimitedCore(new QueueLimits { MaximumMessages = 3 });
        Session session = core.Away("c", "t");
        core.Publish("t", 1, 10);
        await core.EnforceAsync();
        Assert.Equal(7, core.Core.Context.Drops[DropReason.QueueFull]);
        Assert.Equal(7, session.Drops);
        SessionDrop drop = Assert.Single(session.Losses!.Latest);
        Assert.Equal((DropReason.QueueFull, 0L, 7L, 7L), (drop.Reason, drop.From, drop.To, drop.Dropped.Messages));
        Assert.Equal(7, session.Cursor);
        await core.TrimAsync();
        Assert.Equal(3, core.Core.Store.GetQueue("t").GetSummary().Count);
        Assert.Equal("8 9 10", core.Drain("c"));
    }

    [Fact]
    public async Task DropNewest_keeps_the_oldest()
    {
        var core = new LimitedCore(new QueueLimits { MaximumMessages = 3, Policy = QueueLimitPolicy.DropNewest });
        Session session = core.Away("c", "t");
        core.Publish("t", 1, 5);
        await core.EnforceAsync();
        core.Publish("t", 6, 5);
        await core.EnforceAsync();
        Assert.Equal(7, session.Drops);
        SessionDrop drop = Assert.Single(session.Losses!.Latest);
        Assert.Equal((3L, 10L, 7L), (drop.From, drop.To, drop.Dropped.Messages));
        Assert.Equal("1 2 3", core.Drain("c"));
        core.Publish("t", 11, 2);
        await core.EnforceAsync();
        Assert.Equal("11 12", core.Drain("c"));
        await core.TrimAsync();
        Assert.Null(session.Losses.Offsets);
    }

    [Fact]
    public async Task Bytes_are_limited_too()
    {
        var core = new LimitedCore(new QueueLimits { MaximumBytes = 10 });
        Session session = core.Away("c", "t");
        foreach (string payload in (string[])["aaaa", "bbbb", "cccccc", "dd"])
        {
            core.Publish("t", payload);
        }

        await core.EnforceAsync();
        Assert.Equal(2, session.Drops);
        Assert.Equal("cccccc dd", core.Drain("c"));
    }

    [Theory]
    [InlineData(nameof(QueueLimitPolicy.DropOldest))]
    [InlineData(nameof(QueueLimitPolicy.DropNewest))]
    [InlineData(nameof(QueueLimitPolicy.RejectPublisher))]
    public async Task Overlapping_filters_count_a_message_once(string name)
    {
        var policy = Enum.Parse<QueueLimitPolicy>(name);
        var core = new LimitedCore(new QueueLimits { MaximumMessages = 10, Policy = policy });
        Session session = core.Away("c", "a/#", "a/+", "a/b");
        core.Publish("a/b", 1, 9);
        await core.EnforceAsync();
        Assert.Equal(PublishStatus.Applied, core.Publish("a/b", "10"));
        await core.EnforceAsync();
        Assert.Equal(0, session.Drops);
        Assert.Equal(policy == QueueLimitPolicy.RejectPublisher ? PublishStatus.QueueFull : PublishStatus.Applied, core.Publish("a/b", "11"));
        await core.EnforceAsync();
        Assert.Equal(policy == QueueLimitPolicy.RejectPublisher ? 0 : 1, session.Drops);
        Assert.Equal(policy == QueueLimitPolicy.DropOldest ? "2 3 4 5 6 7 8 9 10 11" : "1 2 3 4 5 6 7 8 9 10", core.Drain("c"));
    }

    [Fact]
    public async Task What_is_in_flight_stays()
    {
        var core = new LimitedCore(new QueueLimits { MaximumMessages = 4 });
        TestPeer peer = core.Core.Connect("c", durable: true, window: 3);
        peer.Subscribe("t", 1);
        core.Publish("t", 1, 10);
        Assert.Equal("1 2 3", peer.Payloads());
        await core.EnforceAsync();
        Assert.Equal(6, peer.Session.Drops);
        Assert.Equal(0, peer.Session.Cursor);
        await core.TrimAsync();
        peer.Disconnect();
        peer = core.Core.Connect("c", durable: true, window: 60_000);
        Assert.Equal("1 2 3 10", peer.Payloads());
    }

    [Fact]
    public async Task More_in_flight_than_allowed_leaves_nothing_to_wait()
    {
        var core = new LimitedCore(new QueueLimits { MaximumMessages = 2 });
        TestPeer peer = core.Core.Connect("c", durable: true, window: 3);
        peer.Subscribe("t", 1);
        core.Publish("t", 1, 5);
        await core.EnforceAsync();
        Assert.Equal(2, peer.Session.Drops);
        List<ReceivedPacket> received = peer.Receive();
        received.ForEach(packet => peer.Ack(packet.PacketId));
        Assert.Empty(peer.Receive());
        core.Publish("t", 6, 1);
        Assert.Equal("6", peer.Payloads());
    }

    [Fact]
    public async Task Who_keeps_up_loses_nothing_however_much_there_is()
    {
        var core = new LimitedCore(new QueueLimits { MaximumMessages = 3 });
        TestPeer peer = core.Core.Connect("c", durable: true);
        peer.Subscribe("t", 1);
        for (int i = 0; i < 50; i++)
        {
            core.Publish("t", i * 10, 10);
            peer.Receive().ForEach(packet => peer.Ack(packet.PacketId));
            await core.EnforceAsync();
        }

        Assert.Equal(0, peer.Session.Drops);
    }

    [Fact]
    public async Task Own_messages_are_not_counted_with_No_Local()
    {
        var core = new LimitedCore(new QueueLimits { MaximumMessages = 2, Policy = QueueLimitPolicy.RejectPublisher });
        TestPeer peer = core.Core.Connect("c", durable: true);
        peer.Subscribe("t", 1, noLocal: true);
        peer.Disconnect();
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(PublishStatus.Applied, core.Publish("t", "own", publisher: "c"));
        }

        core.Publish("t", 1, 2);
        await core.EnforceAsync();
        Assert.Equal(PublishStatus.QueueFull, core.Publish("t", "3"));
        Assert.Equal(PublishStatus.Applied, core.Publish("t", "own", publisher: "c"));
        Assert.Equal(PublishStatus.Applied, core.Publish("t", "0", qos: 0));
        Assert.Equal("1 2", core.Drain("c"));
        await core.EnforceAsync(everything: false);
        Assert.Equal(PublishStatus.Applied, core.Publish("t", "3"));
    }

    [Fact]
    public async Task A_full_session_that_unsubscribes_or_ends_blocks_nobody()
    {
        var core = new LimitedCore(new QueueLimits { MaximumMessages = 1, Policy = QueueLimitPolicy.RejectPublisher });
        TestPeer first = core.Core.Connect("first", durable: true, window: 1);
        first.Subscribe("t", 1);
        core.Away("second", "t");
        core.Publish("t", 1, 1);
        await core.EnforceAsync();
        Assert.Equal(PublishStatus.QueueFull, core.Publish("t", "2"));
        first.Unsubscribe("t");
        Assert.Equal(PublishStatus.QueueFull, core.Publish("t", "2"));
        core.Core.Propose(new OpenSession("second", CleanStart: true, Durable: true, 0, null));
        Assert.NotEqual(PublishStatus.QueueFull, core.Publish("t", "2"));
    }

    [Fact]
    public async Task What_is_over_age_is_dropped_while_the_client_is_away()
    {
        var core = new LimitedCore(new QueueLimits { MaximumAgeSeconds = 60 });
        Session session = core.Away("c", "t");
        core.Publish("t", 1, 3);
        core.Core.Time.Advance(TimeSpan.FromSeconds(50));
        core.Publish("t", 4, 2);
        await core.EnforceAsync();
        Assert.Equal(0, session.Drops);
        core.Core.Time.Advance(TimeSpan.FromSeconds(11));
        await core.EnforceAsync();
        Assert.Equal(3, core.Core.Context.Drops[DropReason.QueueAge]);
        await core.TrimAsync();
        Assert.Equal(2, core.Core.Store.GetQueue("t").GetSummary().Count);
        Assert.Equal("4 5", core.Drain("c"));
    }

    [Fact]
    public async Task What_is_over_age_when_it_is_read_is_skipped_and_counted()
    {
        var core = new LimitedCore(new QueueLimits { MaximumAgeSeconds = 60 });
        Session session = core.Away("c", "t");
        core.Publish("t", 1, 3);
        core.Core.Time.Advance(TimeSpan.FromSeconds(61));
        core.Publish("t", 4, 1);
        Assert.Equal("4", core.Drain("c"));
        Assert.Equal((3L, 3L), (session.Drops, core.Core.Context.Drops[DropReason.QueueAge]));
        await core.EnforceAsync();
        SessionDrop drop = Assert.Single(session.Losses!.Latest);
        Assert.Equal((DropReason.QueueAge, 0L, 3L, 3L), (drop.Reason, drop.From, drop.To, drop.Dropped.Messages));
        Assert.Equal(3, session.Drops);
    }

    [Fact]
    public async Task The_latest_drops_are_remembered_and_no_more()
    {
        var core = new LimitedCore(new QueueLimits { MaximumMessages = 1 });
        Session session = core.Away("c", "t");
        for (int i = 0; i < 20; i++)
        {
            core.Publish("t", i * 10, 5);
            await core.EnforceAsync();
            core.Drain("c");
        }

        SessionDrop[] latest = session.Losses!.Latest;
        Assert.Equal(SessionLosses.Remembered, latest.Length);
        Assert.Equal(20, latest[^1].Number);
        Assert.Equal(80, session.Drops);
    }

    [Fact]
    public async Task Ten_thousand_sessions_at_one_filter_cost_one_counter_and_one_gauge()
    {
        const int Sessions = 10_000;
        var core = new LimitedCore(new QueueLimits { MaximumMessages = 100 });
        for (int i = 0; i < Sessions; i++)
        {
            core.Away($"c{i}", "t");
        }

        Route route = core.Core.State.Index.Match("t"u8);
        FilterCounter counter = Assert.Single(route.Counters!);
        for (int round = 1; round <= 3; round++)
        {
            core.Publish("t", 1, 500);
            Assert.Equal(500 * round, counter.Appended.Messages);
            long started = System.Diagnostics.Stopwatch.GetTimestamp();
            await core.EnforceAsync();
            TestContext.Current.TestOutputHelper?.WriteLine($"held {Sessions} sessions to their limits in {System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalMilliseconds:F0} ms");
            Assert.Equal(Sessions * ((500L * round) - 100), core.Core.Context.Drops[DropReason.QueueFull]);
        }

        await core.TrimAsync();
        Assert.Equal(100, core.Core.Store.GetQueue("t").GetSummary().Count);
    }

    [Fact]
    public async Task A_shared_group_has_no_limit()
    {
        var core = new LimitedCore(new QueueLimits { MaximumMessages = 1, MaximumAgeSeconds = 10 });
        core.Away("c", "$share/g/t");
        core.Publish("t", 1, 5);
        core.Core.Time.Advance(TimeSpan.FromSeconds(20));
        await core.EnforceAsync();
        Assert.Equal("1 2 3 4 5", core.Drain("c"));
    }

    [Fact]
    public async Task QoS_2_in_flight_counts_until_it_is_received()
    {
        var core = new LimitedCore(new QueueLimits { MaximumMessages = 3 });
        TestPeer peer = core.Core.Connect("c", durable: true, window: 2);
        peer.Subscribe("t", 2);
        for (int i = 1; i <= 3; i++)
        {
            core.Publish("t", $"{i}", qos: 2);
        }

        List<ReceivedPacket> received = peer.Receive();
        Assert.Equal(2, received.Count);
        await core.EnforceAsync();
        Assert.Equal(0, peer.Session.Drops);
        peer.Session.Queue.OnPubRec(received[0].PacketId, ReasonCode.Success);
        core.Publish("t", "4", qos: 2);
        await core.EnforceAsync();
        Assert.Equal(0, peer.Session.Drops);
        core.Publish("t", "5", qos: 2);
        await core.EnforceAsync();
        Assert.Equal(1, peer.Session.Drops);
    }

    [Fact]
    public void What_was_measured_is_not_acted_upon_when_the_client_has_received_something_since()
    {
        var core = new LimitedCore(new QueueLimits { MaximumMessages = 3 });
        TestPeer peer = core.Core.Connect("c", durable: true, window: 2);
        peer.Subscribe("t", 1);
        core.Publish("t", 1, 6);
        QueuePosition seen = peer.Session.Queue.Position;
        Assert.Equal(new QueuePosition(2, new QueueUsage(2, 2)), seen);
        var range = new DroppedRange(2, 3, new QueueUsage(1, 1));
        peer.Ack(peer.Receive()[0].PacketId);
        Assert.False(peer.Session.Queue.TryDrop(seen, range, out _));
        Assert.Null(peer.Session.Losses);
        Assert.Equal("3", peer.Payloads());
        range = new DroppedRange(3, 4, new QueueUsage(1, 1));
        Assert.True(peer.Session.Queue.TryDrop(peer.Session.Queue.Position, range, out long cursor));
        Assert.Equal(1, cursor);
        Assert.Equal(4, peer.Session.Queue.Position.Offset);
    }
}
