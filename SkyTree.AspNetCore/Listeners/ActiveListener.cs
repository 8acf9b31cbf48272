using System.Net;
using System.Net.Sockets;
using SkyTree.AspNetCore.Configuration;
using SkyTree.Core.Listeners;

namespace SkyTree.AspNetCore.Listeners;

/// <summary>A listener that has its port: what was configured, what the broker knows of it, and what guards it.</summary>
internal sealed class ActiveListener(string name, ListenerOptions options, Socket socket, ServerCertificate? certificate, TimeProvider timeProvider)
{
    public string Name => name;

    public ListenerOptions Options => options;

    public Listener Listener { get; } = new(name, options.Kind, options.Limits) { Durability = options.Durability };

    public ConnectionGate Gate { get; } = new(options.Limits, timeProvider);

    /// <summary>Bound, not yet listening; Kestrel takes it over.</summary>
    public Socket Socket => socket;

    /// <summary>With the real port.</summary>
    public IPEndPoint EndPoint { get; } = (IPEndPoint)socket.LocalEndPoint!;

    /// <summary>Null when the listener speaks no TLS.</summary>
    public ServerCertificate? Certificate => certificate;

    /// <summary>The networks whose PROXY headers are believed; empty: all.</summary>
    public IPNetwork[] TrustedProxies { get; } = [.. options.TrustedProxies.Select(IPNetwork.Parse)];

    /// <summary>Where clients reach it, MQTT first.</summary>
    public IEnumerable<string> Addresses => (options.Kind, options.Web) switch
    {
        (ListenerKind.Tcp, _) => [$"mqtt://{EndPoint}"],
        (ListenerKind.Tls, _) => [$"mqtts://{EndPoint}"],
        (ListenerKind.WebSocket, false) => [$"ws://{EndPoint}{WebSocketEndpoint.Path}"],
        (ListenerKind.WebSocket, true) => [$"ws://{EndPoint}{WebSocketEndpoint.Path}", $"http://{EndPoint}"],
        (_, false) => [$"wss://{EndPoint}{WebSocketEndpoint.Path}"],
        (_, true) => [$"wss://{EndPoint}{WebSocketEndpoint.Path}", $"https://{EndPoint}"],
    };
}
