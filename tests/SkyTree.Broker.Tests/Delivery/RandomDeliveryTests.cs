using System.Globalization;
using SkyTree.Broker.Tests.Harness;

namespace SkyTree.Broker.Tests.Delivery;

/// <summary>
/// Clients publish numbered messages while their networks break at random. Every durable subscriber gets each QoS 1
/// message at least once and each QoS 2 message exactly once, in order; a transient subscriber that stays gets all of
/// them once.
/// </summary>
public sealed class RandomDeliveryTests(ITestOutputHelper output)
{
    private const int Publishers = 3;
    private const int Messages = 400;

    [Theory]
    [InlineData(5, 5)]
    [InlineData(4, 5)]
    [InlineData(5, 4)]
    [Trait("Spec", "MQTT-4.3.2-3 MQTT-4.3.3-10 MQTT-4.4.0-1 MQTT-4.6.0-5 MQTT-4.6.0-6")]
    public async Task Nothing_is_lost_doubled_or_out_of_order_whatever_the_network_does(int publisherLevel, int subscriberLevel)
    {
        int seed = TestSeed.Next();
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        await using TestBroker broker = await TestBroker.StartAsync();

        DeliveryClient[] subscribers =
        [
            new(broker, "durable-2", subscriberLevel, random.Next(1, 20)),
            new(broker, "durable-2-wide", subscriberLevel, 65_535),
            new(broker, "durable-1", subscriberLevel, random.Next(1, 20)),
            new(broker, "steady", subscriberLevel, random.Next(1, 20)),
        ];
        int[] grantedQoS = [2, 2, 1, 2];
        for (int i = 0; i < subscribers.Length; i++)
        {
            await subscribers[i].ConnectAsync();
            await subscribers[i].SubscribeAsync("d/#", grantedQoS[i]);
        }

        DeliveryClient steady = subscribers[^1];
        Task[] publishing =
        [
            .. Enumerable.Range(0, Publishers).Select(p => Task.Run(() => PublishAsync(broker, p, publisherLevel, new Random(HashCode.Combine(seed, p))))),
        ];
        Task allPublished = Task.WhenAll(publishing);
        while (!allPublished.IsCompleted)
        {
            DeliveryClient unlucky = subscribers[random.Next(subscribers.Length - 1)];
            await unlucky.DropAsync();
            int until = steady.Received.Count + random.Next(1, 60);
            await unlucky.ConnectAsync();
            Task progress = steady.UntilAsync(() => steady.Received.Count >= until);
            await Task.WhenAny(progress, allPublished);
        }

        await allPublished;
        for (int i = 0; i < subscribers.Length; i++)
        {
            await CompleteAsync(subscribers[i], i == subscribers.Length - 1, grantedQoS[i]);
            await subscribers[i].DisposeAsync();
        }
    }

    private static async Task PublishAsync(TestBroker broker, int number, int level, Random random)
    {
        await using DeliveryClient publisher = new(broker, $"publisher-{number}", level, 65_535);
        await publisher.ConnectAsync();
        int[] sent = new int[3];
        for (int i = 0; i < Messages; i++)
        {
            int qos = random.Next(3);
            sent[qos]++;
            await publisher.PublishAsync($"d/{number}/{qos}", qos, sent[qos].ToString(CultureInfo.InvariantCulture));
            if (random.Next(25) == 0)
            {
                await publisher.DropAsync();
                await publisher.ConnectAsync();
            }

            int window = random.Next(1, 30);
            await publisher.UntilAsync(() => publisher.Unfinished <= window);
        }

        await publisher.UntilAsync(() => publisher.Unfinished == 0);
        foreach (int qos in new[] { 1, 2 })
        {
            await publisher.PublishAsync($"d/{number}/{qos}", qos, $"last {sent[qos]}");
        }

        await publisher.UntilAsync(() => publisher.Unfinished == 0);
    }

    private static async Task CompleteAsync(DeliveryClient subscriber, bool isSteady, int grantedQoS)
    {
        string[] topics = [.. from p in Enumerable.Range(0, Publishers) from qos in new[] { 1, 2 } select $"d/{p}/{qos}"];
        await subscriber.UntilAsync(() =>
        {
            HashSet<string> ended = [.. subscriber.Received.Where(IsLast).Select(packet => packet.Topic!)];
            return topics.All(ended.Contains);
        });

        foreach (string topic in topics)
        {
            List<Packet> packets = [.. subscriber.Received.Where(packet => packet.Topic == topic)];
            int count = int.Parse(packets.First(IsLast).Text.AsSpan(5), CultureInfo.InvariantCulture);
            List<int> numbers = [.. packets.TakeWhile(packet => !IsLast(packet)).Select(packet => int.Parse(packet.Text, CultureInfo.InvariantCulture))];
            bool exactlyOnce = topic.EndsWith('2') && grantedQoS == 2;
            List<int> seen = exactlyOnce ? numbers : [.. FirstOccurrences(numbers)];
            Assert.True(
                seen.SequenceEqual(Enumerable.Range(1, count)),
                $"{subscriber.Name} received of {topic}, which had {count}: {string.Join(' ', numbers)}\n{string.Join('\n', subscriber.Trace)}");
        }

        foreach (IGrouping<string?, Packet> topic in subscriber.Received.Where(packet => packet.Topic!.EndsWith('0')).GroupBy(packet => packet.Topic))
        {
            List<int> numbers = [.. topic.Select(packet => int.Parse(packet.Text, CultureInfo.InvariantCulture))];
            Assert.True(numbers.SequenceEqual(numbers.Distinct().Order()), $"{subscriber.Name} received of {topic.Key}: {string.Join(' ', numbers)}");
            Assert.True(!isSteady || numbers.Count > 0);
        }
    }

    private static bool IsLast(Packet packet) => packet.Text.StartsWith("last ", StringComparison.Ordinal);

    /// <summary>QoS 1 may repeat; what counts is when each number came first.</summary>
    private static IEnumerable<int> FirstOccurrences(List<int> numbers) => numbers.Distinct();
}
