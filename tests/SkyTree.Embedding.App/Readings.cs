using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;
using SkyTree.Core.InProcess;

namespace Plant;

/// <summary>What the plant's devices have said last.</summary>
internal sealed class Readings(ISkyTreeClient broker, IMeterFactory meters) : BackgroundService
{
    public const string MeterName = "Plant";

    private readonly Counter<long> _count = meters.Create(MeterName).CreateCounter<long>("plant.readings");

    public ConcurrentDictionary<string, string> Latest { get; } = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (ReceivedMessage message in broker.ReadAsync("plant/#", stoppingToken))
        {
            Latest[message.Topic] = Encoding.UTF8.GetString(message.Payload.Span);
            _count.Add(1);
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        // The broker is still there, and what was subscribed to still comes: a last word, kept for whoever is next.
        await broker.PublishAsync("plant/last", "word", cancellationToken: cancellationToken);
        while (!Latest.ContainsKey("plant/last"))
        {
            await Task.Delay(20, cancellationToken);
        }

        await base.StopAsync(cancellationToken);
        await broker.PublishAsync("plant/state", "stopped", retain: true, cancellationToken: cancellationToken);
    }
}
