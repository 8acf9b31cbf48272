using SkyTree.Broker.Tests.Harness;
using SkyTree.Core;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Messages;
using SkyTree.Core.Sessions.Limits;

namespace SkyTree.Broker.Tests.Limits;

/// <summary>Sessions are held to their limits by the broker's own clock while messages come and are acknowledged.</summary>
public sealed class QueueLimitLoadTests
{
    private const int Messages = 4000;

    private volatile bool _stalled; // the reader takes nothing

    [Theory]
    [InlineData(nameof(QueueLimitPolicy.DropOldest), "t/1 qos=1")]
    [InlineData(nameof(QueueLimitPolicy.DropNewest), "t/1 qos=1")]
    [InlineData(nameof(QueueLimitPolicy.DropOldest), "t/# qos=1 t/+ qos=1 nl")]
    [InlineData(nameof(QueueLimitPolicy.DropNewest), "t/# qos=1 t/+ qos=1 nl")]
    public async Task Every_message_is_received_or_counted_as_dropped_and_never_both(string policy, string filters)
    {
        var limits = new QueueLimits { MaximumMessages = 50, Policy = Enum.Parse<QueueLimitPolicy>(policy) };
        int seed = TestSeed.Next();
        var random = new Random(seed);
        await using TestBroker broker = await TestBroker.StartAsync(clock: TimeProvider.System, storeOptions: new StoreOptions { QueueLimits = limits });
        TestClient reader = await ConnectAsync(broker);
        await reader.SubscribeAsync(filters);
        Task publishing = PublishAsync(broker);
        var received = new HashSet<int>();
        int highest = 0;
        using CancellationTokenSource deadline = new(Deadline.Default * 3);
        while (!publishing.IsCompleted || received.Count + broker.Broker.Drops[DropReason.QueueFull] < Messages)
        {
            deadline.Token.ThrowIfCancellationRequested();
            if (_stalled)
            {
                await Task.Delay(1, deadline.Token);
                continue;
            }

            if (random.Next(200) == 0)
            {
                await reader.DropAsync();
                reader = await ConnectAsync(broker);
            }

            await reader.SendAsync("PINGREQ");
            while (await reader.ReceiveAsync() is { Name: "PUBLISH" } packet)
            {
                string text = packet.ToString();
                int number = int.Parse(text[(text.IndexOf('"', StringComparison.Ordinal) + 1)..text.LastIndexOf('"')], System.Globalization.CultureInfo.InvariantCulture);
                Assert.True(!received.Add(number) || number > highest, $"{number} after {highest}, seed {seed}");
                highest = Math.Max(highest, number);
                string id = text[(text.IndexOf("id=", StringComparison.Ordinal) + 3)..];
                await reader.SendAsync($"PUBACK id={id[..id.IndexOf(' ', StringComparison.Ordinal)]}");
            }
        }

        await publishing;
        await reader.ExpectSilenceAsync();
        Assert.Equal(Messages, received.Count + broker.Broker.Drops.Total);
        Assert.True(broker.Broker.Drops.Total > 0, "nothing was dropped");
    }

    private static Task<TestClient> ConnectAsync(TestBroker broker) => broker.ConnectAsync("client=r clean=0 expiry=1000 receive-max=10");

    private async Task PublishAsync(TestBroker broker)
    {
        TestClient publisher = await broker.ConnectAsync("client=p");
        for (int i = 1; i <= Messages; i++)
        {
            await publisher.SendAsync($"PUBLISH t/1 qos=1 id=1 \"{i}\"");
            await publisher.ReceiveAsync("PUBACK");
            _stalled = i % 1000 >= 500;
            if (i % 1000 == 999)
            {
                long before = broker.Broker.Drops[DropReason.QueueFull];
                await Eventually.HoldsAsync(() => broker.Broker.Drops[DropReason.QueueFull] > before);
            }
        }
    }
}
