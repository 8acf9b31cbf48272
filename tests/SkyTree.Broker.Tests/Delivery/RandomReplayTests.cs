using System.Globalization;
using SkyTree.Broker.Tests.Harness;
using SkyTree.Core;
using SkyTree.Core.Messages;
using SkyTree.Core.Messages.Retention;

namespace SkyTree.Broker.Tests.Delivery;

/// <summary>
/// Clients publish while others subscribe from random offsets and times, and their networks break. Each gets exactly what
/// is stored from its start on, and what is live: in order, at QoS 2 once, at QoS 1 at least once.
/// </summary>
public sealed class RandomReplayTests(ITestOutputHelper output)
{
    private const int Publishers = 3;
    private const int Messages = 800;
    private const int StoredBefore = 600; // so that replays last while others publish
    private const int Subscribers = 12;

    [Theory]
    [InlineData(5)]
    [InlineData(4)]
    public async Task Everyone_gets_what_is_stored_from_its_start_on_and_what_is_live(int level)
    {
        int seed = TestSeed.Next();
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        var options = new BrokerOptions { SysTopicsSeconds = 0, MaximumQueuedMessages = 100_000 };
        var store = new StoreOptions { Retention = [new RetentionRule { Filter = "d/#" }] };
        await using TestBroker broker = await TestBroker.StartAsync(options, storeOptions: store);
        Task publishing = Task.WhenAll(Enumerable.Range(0, Publishers).Select(p => Task.Run(() => PublishAsync(broker, p, new Random(HashCode.Combine(seed, p))))));

        List<Reader> readers = [];
        await using DeliveryClient witness = new(broker, "witness", 5, 65_535);
        await witness.ConnectAsync();
        await witness.SubscribeAsync("user=skytree-from:earliest user=skytree-properties:\"offset,time\" d/#", 1);
        await witness.UntilAsync(() => witness.Received.Count >= StoredBefore);
        while (readers.Count < Subscribers || !publishing.IsCompleted)
        {
            if (readers.Count < Subscribers)
            {
                readers.Add(await SubscribeAsync(broker, readers.Count, level, random, witness, publishing));
            }

            Reader[] durable = [.. readers.Where(reader => !reader.IsTransient && reader.QoS > 0)]; // at QoS 0 what is live while it is away is nobody's
            if (durable.Length > 0 && random.Next(3) > 0)
            {
                Reader unlucky = durable[random.Next(durable.Length)];
                await unlucky.Client.DropAsync();
                await unlucky.Client.ConnectAsync();
            }

            await broker.AdvanceAsync(TimeSpan.FromMilliseconds(random.Next(1, 400)));
            int until = witness.Received.Count + random.Next(1, 60);
            await Task.WhenAny(witness.UntilAsync(() => witness.Received.Count >= until), publishing);
        }

        await publishing;
        Stored[] stored = await ReadStoredAsync(witness);
        foreach (Reader reader in readers)
        {
            await CheckAsync(reader, [.. stored.Where(reader.Start)]);
            await reader.Client.DisposeAsync();
        }
    }

    private static async Task<Reader> SubscribeAsync(TestBroker broker, int number, int level, Random random, DeliveryClient witness, Task publishing)
    {
        int qos = random.Next(3);
        bool transient = level == 5 && random.Next(3) == 0;
        (string from, Func<Stored, bool> start) = RandomStart(broker, random, witness);
        DeliveryClient client = new(broker, $"reader-{number}", level, random.Next(1, 30));
        await client.ConnectAsync(transient);
        await client.SubscribeAsync(
            level == 5 && random.Next(2) == 0 ? $"user=skytree-from:\"{from}\" d/#" : $"$replay/{from}/d/#", qos);
        if (!transient && qos > 0 && random.Next(2) == 0)
        {
            await client.DropAsync();
            int until = witness.Received.Count + random.Next(1, 40);
            await Task.WhenAny(witness.UntilAsync(() => witness.Received.Count >= until), publishing);
            await client.ConnectAsync();
        }

        return new Reader(client, qos, transient, from, start);
    }

