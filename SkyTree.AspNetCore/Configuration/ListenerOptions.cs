using System.ComponentModel.DataAnnotations;
using SkyTree.Core.Listeners;
using SkyTree.Core.Replication;

namespace SkyTree.AspNetCore.Configuration;

/// <summary>One listener (<c>SkyTree:Listeners:{name}</c>).</summary>
internal sealed record ListenerOptions
{
    /// <summary>False switches the listener off.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>What it speaks beneath MQTT.</summary>
    public ListenerKind Kind { get; init; } = ListenerKind.Tcp;

    /// <summary>An IPv4 or IPv6 address of this machine, or <c>*</c>: all of both.</summary>
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>0: a free one; absent: the usual one of the kind (1883, 8883, 8080, 8443).</summary>
    [Range(0, 65_535)]
    public int? Port { get; init; }

    /// <summary>Whether a WebSocket listener also serves the broker's own pages.</summary>
    public bool Web { get; init; }

    /// <summary>The server's certificate, for Tls and SecureWebSocket.</summary>
    public CertificateOptions? Certificate { get; init; }

    /// <summary>Whether clients show a certificate.</summary>
    public ClientCertificates ClientCertificate { get; init; }

    /// <summary>A PEM file with the authorities that may have issued client certificates.</summary>
    public string ClientCertificateAuthorities { get; init; } = "";

    /// <summary>Whether the common name of a client's certificate is its user name.</summary>
    public bool CertificateSubjectAsUserName { get; init; }

    /// <summary>Seconds that a TLS handshake may take, 1 to 600.</summary>
    [Range(1, 600)]
    public int HandshakeTimeoutSeconds { get; init; } = 10;

    /// <summary>Whether a proxy in front announces the client's address.</summary>
    public ProxyProtocol ProxyProtocol { get; init; }

    /// <summary>Networks, such as <c>10.0.0.0/8</c>, from which a PROXY header is believed; others are closed. Empty: all.</summary>
    public IReadOnlyList<string> TrustedProxies { get; init; } = [];

    /// <summary>How safe what its clients publish must be before it is acknowledged; absent: as <c>SkyTree:Store:Durability</c> says.</summary>
    public Durability? Durability { get; init; }

    /// <summary>What it allows its clients.</summary>
    public ListenerLimits Limits { get; init; } = new();

    /// <summary>Whether the listener speaks HTTP beneath MQTT.</summary>
    internal bool IsHttp => Kind is ListenerKind.WebSocket or ListenerKind.SecureWebSocket;

    /// <summary>Whether the listener speaks TLS.</summary>
    internal bool IsSecure => Kind is ListenerKind.Tls or ListenerKind.SecureWebSocket;

    /// <summary>The configured port, or the usual one of the kind.</summary>
    internal int EffectivePort => Port ?? Kind switch
    {
        ListenerKind.Tcp => 1883,
        ListenerKind.Tls => 8883,
        ListenerKind.WebSocket => 8080,
        _ => 8443,
    };
}
