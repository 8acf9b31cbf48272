using SkyTree.Core.Connections;
using SkyTree.Core.Listeners;
using SkyTree.Core.Protocol;
using SkyTree.Core.Replication;
using SkyTree.Core.Sessions;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Tests.Harness;

/// <summary>A connected client of a <see cref="TestCore"/>.</summary>
internal sealed class TestPeer
{
    private readonly TestCore _core;

    public TestPeer(TestCore core, Session session, long epoch, int limit)
    {
        _core = core;
        Session = session;
        Epoch = epoch;
        Connection = new Connection(core.Services, new ListenerConnection
        {
            Listener = new Listener("test", ListenerKind.Tcp, new ListenerLimits { MaxOutboundBytes = limit }),
            Transport = Transport,
            Abort = () => { },
        });
        Connection.Outbound.Version = ProtocolVersion.V5;
        ServeRoom();
    }

    public TestTransport Transport { get; } = new();

    public Session Session { get; }

    public long Epoch { get; }

    public Connection Connection { get; }

    public IReadOnlyList<ReasonCode>? Subscribe(string filter, int qos, uint identifier = 0, bool noLocal = false, RetainHandling retain = RetainHandling.Send, long? from = null)
    {
        IReadOnlyList<ReasonCode>? codes = _core.Propose(new Subscribe(
            Session, Epoch, identifier, [new SubscriptionRequest(TestCore.Filter(filter), (QoS)qos, noLocal, RetainAsPublished: false, retain, from)])
        {
            MaximumSubscriptions = _core.Options.MaximumSubscriptions,
            MaximumRetained = _core.Options.MaximumQueuedMessages,
            RetainedWaiting = Session.Queue.RetainedWaiting,
        });
        Session.Queue.StartReplays();
        Session.Queue.Pump();
        Session.PumpGroups();
        FlushList.FlushAll();
        return codes;
    }

    public bool Unsubscribe(string filter)
    {
        bool existed = _core.Propose(new Unsubscribe(Session, Epoch, [filter])) is [true];
        Session.Queue.Pump();
        Session.PumpGroups();
        FlushList.FlushAll();
        return existed;
    }

    public ReasonCode Ack(ushort packetId)
    {
        ReasonCode code = Session.Queue.OnPubAck(packetId);
        FlushList.FlushAll();
        return code;
    }

    public List<ReceivedPacket> Receive() => Transport.TakePackets();

    /// <summary>The payloads of what arrived since the last call.</summary>
    public string Payloads() => string.Join(' ', Receive().Select(p => p.Payload));

    /// <summary>Fills what may wait for this client with a packet that nobody acknowledges; the transport takes it up when told to.</summary>
    public void Choke(int bytes)
    {
        Transport.IsSlow = true;
        Connection.Outbound.Append(new byte[] { 0xD0, 0 });
        FlushList.FlushAll();
        for (int i = 0; i < bytes; i += 2)
        {
            Connection.Outbound.Append(new byte[] { 0xD0, 0 });
        }
    }

    /// <summary>The transport is fast again, and has taken what waited.</summary>
    public void Unchoke()
    {
        Transport.IsSlow = false;
        Transport.FinishFlush();
    }

    /// <summary>The connection is gone, as its own thread of work would find.</summary>
    public void Disconnect()
    {
        Session.Queue.Detach(Connection);
        _core.Propose(new CloseSession(Session, Epoch, null, DiscardWill: false));
        FlushList.FlushAll();
    }

    // The connection learns its session when it opens it itself; here it is told.
    private void ServeRoom() => Connection.Serve(Session, Epoch);
}
