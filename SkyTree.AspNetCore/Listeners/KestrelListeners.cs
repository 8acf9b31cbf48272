using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using SkyTree.AspNetCore.Configuration;

namespace SkyTree.AspNetCore.Listeners;

/// <summary>Puts the listeners on Kestrel.</summary>
internal static class KestrelListeners
{
    public static void ConfigureSockets(SocketTransportOptions sockets, ActiveListeners listeners)
    {
        // A connection's handler runs on the thread that saw its bytes, without a hop; it must not block.
        sockets.UnsafePreferInlineScheduling = true;
        sockets.WaitForDataBeforeAllocatingBuffer = true;
        sockets.Backlog = ActiveListeners.Backlog;
        sockets.CreateBoundListenSocket = endPoint => listeners.Find(endPoint)?.Socket ?? SocketTransportOptions.CreateDefaultBoundListenSocket(endPoint);
    }

    public static void Configure(KestrelServerOptions kestrel, ActiveListeners listeners)
    {
        kestrel.AddServerHeader = false;
        // Stalled requests of a port that MQTT shares should not hold it for the default half minute.
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        foreach (ActiveListener listener in listeners.All)
        {
            kestrel.Listen(listener.EndPoint, listen => Configure(listen, listener));
        }
    }

    private static void Configure(ListenOptions listen, ActiveListener listener)
    {
        IServiceProvider services = listen.ApplicationServices;
        ILogger logger = services.GetRequiredService<ILoggerFactory>().CreateLogger("SkyTree.Listeners");
        TimeProvider timeProvider = services.GetRequiredService<TimeProvider>();

        listen.Use(next => connection => new AdmissionMiddleware(listener, logger).InvokeAsync(connection, next));
        if (listener.Options.ProxyProtocol == ProxyProtocol.Required)
        {
            listen.Use(next => connection => new ProxyProtocolMiddleware(listener, timeProvider, logger).InvokeAsync(connection, next));
        }

        // HTTP/2 would only add ways in: WebSockets and the portal do well without it.
        listen.Protocols = HttpProtocols.Http1;
        if (listener.Certificate is { } certificate)
        {
            certificate.LogTo(logger);
            listen.UseHttps(new TlsHandshakeCallbackOptions
            {
                HandshakeTimeout = TimeSpan.FromSeconds(listener.Options.HandshakeTimeoutSeconds),
                OnConnection = _ => ValueTask.FromResult(certificate.ForHandshake()),
            });
        }

        if (!listener.Options.IsHttp)
        {
            MqttConnectionHandler handler = new(listener, services.GetRequiredService<ConnectionServer>(), logger);
            listen.Run(handler.OnConnectedAsync);
        }
    }
}
