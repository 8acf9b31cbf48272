namespace SkyTree.AspNetCore.Embedding;

/// <summary>Starts the broker before the application's services, so that they can use it, and stops it after them.</summary>
internal sealed class EmbeddedService(EmbeddedBroker broker, IHostApplicationLifetime lifetime) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => broker.StartAsync(lifetime, cancellationToken);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // Before the application's server waits for its connections: pages and WebSockets would hold it.
    public Task StoppingAsync(CancellationToken cancellationToken) => broker.SendAwayAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => broker.StopAsync(cancellationToken);
}
