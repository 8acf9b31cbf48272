using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using SkyTree.AspNetCore.Configuration;
using SkyTree.AspNetCore.Listeners;
using SkyTree.Cluster;
using SkyTree.Cluster.Administration;
using SkyTree.Cluster.Peers.Hosting;
using SkyTree.Core.Listeners;

namespace SkyTree.AspNetCore.Clustering;

/// <summary>Makes the program a node of a cluster.</summary>
internal static class ClusterHosting
{
    /// <summary>The node, when the options say so.</summary>
    public static WebApplicationBuilder AddCluster(this WebApplicationBuilder builder, SkyTreeOptions options)
    {
        if (!options.Cluster.Enabled)
        {
            return builder;
        }

        builder.Services.AddSkyTreePeers();
        builder.Services.AddSingleton(services => CreateNode(options, services.GetRequiredService<ActiveListeners>(), services.GetRequiredService<ILoggerFactory>(), services.GetRequiredService<TimeProvider>()));
        builder.Services.AddHostedService<ClusterWatch>();
        builder.Services.AddSingleton<ClusterAdmin>();
        builder.Services.AddHostedService<RemovalWatch>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.UseSkyTreePeers();
            kestrel.Listen(PeerEndPoint(options.Cluster), listen => listen.UseSkyTreePeers(listen.ApplicationServices.GetRequiredService<ClusterNode>()));
        });
        return builder;
    }

    /// <summary>What the other nodes call, on the cluster's endpoint alone. To come before everything else.</summary>
    public static WebApplication MapCluster(this WebApplication app)
    {
        if (app.Services.GetService<ClusterNode>() is { } node)
        {
            app.MapSkyTreePeers(node.Links);
        }

        return app;
    }

    private static ClusterNode CreateNode(SkyTreeOptions options, ActiveListeners listeners, ILoggerFactory loggers, TimeProvider time)
    {
        try
        {
            string[] addresses = [.. listeners.All.SelectMany(listener => listener.Addresses)];
            Dictionary<string, string> metadata = new(StringComparer.Ordinal) { ["version"] = ProductVersion.Text };
            foreach (string scheme in new[] { "mqtt", "http" })
            {
                if (Array.Find(addresses, address => address.StartsWith($"{scheme}://", StringComparison.Ordinal)) is { } address)
                {
                    metadata[scheme] = address;
                }
            }

            if (ServerReference(options.Cluster, listeners) is { } reference)
            {
                metadata[ClusterNode.ClientKey] = reference;
            }

            return new ClusterNode(options.Cluster, options.Data, metadata, loggers, time);
        }
        catch (Exception exception) when (exception is ArgumentException or CryptographicException or FormatException or System.ComponentModel.DataAnnotations.ValidationException)
        {
            throw new StartUpException([$"SkyTree:Cluster: {exception.Message.Split(" (Parameter")[0].ReplaceLineEndings(" ")}"]);
        }
    }

    private static string? ServerReference(ClusterOptions cluster, ActiveListeners listeners)
    {
        if (cluster.ServerReference.Length > 0)
        {
            return cluster.ServerReference;
        }

        ActiveListener? mqtt = listeners.All.FirstOrDefault(listener => listener.Options.Kind is ListenerKind.Tcp)
            ?? listeners.All.FirstOrDefault(listener => listener.Options.Kind is ListenerKind.Tls);
        return mqtt is null ? null : $"{cluster.Address}:{mqtt.EndPoint.Port}";
    }

    private static IPEndPoint PeerEndPoint(ClusterOptions cluster)
    {
        string bind = cluster.BindAddress.Length > 0 ? cluster.BindAddress : cluster.Address;
        return new IPEndPoint(IPAddress.TryParse(bind, out IPAddress? address) ? address : IPAddress.Any, cluster.PeerPort);
    }
}
