using SkyTree.Core.Connections;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Messages;
using SkyTree.Core.Protocol;
using SkyTree.Core.Replication;
using SkyTree.Core.Tests.Harness;
using Xunit;

namespace SkyTree.Core.Tests.Sessions;

/// <summary>Whatever waits is sent on by what it waits for, and by nothing else.</summary>
public sealed class SessionQueueTests
{
    [Fact]
    [Trait("Spec", "MQTT-3.3.4-9")]
    public void Messages_wait_for_the_receive_maximum_and_follow_acknowledgements_in_order()
    {
        var core = new TestCore();
        TestPeer peer = core.Connect("a", window: 2);
        peer.Subscribe("t", 1);
        peer.Receive();
        foreach (string payload in new[] { "1", "2", "3", "4" })
        {
            core.Publish("t", 1, payload);
        }

        List<ReceivedPacket> first = peer.Receive();
        Assert.Equal(["1", "2"], first.Select(p => p.Payload));
        Assert.Equal(ReasonCode.Success, peer.Ack(first[1].PacketId));
        Assert.Equal("3", peer.Payloads());
        peer.Ack(first[0].PacketId);
        Assert.Equal("4", peer.Payloads());
    }

    [Fact]
    public void A_message_that_waits_for_room_alone_is_sent_when_there_is_room()
    {
        var core = new TestCore();
        TestPeer peer = core.Connect("a", limit: 64);
        peer.Subscribe("t", 1);
        peer.Choke(64);
        core.Publish("t", 1, "waits");
        peer.Unchoke();
        Assert.Equal("waits", peer.Receive().Last().Payload);
    }

    [Fact]
    public void A_refused_QoS_2_message_leaves_its_place_to_the_next()
    {
        var core = new TestCore();
        TestPeer peer = core.Connect("a", window: 1);
        peer.Subscribe("t", 2);
        core.Publish("t", 2, "1");
        core.Publish("t", 2, "2");
        ReceivedPacket first = Assert.Single(peer.Receive());
        Assert.Equal(ReasonCode.NotAuthorized, peer.Session.Queue.OnPubRec(first.PacketId, ReasonCode.NotAuthorized));
        FlushList.FlushAll();
        Assert.Equal("2", peer.Payloads());
    }

    [Fact]
    [Trait("Spec", "MQTT-3.1.2-25")]
    public void A_message_too_large_for_the_client_does_not_stop_those_behind_it()
    {
        var core = new TestCore();
        TestPeer peer = core.Connect("a", window: 1);
        peer.Connection.Outbound.MaximumPacketSize = 32;
        peer.Subscribe("t", 1);
        core.Publish("t", 1, "1");
        core.Publish("t", 1, new string('x', 64));
        core.Publish("t", 1, "3");
        ReceivedPacket first = Assert.Single(peer.Receive());
        peer.Ack(first.PacketId);
        Assert.Equal("3", peer.Payloads());
        Assert.Equal(1, core.Context.Drops[DropReason.PacketTooLarge]);
    }

    [Fact]
    [Trait("Spec", "MQTT-3.3.2-5")]
    public void A_message_that_expires_while_it_waits_does_not_stop_those_behind_it()
    {
        var core = new TestCore();
        TestPeer peer = core.Connect("a", window: 1);
        peer.Subscribe("t", 1);
        core.Publish("t", 1, "1");
        core.Publish("t", 1, "2", expirySeconds: 1);
        core.Publish("t", 1, "3");
        ReceivedPacket first = Assert.Single(peer.Receive());
        core.Time.Advance(TimeSpan.FromSeconds(2));
        peer.Ack(first.PacketId);
        Assert.Equal("3", peer.Payloads());
    }

    [Fact]
    public void Retained_messages_go_before_newer_ones_of_any_QoS()
    {
        var core = new TestCore();
        core.Publish("t/1", 1, "old-1", retain: true);
        core.Publish("t/2", 1, "old-2", retain: true);
        TestPeer peer = core.Connect("a", window: 1);
        peer.Subscribe("t/#", 1);
        core.Publish("t/3", 0, "new-0");
        core.Publish("t/3", 1, "new-1");
        List<ReceivedPacket> got = [];
        while (peer.Receive() is { Count: > 0 } packets)
        {
            got.AddRange(packets);
            if (packets.FindLast(p => p.PacketId != 0) is { } last)
            {
                peer.Ack(last.PacketId);
            }
        }

        Assert.Equal(["old-1", "old-2"], got.Take(2).Select(p => p.Payload).Order());
        Assert.Equal(["new-0", "new-1"], got.Skip(2).Select(p => p.Payload));
        core.Publish("t/3", 0, "later");
        Assert.Equal("later", peer.Payloads());
    }

