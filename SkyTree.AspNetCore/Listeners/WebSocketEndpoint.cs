using System.Buffers;
using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using SkyTree.AspNetCore.Configuration;
using SkyTree.AspNetCore.Embedding;
using SkyTree.Core.Listeners;

namespace SkyTree.AspNetCore.Listeners;

/// <summary>MQTT over WebSocket, at <see cref="Path"/> of every HTTP endpoint.</summary>
internal sealed class WebSocketEndpoint(
    ConnectionServer serve,
    HttpOptions options,
    IMemoryPoolFactory<byte> pools,
    TimeProvider timeProvider,
    ILoggerFactory loggerFactory)
{
    public const string Path = "/mqtt";

    private static readonly string[] s_subProtocols = ["mqtt", "mqttv3.1"];

    private readonly MemoryPool<byte> _pool = pools.Create();
    private readonly ILogger _logger = loggerFactory.CreateLogger("SkyTree.Listeners");

    public async Task InvokeAsync(HttpContext context)
    {
        if (ListenerOf(context) is not { } listener)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
        }
        else if (!context.WebSockets.IsWebSocketRequest)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, "Here is MQTT over WebSocket: connect with an MQTT client.");
        }
        else if (s_subProtocols.FirstOrDefault(name => context.WebSockets.WebSocketRequestedProtocols.Contains(name, StringComparer.Ordinal)) is not { } subProtocol)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, "The WebSocket sub-protocol must be 'mqtt' (or 'mqttv3.1').");
        }
        else if (!OriginPolicy.Allows(context, options.AllowedOrigins))
        {
            await RefuseAsync(
                context,
                StatusCodes.Status403Forbidden,
                "Pages of this origin may not connect here; the broker's option SkyTree:Http:AllowedOrigins lists those that may.");
        }
        else
        {
            await ServeAsync(context, listener, subProtocol);
        }
    }

    private static Task RefuseAsync(HttpContext context, int status, string reason)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(reason + "\n");
    }

    // A listener of the broker's, or the application's own endpoints.
    private static WebListener? ListenerOf(HttpContext context) =>
        context.Features.Get<ActiveListener>() is { } listener ? new WebListener(listener.Listener, listener.Options.CertificateSubjectAsUserName)
        : context.Features.Get<ForwardedRequest>() is not null ? WebListener.OfApplication
        : null;

    private async Task ServeAsync(HttpContext context, WebListener listener, string subProtocol)
    {
        // MQTT has a keep-alive of its own, and compression mixes secrets with what others choose.
        WebSocket webSocket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext
        {
            SubProtocol = subProtocol,
            KeepAliveInterval = Timeout.InfiniteTimeSpan,
            DangerousEnableCompression = false,
        });
        WebSocketTransport transport = new(webSocket, _pool, timeProvider);
        X509Certificate2? certificate = context.Connection.ClientCertificate;
        ListenerConnection connection = new()
        {
            Listener = listener.Listener,
            Transport = transport,
            RemoteEndPoint = RemoteEndPoint(context),
            LocalEndPoint = context.Connection.LocalIpAddress is { } local ? new IPEndPoint(local, context.Connection.LocalPort) : null,
            CertificateSubject = certificate is not null && listener.CertificateSubjectAsUserName ? CertificateSubject.UserName(certificate) : null,
            ClientCertificate = certificate,
            Tls = context.Features.Get<ITlsHandshakeFeature>() is { } tls ? new TlsFacts(tls.Protocol, tls.NegotiatedCipherSuite) : null,
            Admission = context.Features.Get<Admission>(),
            Abort = context.Abort,
        };
        transport.Start();
        try
        {
            await serve(connection);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The connection broke.
        }
        catch (Exception exception)
        {
            // The broker throws for nothing that a client does; one connection must not end more than itself.
            Log.ServingFailed(_logger, exception, listener.Listener.Name, connection.RemoteEndPoint);
        }

        await transport.CloseAsync();
    }

    /// <summary>
    /// Null for a request that an HTTP proxy passed on: its address is the proxy's, often loopback, and must not give
    /// strangers what only this machine's clients may.
    /// </summary>
    private static IPEndPoint? RemoteEndPoint(HttpContext context)
        => OriginPolicy.IsForwarded(context.Request) || context.Connection.RemoteIpAddress is not { } address
            ? null
            : new IPEndPoint(address, context.Connection.RemotePort);
}
