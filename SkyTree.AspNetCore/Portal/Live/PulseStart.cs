namespace SkyTree.AspNetCore.Portal.Live;

/// <summary>Has the pulse beat from the program's start on: who opens a page sees the minutes before.</summary>
internal sealed class PulseStart(PortalPulse pulse) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken) => await pulse.DisposeAsync();
}