    private static (string From, Func<Stored, bool> Start) RandomStart(TestBroker broker, Random random, DeliveryClient witness)
    {
        long time = broker.Time.GetUtcNow().ToUnixTimeMilliseconds();
        switch (random.Next(4))
        {
            case 0:
                return ("earliest", static _ => true);
            case 1:
                long offset = random.Next(Math.Max(1, witness.Received.Count));
                return (offset.ToString(CultureInfo.InvariantCulture), stored => stored.Offset >= offset);
            case 2:
                time -= random.Next(10_000);
                return (DateTimeOffset.FromUnixTimeMilliseconds(time).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture), stored => stored.TimeMs >= time);
            default:
                int age = random.Next(10);
                return ($"-{age}s", stored => stored.TimeMs >= time - (age * 1000));
        }
    }

    private static async Task PublishAsync(TestBroker broker, int number, Random random)
    {
        await using DeliveryClient publisher = new(broker, $"publisher-{number}", 5, 65_535);
        await publisher.ConnectAsync();
        for (int i = 0; i < Messages; i++)
        {
            int qos = random.Next(3);
            await publisher.PublishAsync(qos == 0 ? "other" : $"d/{number}/{qos}", qos, $"{number}.{i}");
            int window = random.Next(1, 30);
            await publisher.UntilAsync(() => publisher.Unfinished <= window);
        }

        await publisher.UntilAsync(() => publisher.Unfinished == 0);
        await publisher.PublishAsync($"d/{number}/1", 1, $"last {number}");
        await publisher.UntilAsync(() => publisher.Unfinished == 0);
    }

    /// <summary>What is stored, as another client that has had all of it was told.</summary>
    private static async Task<Stored[]> ReadStoredAsync(DeliveryClient witness)
    {
        await UntilLastAsync(witness);
        return [.. witness.Received.Select(Stored.Of).DistinctBy(stored => stored.Offset).OrderBy(stored => stored.Offset)];
    }

    private static Task UntilLastAsync(DeliveryClient client) =>
        client.UntilAsync(() => client.Received.Where(IsLast).Select(packet => packet.Text).Distinct().Count() == Publishers);

    private static async Task CheckAsync(Reader reader, Stored[] expected)
    {
        try
        {
            await reader.Client.UntilAsync(() => reader.Client.Received.Select(packet => packet.Text).Distinct().Count() >= expected.Length);
        }
        catch (OperationCanceledException)
        {
            // What is missing is told below.
        }

        List<Packet> received = [.. reader.Client.Received];
        string report = $"{reader}\n{string.Join('\n', reader.Client.Trace.TakeLast(300))}";
        string[] texts = [.. received.Select(packet => packet.Text)];

        // Live messages of different publishers come on the memory path in any order.
        string[] topics = reader.IsTransient || reader.QoS == 0 ? [.. expected.Select(stored => stored.Topic).Distinct()] : [""];
        foreach (string topic in topics)
        {
            string[] wanted = [.. expected.Where(stored => topic is "" || stored.Topic == topic).Select(stored => stored.Text)];
            string[] got = [.. received.Where(packet => topic is "" || packet.Topic == topic).Select(packet => packet.Text).Distinct()];
            Assert.True(wanted.SequenceEqual(got), $"wanted {string.Join(' ', wanted)}\ngot {string.Join(' ', got)}\n{report}");
        }

        string[] once = reader.IsTransient || reader.QoS == 0 ? texts : [.. received.Where(packet => packet.QoS == 2).Select(packet => packet.Text)];
        Assert.True(once.Distinct().Count() == once.Length, report);
    }

    private static bool IsLast(Packet packet) => packet.Text.StartsWith("last ", StringComparison.Ordinal);

    private sealed record Reader(DeliveryClient Client, int QoS, bool IsTransient, string From, Func<Stored, bool> Start)
    {
        public override string ToString() => $"{Client.Name}, {(IsTransient ? "transient" : "durable")}, QoS {QoS}, from {From}";
    }

    private sealed record Stored(long Offset, long TimeMs, string Topic, string Text)
    {
        public static Stored Of(Packet packet)
        {
            string[] user = [.. packet.Fields.Where(field => field.Key == "user").Select(field => field.Value)];
            return new Stored(
                long.Parse(Value(user, "skytree-offset:"), CultureInfo.InvariantCulture),
                DateTimeOffset.Parse(Value(user, "skytree-time:"), CultureInfo.InvariantCulture).ToUnixTimeMilliseconds(),
                packet.Topic!,
                packet.Text);
        }

        private static string Value(string[] user, string prefix) =>
            user.First(pair => pair.StartsWith(prefix, StringComparison.Ordinal))[prefix.Length..].Trim('"');
    }
}
