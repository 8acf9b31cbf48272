using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SkyTree.Core;
using SkyTree.Core.InProcess;

namespace SkyTree.Bridges;

/// <summary>Runs the bridges while the broker runs. To be registered after what starts the broker, and so stopped before it.</summary>
internal sealed class BridgeService : IHostedLifecycleService, IDisposable
{
    private readonly List<Bridge> _bridges;
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;

    /// <summary>Creates it; nothing happens until it is started.</summary>
    /// <param name="bridges">The bridges by name; validated by the caller.</param>
    /// <param name="broker">This broker.</param>
    /// <param name="client">Its client.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="loggerFactory">Where it logs.</param>
    public BridgeService(IReadOnlyDictionary<string, BridgeOptions> bridges, Broker broker, ISkyTreeClient client, TimeProvider timeProvider, ILoggerFactory loggerFactory)
    {
        ArgumentNullException.ThrowIfNull(bridges);
        ArgumentNullException.ThrowIfNull(broker);
        ILogger logger = loggerFactory.CreateLogger<BridgeService>();
        _bridges = [.. bridges.Where(pair => pair.Value.Enabled).Select(pair => new Bridge(pair.Key, pair.Value, broker, client, timeProvider, logger))];
        foreach (Bridge bridge in _bridges)
        {
            broker.ReserveClientId(bridge.Status.ClientId); // its session has the messages: nobody from outside takes it over
        }

        broker.Admin.Bridges.Attach(() => [.. _bridges.Select(bridge => bridge.Status)]);
    }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        _running = Task.WhenAll(_bridges.Select(bridge => Task.Run(() => bridge.RunAsync(_stopping.Token), CancellationToken.None)));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose() => _stopping.Dispose();
}
