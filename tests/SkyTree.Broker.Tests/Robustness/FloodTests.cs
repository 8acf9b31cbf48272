using SkyTree.Broker.Tests.Harness;
using SkyTree.Core;
using SkyTree.Core.Listeners;

namespace SkyTree.Broker.Tests.Robustness;

/// <summary>Clients that send without reading, or do not read what others send them, cost a bounded amount of memory and nobody else anything.</summary>
[Collection(nameof(MemoryTests))]
public sealed class FloodTests
{
    private const long AllowedGrowth = 64 * 1024 * 1024;

    [Fact]
    public async Task Pings_whose_answers_are_not_read_are_held_back()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        TestClient client = await broker.ConnectAsync("client=a");
        byte[] pings = [.. Enumerable.Repeat(PacketEncoder.Encode(Packet.Parse("PINGREQ"), 5), 32 * 1024).SelectMany(ping => ping)];
        await FloodAsync(client, pings, 128 * 1024 * 1024);
        await ServesOthersAsync(broker);
    }

    [Fact]
    public async Task Publishes_whose_acknowledgements_are_not_read_are_held_back()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        TestClient client = await broker.ConnectAsync("client=a");
        byte[] publishes = [.. Enumerable.Repeat(PacketEncoder.Encode(Packet.Parse("PUBLISH t qos=1 id=1 \"x\""), 5), 8 * 1024).SelectMany(publish => publish)];
        await FloodAsync(client, publishes, 256 * 1024 * 1024);
        await ServesOthersAsync(broker);
    }

    [Fact]
    public async Task Subscribes_whose_acknowledgements_are_not_read_are_held_back()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        TestClient client = await broker.ConnectAsync("client=a");
        byte[] subscribes = [.. Enumerable.Repeat(PacketEncoder.Encode(Packet.Parse("SUBSCRIBE id=1 t qos=0"), 5), 8 * 1024).SelectMany(subscribe => subscribe)];
        await FloodAsync(client, subscribes, 256 * 1024 * 1024);
        await ServesOthersAsync(broker);
    }

    [Fact]
    public async Task A_subscriber_that_does_not_read_loses_QoS_0_and_holds_nobody_up()
    {
        await using TestBroker broker = await TestBroker.StartAsync(limits: new ListenerLimits { MaxOutboundBytes = 1024 * 1024 });
        TestClient slow = await broker.ConnectAsync("client=slow");
        await slow.SubscribeAsync("t qos=0");
        TestClient publisher = await broker.ConnectAsync("client=p");
        long before = GC.GetTotalMemory(forceFullCollection: true);
        byte[] publish = PacketEncoder.Encode(Packet.Parse("PUBLISH t \"x\"*1000"), 5);
        byte[] batch = [.. Enumerable.Repeat(publish, 50).SelectMany(bytes => bytes)];
        for (int i = 0; i < 2_000; i++)
        {
            await publisher.SendAsync(batch);
        }

        await publisher.ExpectSilenceAsync();
        Assert.True(GC.GetTotalMemory(forceFullCollection: true) - before < AllowedGrowth);

        // When it reads again it gets whole packets, fewer than were published, and then what is published from now on.
        int received = 0;
        await slow.SendAsync("PINGREQ");
        while ((await slow.ReceiveAsync()).Name == "PUBLISH")
        {
            received++;
        }

        Assert.InRange(received, 1, 99_999);
        await publisher.SendAsync("PUBLISH t \"fresh\"");
        await slow.ExpectAsync("PUBLISH t \"fresh\"");
    }

    [Fact]
    public async Task A_subscriber_that_does_not_read_keeps_QoS_1_within_its_queue()
    {
        BrokerOptions options = new() { SysTopicsSeconds = 0, MaximumQueuedMessages = 100, MaximumInflight = 10 };
        await using TestBroker broker = await TestBroker.StartAsync(options);
        TestClient slow = await broker.ConnectAsync("client=slow");
        await slow.SubscribeAsync("t qos=1");
        TestClient publisher = await broker.ConnectAsync("client=p");
        for (int i = 0; i < 1_000; i++)
        {
            await publisher.SendAsync($"PUBLISH t qos=1 id=1 \"{i}\"");
            await publisher.ReceiveAsync("PUBACK");
        }

        List<int> received = [];
        while (true)
        {
            await slow.SendAsync("PINGREQ");
            int before = received.Count;
            for (Packet packet = await slow.ReceiveAsync(); packet.Name != "PINGRESP"; packet = await slow.ReceiveAsync())
            {
                received.Add(int.Parse(packet.Text));
                await slow.SendAsync($"PUBACK id={packet.Id}");
            }

            if (received.Count == before)
            {
                break;
            }
        }

        Assert.InRange(received.Count, 100, 111);
        Assert.Equal(received.Order(), received);
    }

    /// <summary>Sends until the broker reads no more, has closed the connection, or took everything; memory stays bounded in each case.</summary>
    private static async Task FloodAsync(TestClient client, byte[] chunk, long total)
    {
        long before = GC.GetTotalMemory(forceFullCollection: true);
        using CancellationTokenSource held = new();
        for (long sent = 0; sent < total; sent += chunk.Length)
        {
            held.CancelAfter(TimeSpan.FromSeconds(2));
            try
            {
                if (!await client.Connection.SendAsync(chunk, held.Token))
                {
                    break;
                }
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }

        long growth = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.True(growth < AllowedGrowth, $"The broker holds {growth / 1024 / 1024} MiB more.");
    }

    private static async Task ServesOthersAsync(TestBroker broker)
    {
        TestClient other = await broker.ConnectAsync("client=other");
        await other.SubscribeAsync("other qos=1");
        await other.SendAsync("PUBLISH other \"x\"");
        await other.ExpectAsync("PUBLISH other \"x\"");
    }
}
