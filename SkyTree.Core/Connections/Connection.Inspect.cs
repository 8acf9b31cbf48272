using SkyTree.Core.Admin.Sessions;
using SkyTree.Core.Protocol;

namespace SkyTree.Core.Connections;

/// <content>What people are told of it.</content>
internal sealed partial class Connection
{
    /// <summary>The client identifier; null before CONNECT.</summary>
    public string? ClientId => _identity?.ClientId;

    /// <summary>The protocol version; 5.0 before CONNECT.</summary>
    public ProtocolVersion Version => _version;

    /// <summary>The topic of a PUBLISH that the client sends, also where an alias stands for it; null: it is another packet. On the connection's own thread.</summary>
    public string? TopicOf(ReadOnlySpan<byte> packet, int headerLength)
    {
        if ((PacketType)(packet[0] >> 4) != PacketType.Publish || !PublishView.TryParse(packet[0], packet[headerLength..], _version, out PublishView publish, out _))
        {
            return null;
        }

        ReadOnlySpan<byte> topic = publish.Topic.IsEmpty && publish.TopicAlias < (_aliases?.Length ?? 0) ? _aliases![publish.TopicAlias] : publish.Topic;
        return System.Text.Encoding.UTF8.GetString(topic);
    }

    /// <summary>The user name that was proved, or null.</summary>
    public string? UserName => _identity?.UserName;

    /// <summary>Who the client is, for whoever judges what it may; null before CONNECT.</summary>
    public Security.ClientIdentity? Identity => _identity;

    /// <summary>When CONNECT was done, in Unix milliseconds; 0: it was not yet.</summary>
    public long ConnectedAtMs => Volatile.Read(ref _connectedAtMs);

    /// <summary>The client's address without port, or null.</summary>
    public string? Address => RemoteAddress;

    /// <summary>The name of the listener that accepted it.</summary>
    public string ListenerName => _peer.Listener.Name;

    /// <summary>The session that it serves; null before CONNECT is done.</summary>
    public Core.Sessions.Session? Session => _session;

    /// <summary>The facts, as they are now. Any thread.</summary>
    public SessionConnection Describe()
    {
        ConnectionTraffic sent = Outbound.Sent;
        uint packetSize = Outbound.MaximumPacketSize;
        return new SessionConnection
        {
            ConnectedAt = DateTimeOffset.FromUnixTimeMilliseconds(ConnectedAtMs),
            Address = RemoteText,
            Listener = _peer.Listener.Name,
            ListenerKind = _peer.Listener.Kind,
            Protocol = _version,
            UserName = _identity?.UserName,
            KeepAliveSeconds = _keepAliveSeconds,
            CleanStart = _cleanStart,
            TlsProtocol = _peer.Tls?.Protocol.ToString(),
            TlsCipherSuite = _peer.Tls?.CipherSuite?.ToString(),
            CertificateSubject = _peer.CertificateSubject,
            ReceiveMaximum = _receiveMaximum,
            MaximumPacketSize = packetSize == uint.MaxValue ? null : packetSize,
            Received = new ConnectionTraffic(Volatile.Read(ref _totalPackets), Volatile.Read(ref _totalPublishes), Volatile.Read(ref _totalBytes)),
            Sent = sent,
            PendingBytes = Outbound.PendingBytes,
        };
    }
}
