using SkyTree.Core.Connections;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Protocol;
using SkyTree.Core.Tests.Harness;
using Xunit;

namespace SkyTree.Core.Tests.Connections;

public sealed class OutboundTests : IRoomListener
{
    private readonly TestCore _core = new();
    private readonly TestTransport _transport = new();
    private readonly TrafficCounters _traffic = new();
    private int _rooms;

    void IRoomListener.OnRoom() => _rooms++;

    [Fact]
    public void Packets_are_flushed_once_for_all_that_a_thread_appended()
    {
        Outbound outbound = Make(1_000);
        for (ushort i = 1; i <= 10; i++)
        {
            outbound.AppendAck(0x40, i);
        }

        Assert.Equal(0, _transport.Flushes);
        FlushList.FlushAll();
        Assert.Equal(1, _transport.Flushes);
        Assert.Equal(Enumerable.Range(1, 10), _transport.TakePackets().Select(p => (int)p.PacketId));
        Assert.Equal(10, _traffic.PacketsSent);
        Assert.Equal(40, _traffic.BytesSent);
        Assert.Equal(0, outbound.PendingBytes);
    }

    [Fact]
    public void What_comes_while_the_transport_is_slow_follows_in_order_and_whole()
    {
        Outbound outbound = Make(int.MaxValue / 2);
        _transport.IsSlow = true;
        var sent = new List<string>();
        for (int i = 0; i < 500; i++)
        {
            string payload = new((char)('a' + (i % 26)), 1 + (i * 7 % 1_000));
            sent.Add(payload);
            Assert.Equal(AppendOutcome.Appended, Publish(outbound, "t", 0, payload));
            FlushList.FlushAll();
            if (i % 100 == 99)
            {
                _transport.FinishFlush();
            }
        }

        _transport.IsSlow = false;
        _transport.FinishFlush();
        Assert.Equal(sent, _transport.TakePackets().Select(p => p.Payload));
        Assert.Equal(0, outbound.PendingBytes);
        Assert.Equal(500, _traffic.PublishesSent);
    }

    [Fact]
    public void QoS_0_is_refused_at_the_limit_and_room_is_told_once_when_asked_for()
    {
        Outbound outbound = Make(200);
        _transport.IsSlow = true;
        Assert.False(outbound.WantRoom());
        while (Publish(outbound, "t", 0, new string('x', 50)) == AppendOutcome.Appended)
        {
            FlushList.FlushAll();
        }

        Assert.InRange(outbound.PendingBytes, 200, 260);
        Assert.Equal(AppendOutcome.Full, Publish(outbound, "t", 0, ""));
        Assert.True(outbound.WantRoom());
        Assert.Equal(0, _rooms);
        _transport.IsSlow = false;
        _transport.FinishFlush();
        Assert.Equal(1, _rooms);
        Assert.False(outbound.WantRoom());
    }

    [Fact]
    public void Publishes_alone_never_choke_it()
    {
        Outbound outbound = Make(1_000);
        _transport.IsSlow = true;
        while (Publish(outbound, "t", 0, new string('x', 100)) == AppendOutcome.Appended)
        {
            FlushList.FlushAll();
        }

        Assert.False(outbound.IsChoked);
        while (!outbound.IsChoked)
        {
            Assert.True(outbound.Append(PingPacket.Response));
        }

        Assert.Equal(outbound.ChokeLimit, outbound.PendingBytes, tolerance: 1.0);
    }

    [Fact]
    [Trait("Spec", "MQTT-3.1.2-24")]
    public void A_packet_larger_than_the_client_takes_is_not_sent_and_uses_no_alias()
    {
        Outbound outbound = Make(1_000);
        outbound.UseAliases(1);
        outbound.MaximumPacketSize = 20;
        Assert.Equal(AppendOutcome.TooLarge, Publish(outbound, "topic", 0, new string('x', 50)));
        Assert.Equal(AppendOutcome.Appended, Publish(outbound, "other", 0, "1"));
        Assert.Equal(AppendOutcome.Appended, Publish(outbound, "other", 0, "2"));
        FlushList.FlushAll();
        List<ReceivedPacket> packets = _transport.TakePackets();
        Assert.Equal(["other", ""], packets.Select(p => p.Topic));
        Assert.Equal([1, 1], packets.Select(p => (int)p.Alias));
    }