    [Fact]
    [Trait("Spec", "MQTT-3.8.3-3")]
    public void No_Local_holds_for_retained_messages_too()
    {
        var core = new TestCore();
        core.Publish("t/own", 0, "own", retain: true, publisher: "a");
        core.Publish("t/other", 0, "other", retain: true, publisher: "b");
        TestPeer peer = core.Connect("a");
        peer.Subscribe("t/#", 1, noLocal: true);
        Assert.Equal("other", peer.Payloads());
    }

    [Fact]
    public void Properties_count_in_what_may_wait_for_a_client()
    {
        var core = new TestCore(new BrokerOptions { MaximumQueuedBytes = 10_000 });
        TestPeer peer = core.Connect("a", window: 1);
        peer.Subscribe("t", 1);
        for (int i = 0; i < 10; i++)
        {
            core.Publish(core.Message("t", 1, "x") with { Properties = new byte[] { 3, 0x0F, 0xFE }.Concat(new byte[4093]).ToArray() });
        }

        Assert.Equal(7, core.Context.Drops[DropReason.QueueFull]);
    }

    [Fact]
    [Trait("Spec", "MQTT-4.4.0-1")]
    [Trait("Spec", "MQTT-4.6.0-1")]
    public void After_a_reconnect_all_unacknowledged_messages_come_again_in_order_with_DUP_then_what_followed()
    {
        var core = new TestCore();
        TestPeer peer = core.Connect("a", durable: true);
        peer.Subscribe("t", 2);
        foreach (string payload in new[] { "1", "2", "3" })
        {
            core.Publish("t", 2, payload);
        }

        List<ReceivedPacket> sent = peer.Receive();
        Assert.Equal(ReasonCode.Success, peer.Session.Queue.OnPubRec(sent[1].PacketId, ReasonCode.Success));
        peer.Disconnect();
        core.Publish("t", 1, "4");
        core.Publish("t", 0, "lost");

        peer = core.Connect("a", durable: true);
        List<ReceivedPacket> again = peer.Receive();
        Assert.Equal([PacketType.Publish, PacketType.PubRel, PacketType.Publish, PacketType.Publish], again.Select(p => p.Type));
        Assert.Equal(["1", "", "3", "4"], again.Select(p => p.Payload));
        Assert.Equal(sent.Select(p => p.PacketId), again.Take(3).Select(p => p.PacketId));
        Assert.Equal([true, false, true, false], again.Select(p => p.Type == PacketType.Publish && p.Dup));
    }

    [Fact]
    public void An_acknowledgement_of_what_this_connection_was_not_sent_yet_does_not_widen_its_window()
    {
        var core = new TestCore();
        TestPeer peer = core.Connect("a", durable: true, window: 4);
        peer.Subscribe("t", 1);
        foreach (string payload in new[] { "1", "2", "3", "4" })
        {
            core.Publish("t", 1, payload);
        }

        List<ReceivedPacket> sent = peer.Receive();
        peer.Disconnect();
        core.Publish("t", 1, "5");
        peer = core.Connect("a", durable: true, window: 1);
        Assert.Equal("1", peer.Payloads());
        peer.Ack(sent[3].PacketId);
        Assert.Equal("", peer.Payloads());
        peer.Ack(sent[0].PacketId);
        Assert.Equal("2", peer.Payloads());
    }

    [Fact]
    public void Everything_published_while_away_is_read_from_the_log_page_by_page()
    {
        var core = new TestCore();
        TestPeer peer = core.Connect("a", durable: true, window: 50);
        peer.Subscribe("t/+", 1);
        peer.Disconnect();
        for (int i = 0; i < 1_000; i++)
        {
            core.Publish($"t/{i % 7}", 1, i.ToString());
            core.Publish("other", 1, "x");
        }

        peer = core.Connect("a", durable: true, window: 50);
        var got = new List<string>();
        while (peer.Receive() is { Count: > 0 } packets)
        {
            got.AddRange(packets.Select(p => p.Payload));
            packets.ForEach(p => peer.Ack(p.PacketId));
        }

        Assert.Equal(Enumerable.Range(0, 1_000).Select(i => i.ToString()), got);
        core.Publish("t/1", 1, "next");
        Assert.Equal("next", peer.Payloads());
    }

