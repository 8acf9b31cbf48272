using SkyTree.Core.Connections;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Protocol;
using SkyTree.Core.Sessions;
using SkyTree.Core.Tests.Harness;
using Xunit;

namespace SkyTree.Core.Tests.Sessions;

/// <summary>What is stored, then what is live: neither gap nor repeat.</summary>
public sealed class ReplayTests
{
    [Theory]
    [InlineData(false, 0)]
    [InlineData(false, 1)]
    [InlineData(false, 2)]
    [InlineData(true, 0)]
    [InlineData(true, 1)]
    [InlineData(true, 2)]
    public void Live_messages_follow_those_that_are_stored(bool durable, int qos)
    {
        TestCore core = Stored(qos: 2, "1", "2", "3", "4", "5");
        TestPeer peer = core.Connect("a", durable, window: 2);
        Assert.NotNull(peer.Subscribe("t", qos, from: 3));
        core.Publish("t", 2, "6");
        core.Publish("t", 0, "7");
        core.Publish("t", 2, "8");
        List<ReceivedPacket> got = TakeAll(peer);
        Assert.Equal(["3", "4", "5", "6", "7", "8"], got.Select(p => p.Payload).Order());
        Assert.Equal(["3", "4", "5"], got.Take(3).Select(p => p.Payload));
        Assert.All(got.Where(p => p.Payload != "7"), p => Assert.Equal(qos, (int)p.QoS));
        core.Publish("t", 2, "9");
        Assert.Equal(["9"], TakeAll(peer).Select(p => p.Payload));
        Assert.Equal(0, peer.Session.ReplayCount);
        Assert.Equal(0, core.Context.Drops[DropReason.QueueFull]);
    }

    [Fact]
    public void A_replay_is_read_page_by_page_within_the_window()
    {
        var core = new TestCore();
        Keep(core);
        for (int i = 1; i <= 1_000; i++)
        {
            core.Publish($"t/{i % 7}", 1, i.ToString());
            core.Publish("other", 1, "x");
        }

        TestPeer peer = core.Connect("a", durable: true, window: 20);
        peer.Subscribe("t/+", 1, from: 501); // offsets count the others, too
        Assert.Equal(20, peer.Session.Queue.Load);
        Assert.Equal(Enumerable.Range(251, 750).Select(i => i.ToString()), TakeAll(peer).Select(p => p.Payload));
    }

    [Fact]
    public void A_slow_client_loses_nothing_of_a_replay_at_QoS_0()
    {
        TestCore core = Stored(qos: 1, [.. Enumerable.Range(1, 500).Select(i => i.ToString())]);
        TestPeer peer = core.Connect("a", limit: 256);
        peer.Choke(256);
        peer.Subscribe("t", 0, from: 0);
        core.Publish("t", 0, "live");
        List<string> got = [];
        for (int i = 0; i < 1_000 && !got.Contains("live"); i++)
        {
            peer.Transport.FinishFlush();
            FlushList.FlushAll();
            got.AddRange(peer.Receive().Where(p => p.Type == PacketType.Publish).Select(p => p.Payload));
        }

        Assert.Equal([.. Enumerable.Range(1, 500).Select(i => i.ToString()), "live"], got);
    }

    [Fact]
    public void Expired_messages_and_the_clients_own_are_left_out()
    {
        var core = new TestCore();
        Keep(core);
        core.Publish("t", 1, "expires", expirySeconds: 1);
        core.Publish("t", 1, "own", publisher: "a");
        core.Publish("t", 1, "other");
        core.Time.Advance(TimeSpan.FromSeconds(2));
        TestPeer peer = core.Connect("a");
        peer.Subscribe("t", 1, noLocal: true, from: 0);
        Assert.Equal(["other"], TakeAll(peer).Select(p => p.Payload));
        Assert.Equal(1, core.Context.Drops[DropReason.Expired]);
    }

