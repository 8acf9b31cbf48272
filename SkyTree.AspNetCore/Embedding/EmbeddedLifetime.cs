namespace SkyTree.AspNetCore.Embedding;

/// <summary>Signals and the console are the application's, which starts and stops the broker.</summary>
internal sealed class EmbeddedLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
