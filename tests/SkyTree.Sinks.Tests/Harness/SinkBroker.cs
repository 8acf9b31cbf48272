using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Core.InProcess;
using SkyTree.Core.Security;
using SkyTree.Core.Security.Access;

namespace SkyTree.Sinks.Tests.Harness;

/// <summary>A broker with sinks, in memory.</summary>
internal sealed class SinkBroker : IAsyncDisposable
{
    private SinkBroker(Broker broker, Func<SkyTreeClient, SinkHost> sinks)
    {
        Broker = broker;
        Client = new SkyTreeClient(broker);
        Sinks = sinks(Client);
    }

    public Broker Broker { get; }

    public SkyTreeClient Client { get; }

    public SinkHost Sinks { get; private set; }

    public static Task<SinkBroker> StartAsync(params SinkDefinition[] sinks) => StartAsync(null, null, sinks);

    public static async Task<SinkBroker> StartAsync(IMeterFactory? meters, ILoggerFactory? loggers, params SinkDefinition[] sinks)
    {
        var security = new BrokerSecurity();
        var broker = new Broker(
            new BrokerOptions { SysTopicsSeconds = 0 },
            [new AnonymousAuthenticator(AnonymousMode.Always)],
            [],
            new RuleAuthorizer(security),
            TimeProvider.System,
            NullLoggerFactory.Instance,
            security: security);
        var started = new SinkBroker(broker, client => new SinkHost(broker, client, sinks, TimeProvider.System, loggers ?? NullLoggerFactory.Instance, meters));
        await broker.StartAsync();
        await started.Sinks.StartAsync();

        return started;
    }

    /// <summary>Ends the sinks and begins others in their place, as a restart of the program does.</summary>
    public async Task ReplaceAsync(params SinkDefinition[] sinks)
    {
        await Sinks.DisposeAsync();
        Sinks = new SinkHost(Broker, Client, sinks, TimeProvider.System, NullLoggerFactory.Instance);
        await Sinks.StartAsync();
    }

    public Task<SinkStatus> StatusAsync(string sink) => Sinks.Admin.GetAsync(Caller.Application, sink);

    /// <summary>Returns when a sink's status is so.</summary>
    public async Task<SinkStatus> UntilAsync(string sink, Func<SinkStatus, bool> condition)
    {
        SinkStatus? status = null;
        await Eventually.HoldsAsync(async () => condition(status = await StatusAsync(sink)), () => $"{status}");
        return status!;
    }

    /// <summary>Publishes numbers from one to less than the other, in turn to the topics, each topic having each number.</summary>
    public async Task PublishAsync(IReadOnlyList<string> topics, int from, int to)
    {
        for (int i = from; i < to; i++)
        {
            foreach (string topic in topics)
            {
                await Client.PublishAsync(topic, i.ToString(CultureInfo.InvariantCulture));
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Sinks.DisposeAsync();
        await Broker.DisposeAsync();
    }
}
