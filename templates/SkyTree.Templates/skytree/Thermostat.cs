using System.Globalization;
using System.Text;
using SkyTree.Core.InProcess;

namespace SkyTreeApp;

/// <summary>Reads room/temperature and says on room/heating whether to heat: a client of the broker, without a socket.</summary>
public sealed class Thermostat(ISkyTreeClient broker) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (ReceivedMessage message in broker.ReadAsync("room/temperature", stoppingToken))
        {
            if (double.TryParse(Encoding.UTF8.GetString(message.Payload.Span), CultureInfo.InvariantCulture, out double celsius))
            {
                await broker.PublishAsync("room/heating", celsius < 20 ? "on" : "off", retain: true, cancellationToken: stoppingToken);
            }
        }
    }
}
