using SkyTree.AspNetCore.Configuration;
using SkyTree.AspNetCore.Listeners;
using SkyTree.Core;

namespace SkyTree.AspNetCore.Hosting;

/// <summary>Starts the broker before the first connection and stops it while Kestrel still holds the last.</summary>
internal sealed class BrokerService(Broker broker, ActiveListeners listeners, SkyTreeOptions options, Readiness readiness, TimeProvider timeProvider)
    : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => broker.StartAsync(cancellationToken).AsTask();

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        readiness.IsReady = true;
        return Task.CompletedTask;
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        readiness.IsReady = false;
        listeners.CloseGates();
        using CancellationTokenSource deadline = new(TimeSpan.FromSeconds(options.Mqtt.ShutdownSeconds), timeProvider);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        await broker.StopAsync(either.Token);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
