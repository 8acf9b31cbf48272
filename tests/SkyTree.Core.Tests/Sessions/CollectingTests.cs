using SkyTree.Core.Connections;
using SkyTree.Core.Protocol;
using SkyTree.Core.Replication;
using SkyTree.Core.Tests.Harness;
using Xunit;

namespace SkyTree.Core.Tests.Sessions;

/// <summary>QoS 2 to a durable session is collected and made safe before it is sent; what is with it is sent as it is.</summary>
public sealed class CollectingTests
{
    private readonly TestCore _core = new();

    [Fact]
    public void QoS_0_that_waits_behind_retained_QoS_2_is_sent_at_QoS_0()
    {
        _core.Publish("t", 2, "retained", retain: true);
        TestPeer peer = _core.Connect("a", durable: true);
        _core.Propose(new Subscribe(peer.Session, peer.Epoch, 0, [new SubscriptionRequest(TestCore.Filter("t"), QoS.ExactlyOnce, false, false, RetainHandling.Send)]));
        _core.Publish("t", 0, "live");
        peer.Session.Queue.Pump();
        FlushList.FlushAll();
        List<ReceivedPacket> received = peer.Receive();
        Assert.Equal(["retained", "live"], received.Select(packet => packet.Payload));
        Assert.Equal([QoS.ExactlyOnce, QoS.AtMostOnce], received.Select(packet => packet.QoS));
        Assert.Equal(0, received[1].PacketId);
    }
}
