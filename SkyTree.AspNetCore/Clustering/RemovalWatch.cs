using SkyTree.Cluster;

namespace SkyTree.AspNetCore.Clustering;

/// <summary>Ends the program, without an error, when the cluster has removed this node.</summary>
internal sealed partial class RemovalWatch(ClusterNode node, IHostApplicationLifetime lifetime, ILogger<RemovalWatch> logger) : BackgroundService
{
    // What asked this node to leave is told that it has.
    private static readonly TimeSpan s_moment = TimeSpan.FromMilliseconds(250);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await node.Removed.WaitAsync(stoppingToken);
            Removed(logger);
            await Task.Delay(s_moment, stoppingToken);
            lifetime.StopApplication();
        }
        catch (OperationCanceledException)
        {
            // It stops for another reason.
        }
    }

    [LoggerMessage(2202, LogLevel.Warning, "The cluster has removed this node, which ends. To let it join anew, empty its data folder and start it with SkyTree:Cluster:Start=Join")]
    private static partial void Removed(ILogger logger);
}