    [Fact]
    public void After_the_last_packet_nothing_is_taken()
    {
        Outbound outbound = Make(1_000);
        Assert.True(outbound.Append(
            static (packet, output, version, maximum) => packet.Write(output, version, maximum),
            new DisconnectPacket { ReasonCode = ReasonCode.SessionTakenOver },
            last: true));
        Assert.False(outbound.Append(PingPacket.Response));
        Assert.Equal(AppendOutcome.Closed, Publish(outbound, "t", 1, "x"));
        Assert.True(outbound.IsCompleted);
        Assert.False(outbound.WantRoom());
        FlushList.FlushAll();
        Assert.Equal(PacketType.Disconnect, Assert.Single(_transport.TakePackets()).Type);
    }

    [Fact]
    public async Task Whoever_waits_for_it_to_drain_goes_on_when_it_has()
    {
        Outbound outbound = Make(1_000);
        _transport.IsSlow = true;
        outbound.Append(PingPacket.Response);
        FlushList.FlushAll();
        outbound.Append(PingPacket.Response);
        Task drained = outbound.WaitUntilBelowAsync(0, TestContext.Current.CancellationToken).AsTask();
        Assert.False(drained.IsCompleted);
        _transport.IsSlow = false;
        _transport.FinishFlush();
        FlushList.FlushAll();
        await drained.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.Equal(2, _transport.TakePackets().Count);
    }

    [Fact]
    public async Task A_broken_transport_refuses_all_and_wakes_who_waits()
    {
        Outbound outbound = Make(1_000);
        _transport.IsSlow = true;
        outbound.Append(PingPacket.Response);
        FlushList.FlushAll();
        outbound.Append(PingPacket.Response);
        Task drained = outbound.WaitUntilBelowAsync(0, TestContext.Current.CancellationToken).AsTask();
        _transport.Fault = new IOException("gone");
        _transport.FinishFlush();
        FlushList.FlushAll();
        await drained.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.False(outbound.Append(PingPacket.Response));
    }

    [Fact]
    public async Task Many_threads_append_whole_packets_each_in_its_order()
    {
        Outbound outbound = Make(int.MaxValue / 2);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(
            () =>
            {
                for (int i = 0; i < 5_000; i++)
                {
                    Publish(outbound, $"t{thread}", i % 2, i.ToString());
                    if (i % 10 == 0)
                    {
                        FlushList.FlushAll();
                    }
                }

                FlushList.FlushAll();
            },
            TestContext.Current.CancellationToken)));
        FlushList.FlushAll();
        foreach (IGrouping<string, ReceivedPacket> topic in _transport.TakePackets().GroupBy(p => p.Topic))
        {
            Assert.Equal(Enumerable.Range(0, 5_000).Select(i => i.ToString()), topic.Select(p => p.Payload));
        }
    }

    [Fact]
    [Trait("Spec", "MQTT-3.3.2-8")]
    public void Aliases_go_to_the_first_topics_and_stay_with_them()
    {
        var table = new TopicAliasTable(2);
        Assert.Equal(1, table.Find("a"u8, out bool known));
        Assert.False(known);
        table.Add("a"u8, 1);
        Assert.Equal(2, table.Find("b"u8, out _));
        table.Add("b"u8, 2);
        Assert.Equal(0, table.Find("c"u8, out known));
        Assert.False(known);
        Assert.Equal(1, table.Find("a"u8, out known));
        Assert.True(known);
    }

    private Outbound Make(int limit) => new(_transport, limit, this, _traffic) { Version = ProtocolVersion.V5 };

    private AppendOutcome Publish(Outbound outbound, string topic, int qos, string payload)
    {
        var message = new Fanout(_core.Message(topic, qos, payload), _core.NowMs);
        AppendOutcome outcome = outbound.AppendPublish(ref message, (QoS)qos, 0, (ushort)qos, default);
        message.Dispose();
        return outcome;
    }
}
