using Microsoft.Extensions.Logging.Abstractions;
using SkyTree.Core;
using SkyTree.Core.Admin.Bridges;
using SkyTree.Core.InProcess;
using SkyTree.Core.Security;

namespace SkyTree.Bridges.Tests.Harness;

/// <summary>A broker in this process, with bridges.</summary>
internal sealed class LocalBroker : IAsyncDisposable
{
    private readonly BridgeService _bridges;

    private LocalBroker(Dictionary<string, BridgeOptions> bridges)
    {
        foreach ((string name, BridgeOptions options) in bridges)
        {
            BridgeOptionsValidator.Validate(name, name, options, (key, problem) => throw new ArgumentException($"{key}: {problem}", nameof(bridges)));
        }

        Broker = new Broker(new BrokerOptions { SysTopicsSeconds = 0 }, [], [], new DefaultAuthorizer(), TimeProvider.System, NullLoggerFactory.Instance);
        Client = new SkyTreeClient(Broker);
        _bridges = new BridgeService(bridges, Broker, Client, TimeProvider.System, NullLoggerFactory.Instance);
    }

    public Broker Broker { get; }

    public SkyTreeClient Client { get; }

    /// <summary>Starts one, with a bridge called <c>b</c>.</summary>
    public static Task<LocalBroker> StartAsync(BridgeOptions options) => StartAsync(new Dictionary<string, BridgeOptions> { ["b"] = options });

    /// <summary>Starts one.</summary>
    public static async Task<LocalBroker> StartAsync(Dictionary<string, BridgeOptions> bridges)
    {
        var broker = new LocalBroker(bridges);
        await broker.Broker.StartAsync();
        await broker._bridges.StartedAsync(CancellationToken.None);
        return broker;
    }

    public BridgeItem Status(string name = "b") => Broker.Admin.Bridges.ListHere().Single(bridge => bridge.Name == name);

    /// <summary>Returns when a bridge is as it should be.</summary>
    public async Task<BridgeItem> UntilAsync(Func<BridgeItem, bool> condition, string name = "b")
    {
        await Eventually.HoldsAsync(() => condition(Status(name)), () => Status(name).ToString());
        return Status(name);
    }

    public Task<BridgeItem> UntilConnectedAsync(string name = "b") => UntilAsync(bridge => bridge.State == BridgeState.Connected, name);

    public async ValueTask DisposeAsync()
    {
        await _bridges.StoppingAsync(CancellationToken.None);
        _bridges.Dispose();
        await Broker.StopAsync();
        await Broker.DisposeAsync();
    }
}
