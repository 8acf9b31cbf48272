using System.Net.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace SkyTree.Cluster.Peers.Hosting;

/// <summary>Puts what nodes serve to each other on an endpoint of Kestrel, which serves nothing else.</summary>
internal static class PeerEndpoint
{
    /// <summary>Connections that may be shaking hands at a time; strangers can cost no more.</summary>
    private const int MaximumHandshakes = 256;

    private static readonly TimeSpan _handshakeTimeout = TimeSpan.FromSeconds(5);

    /// <summary>What gRPC needs.</summary>
    public static IServiceCollection AddSkyTreePeers(this IServiceCollection services)
    {
        services.AddGrpc(grpc =>
        {
            // Callers have proved to be of the cluster, and the sender has the bound.
            grpc.MaxReceiveMessageSize = null;
            grpc.IgnoreUnknownServices = true;
        });
        return services;
    }

    /// <summary>
    /// Bounds of HTTP/2, which apply to the whole server; endpoints of HTTP/1.1 do not have them. A stream may have 1 MiB
    /// under way, which is enough for a data centre, and a stalled one leaves room on the connection for requests and pings.
    /// </summary>
    public static void UseSkyTreePeers(this KestrelServerLimits limits)
    {
        limits.Http2.InitialStreamWindowSize = 1024 * 1024;
        limits.Http2.InitialConnectionWindowSize = 4 * 1024 * 1024;
        limits.Http2.MaxStreamsPerConnection = 100;
        limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(5);
        limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(5);
    }

    /// <summary>Makes it the cluster's endpoint: HTTP/2 over TLS with a certificate on both sides.</summary>
    public static void UseSkyTreePeers(this ListenOptions listen, IPeerSecurity security)
    {
        int handshakes = 0;
        listen.Protocols = HttpProtocols.Http2;
        listen.Use(next => async connection =>
        {
            if (Interlocked.Increment(ref handshakes) > MaximumHandshakes)
            {
                Interlocked.Decrement(ref handshakes);
                return;
            }

            Handshake handshake = new(() => Interlocked.Decrement(ref handshakes));
            connection.Features.Set(handshake);
            try
            {
                await next(connection).ConfigureAwait(false);
            }
            finally
            {
                handshake.End();
            }
        });
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            HandshakeTimeout = _handshakeTimeout,
            OnConnection = _ =>
            {
                SslServerAuthenticationOptions options = security.ForServer();
                options.ApplicationProtocols = [SslApplicationProtocol.Http2];
                options.ClientCertificateRequired = true;
                return ValueTask.FromResult(options);
            },
        });
        listen.Use(next => connection =>
        {
            connection.Features.Get<Handshake>()!.End();
            // Whatever the judge of certificates says of none: without one nothing is served.
            if (connection.Features.Get<ITlsConnectionFeature>()?.ClientCertificate is null)
            {
                return Task.CompletedTask;
            }

            connection.Features.Set(PeerConnectionFeature.Instance);
            return next(connection);
        });
    }

    /// <summary>
    /// Serves the links on the cluster's endpoint, and nothing else there. To come before all other middleware, whose routes
    /// would otherwise be reached through that endpoint.
    /// </summary>
    public static IApplicationBuilder MapSkyTreePeers(this IApplicationBuilder app, PeerLinks links)
        => app.MapWhen(context => context.Features.Get<PeerConnectionFeature>() is not null, branch =>
        {
            branch.UseRouting();
            branch.UseEndpoints(endpoints => endpoints.MapGrpcService(links.Server.Definition));
        });

    /// <summary>Marks the connections of the cluster's endpoint.</summary>
    private sealed class PeerConnectionFeature
    {
        public static PeerConnectionFeature Instance { get; } = new();
    }

    /// <summary>A connection that is shaking hands, counted until it has or is gone.</summary>
    private sealed class Handshake(Action end)
    {
        private int _hasEnded;

        public void End()
        {
            if (Interlocked.Exchange(ref _hasEnded, 1) == 0)
            {
                end();
            }
        }
    }
}
