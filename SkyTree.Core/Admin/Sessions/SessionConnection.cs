using SkyTree.Core.Connections;
using SkyTree.Core.Listeners;
using SkyTree.Core.Protocol;

namespace SkyTree.Core.Admin.Sessions;

/// <summary>The network connection of a session, as its node sees it.</summary>
public sealed record SessionConnection
{
    /// <summary>When CONNECT was done.</summary>
    public DateTimeOffset ConnectedAt { get; init; }

    /// <summary>The client's address and port.</summary>
    public string Address { get; init; } = "";

    /// <summary>The listener's name.</summary>
    public string Listener { get; init; } = "";

    /// <summary>What the listener speaks beneath MQTT.</summary>
    public ListenerKind ListenerKind { get; init; }

    /// <summary>The protocol version.</summary>
    public ProtocolVersion Protocol { get; init; }

    /// <summary>The user name that was proved; null: anonymous.</summary>
    public string? UserName { get; init; }

    /// <summary>The keep-alive in seconds; 0: none.</summary>
    public int KeepAliveSeconds { get; init; }

    /// <summary>Clean Start of CONNECT; with 3.x Clean Session.</summary>
    public bool CleanStart { get; init; }

    /// <summary>The version of TLS; null: there is none.</summary>
    public string? TlsProtocol { get; init; }

    /// <summary>The cipher suite; null: not known, or there is no TLS.</summary>
    public string? TlsCipherSuite { get; init; }

    /// <summary>The subject of the client's certificate, where that is the user name; else null.</summary>
    public string? CertificateSubject { get; init; }

    /// <summary>Receive Maximum: so many QoS 1 and 2 messages the client takes unacknowledged.</summary>
    public int ReceiveMaximum { get; init; }

    /// <summary>The largest packet that the client takes, in bytes; null: any.</summary>
    public uint? MaximumPacketSize { get; init; }

    /// <summary>What the client has sent.</summary>
    internal ConnectionTraffic Received { get; init; }

    /// <summary>What it was sent.</summary>
    internal ConnectionTraffic Sent { get; init; }

    /// <summary>Bytes that wait for the network.</summary>
    public int PendingBytes { get; init; }

    /// <summary>Messages in flight.</summary>
    public int Inflight { get; init; }

    /// <summary>How many may be in flight: the lower of Receive Maximum and the broker's own bound.</summary>
    public int Window { get; init; }

    /// <summary>Messages that wait in memory, retained ones of new subscriptions included.</summary>
    public int Waiting { get; init; }

    /// <summary>Up to this offset the session has read the log.</summary>
    public long Position { get; init; }

    /// <summary>What this node dropped that was for the session, by reason.</summary>
    public IReadOnlyDictionary<Diagnostics.DropReason, long> Drops { get; init; } = new Dictionary<Diagnostics.DropReason, long>();
}
