using SkyTree.Core.Connections;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Messages;
using SkyTree.Core.Protocol;
using SkyTree.Core.Replication;
using SkyTree.Core.Tests.Harness;
using Xunit;

namespace SkyTree.Core.Tests.Subscriptions;

public sealed class SharedGroupTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Round_robin_goes_from_member_to_member(int qos)
    {
        var core = new TestCore(new BrokerOptions { SharedStrategy = SharedStrategy.RoundRobin });
        TestPeer[] members = Members(core, 3, "$share/g/t", qos);
        for (int i = 0; i < 6; i++)
        {
            core.Publish("t", qos, i.ToString());
        }

        string[] got = [.. members.Select(m => m.Payloads())];
        Assert.Equal(["0 3", "1 4", "2 5"], got.Order());
    }

    [Fact]
    public void Least_in_flight_prefers_who_has_acknowledged()
    {
        var core = new TestCore();
        TestPeer[] members = Members(core, 2, "$share/g/t", 1);
        core.Publish("t", 1, "1");
        TestPeer first = members.Single(m => m.Session.Queue.Load == 1);
        TestPeer second = members.Single(m => m.Session.Queue.Load == 0);
        Assert.Equal("1", first.Payloads());
        for (int i = 0; i < 5; i++)
        {
            core.Publish("t", 1, "x");
            second.Ack(Assert.Single(second.Receive()).PacketId);
        }

        Assert.Empty(first.Receive());
    }

    [Fact]
    public void Sticky_keeps_a_topic_with_its_member_until_that_leaves()
    {
        var core = new TestCore(new BrokerOptions { SharedStrategy = SharedStrategy.StickyByTopic });
        TestPeer[] members = Members(core, 3, "$share/g/t/#", 1);
        for (int round = 0; round < 3; round++)
        {
            for (int topic = 0; topic < 9; topic++)
            {
                core.Publish($"t/{topic}", 1, topic.ToString());
            }
        }

        string[][] got = [.. members.Select(m => m.Receive().Select(p => p.Topic).ToArray())];
        Assert.Equal(27, got.Sum(g => g.Length));
        Assert.All(got, topics => Assert.All(topics.GroupBy(t => t), byTopic => Assert.Equal(3, byTopic.Count())));
        members[0].Disconnect();
        members[1].Receive();
        members[2].Receive();
        core.Publish(got[0][0], 1, "moved");
        Assert.Equal("moved", members[1].Payloads() + members[2].Payloads());
    }

    [Fact]
    public void What_waits_for_room_alone_is_sent_when_a_member_has_room()
    {
        var core = new TestCore();
        TestPeer member = core.Connect("a", limit: 64);
        member.Subscribe("$share/g/t", 1);
        member.Choke(64);
        core.Publish("t", 1, "waits");
        member.Unchoke();
        Assert.Equal("waits", member.Receive().Last().Payload);
    }

    [Fact]
    public void An_acknowledgement_of_one_groups_message_makes_room_for_another_groups()
    {
        var core = new TestCore();
        TestPeer member = core.Connect("a", window: 1);
        member.Subscribe("$share/g1/t/1", 1);
        member.Subscribe("$share/g2/t/2", 1);
        core.Publish("t/1", 1, "1");
        core.Publish("t/2", 1, "2");
        ReceivedPacket first = Assert.Single(member.Receive(), p => p.Type == PacketType.Publish);
        member.Ack(first.PacketId);
        Assert.Equal("2", member.Payloads());
    }

    [Fact]
    public void An_acknowledgement_of_the_members_own_message_makes_room_for_the_groups()
    {
        var core = new TestCore();
        TestPeer member = core.Connect("a", window: 1);
        member.Subscribe("own", 1);
        member.Subscribe("$share/g/t", 1);
        core.Publish("own", 1, "1");
        core.Publish("t", 1, "2");
        member.Ack(Assert.Single(member.Receive()).PacketId);
        Assert.Equal("2", member.Payloads());
    }

    [Fact]
    [Trait("Spec", "MQTT-4.8.2-5")]
    public void What_a_leaving_member_has_not_acknowledged_goes_to_others_in_its_order()
    {
        var core = new TestCore();
        TestPeer leaver = core.Connect("a");
        leaver.Subscribe("$share/g/t", 1);
        for (int i = 0; i < 50; i++)
        {
            core.Publish("t", 1, i.ToString()); // all in one millisecond
        }

        TestPeer other = core.Connect("b");
        other.Subscribe("$share/g/t", 1);
        leaver.Ack(leaver.Receive()[10].PacketId);
        leaver.Disconnect();
        Assert.Equal(Enumerable.Range(0, 50).Where(i => i != 10).Select(i => i.ToString()), other.Receive().Select(p => p.Payload));
    }

    [Fact]
    public void Members_that_leave_one_after_the_other_cost_no_more_than_what_they_leave()
    {
        var core = new TestCore();
        TestPeer[] leavers = Members(core, 20, "$share/g/t", 1, window: 2_000);
        for (int i = 0; i < 20_000; i++)
        {
            core.Publish("t", 1, i.ToString());
        }

        TestPeer last = core.Connect("last", window: 30_000);
        last.Subscribe("$share/g/t", 1);
        foreach (TestPeer leaver in leavers)
        {
            leaver.Disconnect();
        }

        List<ReceivedPacket> got = last.Receive();
        Assert.Equal(20_000, got.Select(p => p.Payload).Distinct().Count());
    }

    [Fact]
    public void A_durable_group_loses_nothing_while_everybody_is_away()
    {
        var core = new TestCore();
        TestPeer member = core.Connect("a", durable: true);
        member.Subscribe("$share/g/t", 1);
        core.Publish("t", 1, "0");
        ReceivedPacket unacknowledged = Assert.Single(member.Receive());
        Assert.Equal("0", unacknowledged.Payload);
        member.Disconnect();
        for (int i = 1; i < 600; i++)
        {
            core.Publish("t", 1, i.ToString());
        }

        member = core.Connect("a", durable: true, window: 1_000);
        Assert.Equal(Enumerable.Range(0, 600).Select(i => i.ToString()), member.Receive().Select(p => p.Payload));
    }

    [Fact]
    public void A_message_on_its_way_when_the_group_becomes_durable_is_neither_lost_nor_doubled()
    {
        var core = new TestCore();
        TestPeer transient = core.Connect("a");
        transient.Subscribe("$share/g/t", 1);
        StoredMessage message = core.Message("t", 1, "1");
        core.Propose(new PublishMessage(message, KeepRetained: false));
        TestPeer durable = core.Connect("b", durable: true);
        durable.Subscribe("$share/g/t", 1);
        FlushList.FlushAll();
        Assert.Equal("1", transient.Payloads() + durable.Payloads());
        core.Publish("t", 1, "2");
        Assert.Equal("2", transient.Payloads() + durable.Payloads());
    }

    [Fact]
    public void The_last_member_takes_with_it_what_waited_and_that_is_counted()
    {
        var core = new TestCore();
        TestPeer member = core.Connect("a", window: 1);
        member.Subscribe("$share/g/t", 1);
        core.Publish("t", 1, "1");
        core.Publish("t", 1, "2");
        core.Publish("t", 1, "3");
        member.Disconnect();
        Assert.Equal(3, core.Context.Drops[DropReason.NoMember]);
        Assert.Equal(0, core.State.Index.Count);
        Assert.Empty(core.State.Index.Groups);
    }

    [Fact]
    public void Twenty_thousand_members_join_and_leave_in_linear_time()
    {
        var core = new TestCore();
        long started = System.Diagnostics.Stopwatch.GetTimestamp();
        TestPeer[] members = Members(core, 20_000, "$share/g/t", 1);
        foreach (TestPeer member in members)
        {
            Assert.True(member.Unsubscribe("$share/g/t"));
        }

        Assert.Empty(core.State.Index.Groups);
        Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(5));
    }

    private static TestPeer[] Members(TestCore core, int count, string filter, int qos, int window = 100)
    {
        var members = new TestPeer[count];
        for (int i = 0; i < count; i++)
        {
            members[i] = core.Connect($"member-{i}", window: window);
            members[i].Subscribe(filter, qos);
        }

        return members;
    }
}
