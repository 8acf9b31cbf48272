using Microsoft.Extensions.Logging.Abstractions;

namespace SkyTree.Bridges.Tests.Harness;

/// <summary>A bridge called <c>b</c> of a broker that runs already, for as long as this is not disposed of.</summary>
internal sealed class BridgeRun : IAsyncDisposable
{
    private readonly BridgeService _service;

    public BridgeRun(LocalBroker local, BridgeOptions options)
    {
        _service = new BridgeService(new Dictionary<string, BridgeOptions> { ["b"] = options }, local.Broker, local.Client, TimeProvider.System, NullLoggerFactory.Instance);
        _ = _service.StartedAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _service.StoppingAsync(CancellationToken.None);
        _service.Dispose();
    }
}