    [Fact]
    public void A_deposed_connection_subscribes_nobody()
    {
        var core = new TestCore();
        TestPeer old = core.Connect("a");
        core.Connect("a");
        Assert.Null(old.Subscribe("t", 1));
        Assert.Equal(0, core.State.Index.Count);

        TestPeer durable = core.Connect("b", durable: true);
        TestPeer now = core.Connect("b", durable: true);
        Assert.Null(durable.Subscribe("t", 1));
        Assert.NotNull(now.Subscribe("t", 1));
        Assert.False(durable.Unsubscribe("t"));
        Assert.Equal(1, core.State.Index.Count);
    }

    [Fact]
    public void Who_asks_for_retained_messages_faster_than_it_takes_them_is_refused()
    {
        var core = new TestCore(new BrokerOptions { MaximumQueuedMessages = 100 });
        for (int i = 0; i < 150; i++)
        {
            core.Publish($"t/{i}", 1, "x", retain: true);
        }

        TestPeer peer = core.Connect("a", window: 1);
        Assert.Equal([ReasonCode.GrantedQoS1], peer.Subscribe("t/#", 1)!);
        Assert.Equal([ReasonCode.QuotaExceeded], peer.Subscribe("t/+", 1)!);
        for (int i = 0; i < 60; i++)
        {
            peer.Receive().ForEach(p => peer.Ack(p.PacketId));
        }

        Assert.Equal([ReasonCode.GrantedQoS1], peer.Subscribe("t/+", 1)!);
    }

    [Fact]
    public void Shared_subscriptions_count_in_the_number_that_a_session_may_have()
    {
        var core = new TestCore(new BrokerOptions { MaximumSubscriptions = 2 });
        TestPeer peer = core.Connect("a");
        Assert.Equal([ReasonCode.GrantedQoS1], peer.Subscribe("$share/g1/t", 1)!);
        Assert.Equal([ReasonCode.GrantedQoS1], peer.Subscribe("$share/g2/t", 1)!);
        Assert.Equal([ReasonCode.QuotaExceeded], peer.Subscribe("$share/g3/t", 1)!);
        Assert.Equal([ReasonCode.GrantedQoS1], peer.Subscribe("$share/g2/t", 1)!);
    }

    [Fact]
    public void Subscriptions_that_ended_with_messages_unread_count_too()
    {
        var core = new TestCore(new BrokerOptions { MaximumSubscriptions = 10 });
        TestPeer peer = core.Connect("a", durable: true);
        peer.Subscribe("t", 1);
        core.Publish("t", 1, "never acknowledged");
        int granted = 0;
        for (int i = 0; i < 100; i++)
        {
            granted += peer.Subscribe("u", 1) is [ReasonCode.GrantedQoS1] ? 1 : 0;
            core.Publish("t", 1);
            peer.Unsubscribe("u");
        }

        Assert.InRange(granted, 1, 10);
    }

    [Fact]
    public void Replaced_and_removed_filters_match_no_longer_however_many_there_are()
    {
        var core = new TestCore();
        TestPeer peer = core.Connect("a");
        for (int i = 0; i < 20; i++)
        {
            peer.Subscribe($"{i}/#", 0);
            peer.Subscribe($"literal/{i}", 0);
        }

        peer.Subscribe("7/#", 1);
        Assert.True(peer.Session.MatchesAny("7/x"));
        Assert.True(peer.Session.MatchesAny("literal/7"));
        Assert.True(peer.Unsubscribe("7/#"));
        Assert.True(peer.Unsubscribe("literal/7"));
        Assert.False(peer.Session.MatchesAny("7/x"));
        Assert.False(peer.Session.MatchesAny("literal/7"));
        Assert.True(peer.Session.MatchesAny("8"));
    }

    [Fact]
    public void Finding_a_message_among_100_000_filters_does_not_cost_them_all()
    {
        var core = new TestCore();
        TestPeer peer = core.Connect("a", durable: true);
        var requests = Enumerable.Range(0, 100_000)
            .Select(i => new SubscriptionRequest(TestCore.Filter($"device/{i}"), QoS.AtLeastOnce, false, false, RetainHandling.Send))
            .ToArray();
        core.Propose(new Subscribe(peer.Session, peer.Epoch, 0, requests));
        long started = System.Diagnostics.Stopwatch.GetTimestamp();
        for (int i = 0; i < 10_000; i++)
        {
            Assert.True(peer.Session.MatchesAny("device/77777"));
        }

        Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(2));
        core.Propose(new Unsubscribe(peer.Session, peer.Epoch, [.. requests.Select(r => r.Filter.Text)]));
        Assert.Equal(0, core.State.Index.Count);
        Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(5));
    }
}
