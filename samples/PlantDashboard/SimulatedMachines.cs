using System.Globalization;
using SkyTree.Core.InProcess;

namespace PlantDashboard;

/// <summary>Machines for who has none at hand; real ones connect to port 1883 and publish to the same topics.</summary>
internal sealed class SimulatedMachines(ISkyTreeClient broker) : BackgroundService
{
    private static readonly string[] s_names = ["press", "mill", "lathe"];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer second = new(TimeSpan.FromSeconds(1));
        for (int tick = 0; await second.WaitForNextTickAsync(stoppingToken); tick++)
        {
            for (int i = 0; i < s_names.Length; i++)
            {
                double celsius = 70 + (25 * Math.Sin((tick / 20.0) + i));
                await broker.PublishAsync($"plant/{s_names[i]}/temperature", celsius.ToString("F1", CultureInfo.InvariantCulture), cancellationToken: stoppingToken);
            }
        }
    }
}