    [Fact]
    public void Retained_messages_come_first()
    {
        var core = new TestCore();
        Keep(core);
        core.Publish("t", 1, "1");
        core.Publish("t", 1, "2", retain: true);
        TestPeer peer = core.Connect("a");
        peer.Subscribe("t", 1, from: 0);
        Assert.Equal([("2", true), ("1", false), ("2", false)], TakeAll(peer).Select(p => (p.Payload, p.Retain)));
        peer.Subscribe("t", 1, retain: RetainHandling.DoNotSend, from: 2);
        Assert.Equal(["2"], TakeAll(peer).Select(p => p.Payload));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Unsubscribing_stops_it_and_what_waited_goes_on(bool durable)
    {
        TestCore core = Stored(qos: 1, "1", "2", "3");
        TestPeer peer = core.Connect("a", durable, window: 1);
        peer.Subscribe("other", 1);
        peer.Subscribe("t", 1, from: 0);
        core.Publish("other", 1, "waits");
        ReceivedPacket first = Assert.Single(peer.Receive());
        Assert.True(peer.Unsubscribe("t"));
        peer.Ack(first.PacketId);
        Assert.Equal(["waits"], TakeAll(peer).Select(p => p.Payload));
        Assert.Equal(0, peer.Session.ReplayCount);
    }

    [Fact]
    public void A_second_start_takes_the_place_of_the_first()
    {
        TestCore core = Stored(qos: 1, "1", "2", "3", "4");
        TestPeer peer = core.Connect("a", durable: true, window: 1);
        peer.Subscribe("t", 1, from: 0);
        ReceivedPacket first = Assert.Single(peer.Receive());
        peer.Subscribe("t", 1, from: 3);
        peer.Ack(first.PacketId);
        Assert.Equal(["3", "4"], TakeAll(peer).Select(p => p.Payload));
        Assert.Equal(0, peer.Session.ReplayCount);
    }

    [Fact]
    public void Subscribing_again_without_a_start_leaves_the_replay_as_it_is()
    {
        TestCore core = Stored(qos: 1, "1", "2", "3");
        TestPeer peer = core.Connect("a", durable: true, window: 1);
        peer.Subscribe("t", 1, from: 0);
        core.Publish("t", 1, "4");
        peer.Subscribe("t", 1);
        core.Publish("t", 1, "5");
        Assert.Equal(["1", "2", "3", "4", "5"], TakeAll(peer).Select(p => p.Payload));
    }

    [Fact]
    public void What_was_pending_for_the_subscription_comes_once()
    {
        var core = new TestCore();
        TestPeer peer = core.Connect("a", durable: true);
        peer.Subscribe("t", 1);
        peer.Disconnect();
        foreach (string payload in new[] { "1", "2", "3", "4" })
        {
            core.Publish("t", 1, payload);
        }

        peer = core.Connect("a", durable: true, window: 1);
        ReceivedPacket first = Assert.Single(peer.Receive());
        peer.Subscribe("t", 1, from: 3);
        peer.Ack(first.PacketId);
        Assert.Equal(["2", "3", "4"], TakeAll(peer).Select(p => p.Payload).Order());
    }

    [Fact]
    public void Overlapping_subscriptions_have_their_own_copies_of_what_is_replayed_and_one_of_what_is_live()
    {
        TestCore core = Stored(qos: 1, "1", "2");
        TestPeer peer = core.Connect("a");
        peer.Subscribe("#", 1);
        peer.Subscribe("t", 1, from: 2);
        peer.Subscribe("+", 1, from: 0);
        core.Publish("t", 1, "3");
        Assert.Equal(["2", "1", "2", "3"], TakeAll(peer).Select(p => p.Payload));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_durable_sessions_replay_goes_on_after_a_reconnect(int qos)
    {
        TestCore core = Stored(qos: 2, "1", "2", "3", "4", "5");
        TestPeer peer = core.Connect("a", durable: true, window: 2);
        peer.Subscribe("t", qos, from: 0);
        Assert.Equal("1 2", peer.Payloads());
        peer.Disconnect();
        core.Publish("t", 2, "6");
        peer = core.Connect("a", durable: true, window: 3);
        List<ReceivedPacket> got = TakeAll(peer);
        Assert.Equal(["1", "2", "3", "4", "5", "6"], got.Select(p => p.Payload));
        Assert.Equal([true, true, false, false, false, false], got.Select(p => p.Dup));
        Assert.Equal(0, peer.Session.ReplayCount);
    }

    [Fact]
    public void What_is_replayed_neither_moves_nor_holds_the_sessions_cursor()
    {
        TestCore core = Stored(qos: 1, "1", "2", "3");
        TestPeer peer = core.Connect("a", durable: true);
        peer.Subscribe("t", 1, from: 0);
        Assert.Equal(3, peer.Receive().Count);
        Assert.Equal(3, peer.Session.Queue.Cursor(3));
        core.Publish("t", 1, "4");
        ReceivedPacket live = Assert.Single(peer.Receive());
        Assert.Equal(3, peer.Session.Queue.Cursor(4));
        peer.Ack(live.PacketId);
        Assert.Equal(4, peer.Session.Queue.Cursor(4));
        Assert.Equal(1, peer.Session.ReplayCount);
    }

    [Fact]
    public void While_it_runs_a_transient_sessions_newer_messages_wait_in_the_bounded_queue()
    {
        var core = new TestCore(new BrokerOptions { MaximumQueuedMessages = 3 });
        Keep(core);
        core.Publish("t", 1, "1");
        core.Publish("t", 1, "2");
        TestPeer peer = core.Connect("a", window: 1);
        peer.Subscribe("t", 1, from: 0);
        for (int i = 3; i < 10; i++)
        {
            core.Publish("t", 1, i.ToString());
        }

        Assert.Equal(["1", "2", "3", "4", "5"], TakeAll(peer).Select(p => p.Payload));
        Assert.Equal(4, core.Context.Drops[DropReason.QueueFull]);
    }

    [Fact]
    public void The_cursor_of_a_replay_is_noted_while_it_runs_and_forgotten_at_its_end()
    {
        TestCore core = Stored(qos: 1, [.. Enumerable.Range(1, 600).Select(i => i.ToString())]);
        TestPeer peer = core.Connect("a", durable: true, window: 10);
        peer.Subscribe("t", 1, from: 0);
        Replay replay = peer.Session.FindReplay("t")!;
        List<ReceivedPacket> packets = [];
        for (int done = 0; done < 300; done += packets.Count)
        {
            packets = peer.Receive();
            packets.ForEach(p => peer.Ack(p.PacketId));
        }

        Assert.InRange(replay.Cursor, 200, 300);
        peer.Disconnect();
        Assert.Equal(300, replay.Cursor);
        peer = core.Connect("a", durable: true, window: 10);
        Assert.Equal(Enumerable.Range(301, 300).Select(i => i.ToString()), TakeAll(peer).Select(p => p.Payload));
        Assert.Null(peer.Session.FindReplay("t"));
    }

    [Fact]
    public void Nothing_stored_from_there_on_is_no_replay()
    {
        TestCore core = Stored(qos: 1, "1");
        TestPeer peer = core.Connect("a", durable: true);
        peer.Subscribe("t", 1, from: 2);
        Assert.Equal(0, peer.Session.ReplayCount);
        core.Publish("t", 1, "2");
        Assert.Equal("2", peer.Payloads());
    }

    private static TestCore Stored(int qos, params string[] payloads)
    {
        var core = new TestCore();
        Keep(core);
        foreach (string payload in payloads)
        {
            core.Publish("t", qos, payload);
        }

        return core;
    }

    /// <summary>A durable session that is away has everything stored.</summary>
    private static void Keep(TestCore core)
    {
        TestPeer keeper = core.Connect("keeper", durable: true);
        keeper.Subscribe("#", 2);
        keeper.Disconnect();
    }

    /// <summary>Acknowledges what arrives, one after the other, until nothing more does.</summary>
    private static List<ReceivedPacket> TakeAll(TestPeer peer)
    {
        List<ReceivedPacket> all = [];
        while (peer.Receive() is { Count: > 0 } packets)
        {
            foreach (ReceivedPacket packet in packets)
            {
                switch (packet)
                {
                    case { Type: PacketType.Publish, QoS: QoS.AtLeastOnce }:
                        peer.Ack(packet.PacketId);
                        break;
                    case { Type: PacketType.Publish, QoS: QoS.ExactlyOnce }:
                        peer.Session.Queue.OnPubRec(packet.PacketId, ReasonCode.Success);
                        break;
                    case { Type: PacketType.PubRel }:
                        peer.Session.Queue.OnPubComp(packet.PacketId);
                        break;
                }

                FlushList.FlushAll();
                if (packet.Type == PacketType.Publish)
                {
                    all.Add(packet);
                }
            }
        }

        return all;
    }
}
