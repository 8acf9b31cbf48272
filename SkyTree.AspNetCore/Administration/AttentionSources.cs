using SkyTree.AspNetCore.Listeners;
using SkyTree.Cluster.Administration;
using SkyTree.Core;
using SkyTree.Core.Admin.Attention;

namespace SkyTree.AspNetCore.Administration;

/// <summary>Tells the broker of what needs attention beyond itself: certificates, and the nodes as a cluster.</summary>
internal sealed class AttentionSources(Broker broker, ActiveListeners listeners, IServiceProvider services, TimeProvider time) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        AttentionAdmin attention = broker.Admin.Attention;
        attention.AddNodeSource(() => CertificateConcerns.Of(listeners, time.GetUtcNow()));
        if (services.GetService<ClusterAdmin>() is { } cluster)
        {
            attention.AddClusterSource(async cancellation => ClusterConcerns.Of(await cluster.GetStatusAsync(cancellation)));
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
