namespace SkyTree.Core.Listeners;

/// <summary>What a listener speaks beneath MQTT.</summary>
public enum ListenerKind
{
    /// <summary>MQTT over TCP.</summary>
    Tcp,

    /// <summary>MQTT over TLS.</summary>
    Tls,

    /// <summary>MQTT over WebSocket.</summary>
    WebSocket,

    /// <summary>MQTT over secure WebSocket.</summary>
    SecureWebSocket,

    /// <summary>Clients of this process, without a network; not a kind to be configured.</summary>
    InProcess,
}
