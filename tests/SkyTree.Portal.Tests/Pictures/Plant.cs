using System.Globalization;
using SkyTree.Portal.Tests.Harness;

namespace SkyTree.Portal.Tests.Pictures;

/// <summary>A plant with its devices, busy until it is disposed: what the portal looks like when it is used.</summary>
internal sealed class Plant : IAsyncDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(250);
    private static readonly string[] s_lines = ["mixing", "filling", "packing"];

    private readonly PortalHost _host;
    private readonly List<Device> _devices = [];
    private readonly CancellationTokenSource _stop = new();
    private Task _work = Task.CompletedTask;

    private Plant(PortalHost host) => _host = host;

    public static async Task<Plant> StartAsync(PortalHost host)
    {
        Plant plant = new(host);
        await plant.SetUpAsync();
        plant._work = Task.Run(plant.WorkAsync);
        return plant;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _work;
        foreach (Device device in _devices)
        {
            await device.DisposeAsync();
        }

        _stop.Dispose();
    }

    private async Task SetUpAsync()
    {
        foreach (string line in s_lines)
        {
            for (int i = 1; i <= 4; i++)
            {
                Device device = await AddAsync($"{line}-{i:00}");
                await device.SubscribeAsync($"plant/{line}/{i:00}/commands/#");
            }
        }

        await (await AddAsync("dashboard", isDurable: true)).SubscribeAsync("plant/#");
        await (await AddAsync("historian", isDurable: true)).SubscribeAsync("plant/+/+/climate");
        await (await AddAsync("alarms", isDurable: true)).SubscribeAsync("plant/+/+/alarm", 2);
        for (int i = 1; i <= 3; i++)
        {
            await (await AddAsync($"worker-{i}")).SubscribeAsync("$share/workers/plant/jobs/#");
        }

        Device billing = await AddAsync("billing", isDurable: true);
        await billing.SubscribeAsync("plant/+/+/energy");
        await billing.DisconnectAsync(); // its messages wait for it
        Device config = await AddAsync("configuration");
        foreach (string line in s_lines)
        {
            await config.PublishAsync($"plant/{line}/settings", $$"""{"line":"{{line}}","setpoint":{"temperature":21.5,"humidity":55},"enabled":true}""", retain: true);
        }
    }

    private async Task<Device> AddAsync(string id, bool isDurable = false)
    {
        Device device = await Device.ConnectAsync(_host, id, isDurable);
        _devices.Add(device);
        return device;
    }

    private async Task WorkAsync()
    {
        for (int tick = 0; !_stop.IsCancellationRequested; tick++)
        {
            double wave = 1.2 + Math.Sin(tick / 40.0);
            for (int i = 0; i < s_lines.Length * 4; i++)
            {
                string place = $"plant/{s_lines[i / 4]}/{(i % 4) + 1:00}";
                double value = 20 + (3 * Math.Sin((tick / 25.0) + i));
                await _devices[i].PublishAsync($"{place}/climate", string.Create(CultureInfo.InvariantCulture, $$"""{"temperature":{{value:0.0}},"humidity":{{50 + value:0.0}}}"""));
                if ((tick + i) % 5 == 0)
                {
                    await _devices[i].PublishAsync($"{place}/energy", string.Create(CultureInfo.InvariantCulture, $"{tick * 0.25:0.00}"));
                }

                if ((tick + i) % 90 == 0)
                {
                    await _devices[i].PublishAsync($"{place}/alarm", """{"code":17,"text":"lid open"}""", 2);
                }

                if (i < wave * 4)
                {
                    await _devices[i].PublishAsync($"plant/jobs/{s_lines[i / 4]}", $$"""{"order":{{4000 + tick}}}""");
                }
            }

            await Task.Delay(s_pause, CancellationToken.None); // the devices' own pace, not a wait for anything
        }
    }
}
