using System.Globalization;
using SkyTree.Broker.Tests.Harness;
using SkyTree.Core;
using SkyTree.Core.Messages;
using SkyTree.Core.Messages.Retention;
using SkyTree.Store.RocksDb;

namespace SkyTree.Broker.Tests.Delivery;

/// <summary>
/// The process ends at random while a durable session's replay is under way: the next one has what was on disk at that
/// moment. QoS 2 comes once all the same, QoS 1 at least once, all of it in order.
/// </summary>
public sealed class ReplayCrashTests(ITestOutputHelper output)
{
    private const int Messages = 1500;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_replay_outlives_the_process(int qos)
    {
        int seed = TestSeed.Next();
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        string root = Directory.CreateTempSubdirectory("skytree-replay-").FullName;
        List<Packet> received = [];
        HashSet<ushort> incoming = [];
        RocksDbDatabase database = new(new RocksDbOptions { Folder = Path.Combine(root, "0") });
        TestBroker broker = await StartAsync(database);
        await PublishAsync(broker, 0, Messages, random);
        bool subscribed = false;
        int crashes = 0;
        while (true)
        {
            TestClient client = broker.Open();
            await client.SendAsync($"CONNECT client=a clean=0 expiry=100000 receive-max={random.Next(1, 40)}");
            Packet ack = await client.ReceiveAsync("CONNACK");
            Assert.Equal(subscribed ? "1" : "0", ack["session"]);
            if (!subscribed)
            {
                await client.SendAsync($"SUBSCRIBE id=1 user=skytree-from:101 d qos={qos}");
                await client.ReceiveAsync("SUBACK");
                subscribed = true;
            }

            // What is published meanwhile waits behind the replay.
            await PublishAsync(broker, Messages + (crashes * 10), 10, random);
            bool complete = await ReceiveAsync(client, received, incoming, random.Next(1, 700));
            if (complete)
            {
                break;
            }

            // The disk as it is now is what the next process finds: later writes of this one are lost.
            string folder = Path.Combine(root, (++crashes).ToString(CultureInfo.InvariantCulture));
            database.CreateCheckpoint(folder);
            await broker.DisposeAsync();
            database = new RocksDbDatabase(new RocksDbOptions { Folder = folder });
            broker = await StartAsync(database);
        }

        int[] numbers = [.. received.Select(packet => int.Parse(packet.Text, CultureInfo.InvariantCulture))];
        output.WriteLine($"{crashes} crashes, {numbers.Length} messages, {numbers.Length - numbers.Distinct().Count()} of them again");
        Assert.Equal(Enumerable.Range(100, Messages - 100 + ((crashes + 1) * 10)), numbers.Distinct().Order());

        // Each QoS has an order of its own: after a crash QoS 2 in flight goes before QoS 1, which is read again.
        foreach (int each in new[] { 1, 2 })
        {
            int[] order = [.. received.Where(packet => packet.QoS == each).Select(packet => int.Parse(packet.Text, CultureInfo.InvariantCulture))];
            Assert.Equal(order.Distinct().Order(), order.Distinct());
            Assert.True(each == 1 || order.Distinct().Count() == order.Length, "QoS 2 came twice");
        }

        Assert.InRange(crashes, 1, int.MaxValue);
        await broker.DisposeAsync();
        Directory.Delete(root, recursive: true);

        async Task<bool> ReceiveAsync(TestClient client, List<Packet> into, HashSet<ushort> open, int limit)
        {
            int last = Messages + (crashes * 10) + 9;
            for (int i = 0; i < limit; i++)
            {
                Packet packet = await client.ReceiveAsync();
                switch (packet.Name)
                {
                    case "PUBLISH" when packet.QoS == 2:
                        if (open.Add(packet.Id))
                        {
                            into.Add(packet);
                        }

                        await client.SendAsync($"PUBREC id={packet.Id}");
                        break;
                    case "PUBLISH":
                        into.Add(packet);
                        await client.SendAsync($"PUBACK id={packet.Id}");
                        break;
                    case "PUBREL":
                        open.Remove(packet.Id);
                        await client.SendAsync($"PUBCOMP id={packet.Id}");
                        break;
                }

                if (into.Select(p => p.Text).Distinct().Count() == last - 99)
                {
                    return true;
                }
            }

            return false;
        }
    }

    private static Task<TestBroker> StartAsync(RocksDbDatabase database) =>
        TestBroker.StartAsync(storage: new BrokerStorage
        {
            Database = database,
            Options = new StoreOptions { Retention = [new RetentionRule { Filter = "d" }] },
        });

    private static async Task PublishAsync(TestBroker broker, int first, int count, Random random)
    {
        await using DeliveryClient publisher = new(broker, $"publisher-{first}", 5, 65_535);
        await publisher.ConnectAsync(transient: true);
        for (int i = first; i < first + count; i++)
        {
            await publisher.PublishAsync("d", random.Next(1, 3), i.ToString(CultureInfo.InvariantCulture));
            await publisher.UntilAsync(() => publisher.Unfinished <= 100);
        }

        await publisher.UntilAsync(() => publisher.Unfinished == 0);
    }
}
