using SkyTree.Cluster;

namespace SkyTree.AspNetCore.Clustering;

/// <summary>Ends the program when this node's part of the cluster has failed for good: a new process goes on from what the disk has.</summary>
internal sealed partial class ClusterWatch(ClusterNode node, IHostApplicationLifetime lifetime, ILogger<ClusterWatch> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await node.Failure.WaitAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            // It stops in order.
        }
        catch (Exception exception)
        {
            Failed(logger, exception);
            Environment.ExitCode = 1;
            lifetime.StopApplication();
        }
    }

    [LoggerMessage(2201, LogLevel.Critical, "This node cannot go on with the cluster's log, and ends. Start it again; if it ends again, replace it by an empty one")]
    private static partial void Failed(ILogger logger, Exception exception);
}
