using System.Globalization;
using System.Text;
using SkyTree.Core.InProcess;

namespace PlantDashboard;

/// <summary>Reads what machines report, and raises an alarm for the hot ones.</summary>
internal sealed class Supervisor(ISkyTreeClient broker, Plant plant) : BackgroundService
{
    private const double TooHot = 90; // °C

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (ReceivedMessage message in broker.ReadAsync("plant/+/+", stoppingToken))
        {
            string[] levels = message.Topic.Split('/');
            string value = Encoding.UTF8.GetString(message.Payload.Span);
            plant.Machines.GetOrAdd(levels[1], _ => new())[levels[2]] = value;
            if (levels[2] == "temperature" && double.TryParse(value, CultureInfo.InvariantCulture, out double celsius))
            {
                // Retained: who looks later sees it, too.
                await broker.PublishAsync($"plant/{levels[1]}/alarm", celsius > TooHot ? "hot" : "", retain: true, cancellationToken: stoppingToken);
            }
        }
    }
}
