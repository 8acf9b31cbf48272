using System.IO.Pipelines;
using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace SkyTree.Core.Listeners;

/// <summary>
/// What a listener hands to the broker: bytes in, bytes out, and the facts about the peer. The listener owns the
/// network connection and closes it when <c>Broker.ServeAsync</c> has returned.
/// </summary>
internal sealed class ListenerConnection
{
    /// <summary>The listener that accepted the connection.</summary>
    public required Listener Listener { get; init; }

    /// <summary>The bytes, as MQTT: below it TLS and WebSocket framing have been dealt with.</summary>
    public required IDuplexPipe Transport { get; init; }

    /// <summary>The client's address: behind a proxy the one that the PROXY protocol named. Null if it has none.</summary>
    public EndPoint? RemoteEndPoint { get; init; }

    /// <summary>The address that the client connected to.</summary>
    public EndPoint? LocalEndPoint { get; init; }

    /// <summary>The subject of the verified client certificate that is to be the user name, or null.</summary>
    public string? CertificateSubject { get; init; }

    /// <summary>The client certificate that the listener has verified; null: none was shown. It is the listener's, and lives as long as the connection.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>What TLS has agreed on; null: the listener does without.</summary>
    public TlsFacts? Tls { get; init; }

    /// <summary>Whether the peer is code of this process, which is neither asked who it is nor kept from anything.</summary>
    internal bool IsTrusted { get; init; }

    /// <summary>The connection's place within the listener's limits, to be told when CONNECT has been completed; null where nothing is counted.</summary>
    public Admission? Admission { get; init; }

    /// <summary>Ends the network connection at once, from any thread, without waiting for what is still to be sent.</summary>
    public required Action Abort { get; init; }
}
