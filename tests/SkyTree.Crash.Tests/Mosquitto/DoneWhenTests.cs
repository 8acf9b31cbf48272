using System.Globalization;
using SkyTree.Crash.Tests.Rounds;
using Xunit;

namespace SkyTree.Crash.Tests.Mosquitto;

/// <summary>
/// What a user tries first: a durable <c>mosquitto_sub</c> is stopped, messages are published, the broker is killed and
/// started again, and the subscriber gets them all.
/// </summary>
public sealed class DoneWhenTests
{
    private const int Messages = 20;
    private const int Topics = 3;

    private static readonly string[] s_subscription = ["-c", "-q", "1", "-i", "a", "-t", "x/#"];

    [Theory]
    [InlineData(StoreKind.RocksDb)]
    [InlineData(StoreKind.Sqlite)]
    [InlineData(StoreKind.MySql)]
    [InlineData(StoreKind.Redis)]
    public async Task A_durable_subscriber_gets_in_order_what_was_published_before_a_kill(StoreKind store)
    {
        await using TestFolder folder = await TestFolder.CreateAsync(store);
        await folder.Broker.StartAsync();
        await using (MosquittoProgram first = await MosquittoProgram.SubscribeAsync(folder.Path, await folder.Broker.PortAsync(), s_subscription))
        {
            await first.StopAsync();
        }

        List<string> published = [];
        for (int number = 0; number < Messages; number++)
        {
            published.Add(await PublishAsync(folder, number));
        }

        await folder.Broker.KillAsync();
        await folder.Broker.StartAsync();

        await using MosquittoProgram second = await MosquittoProgram.SubscribeAsync(folder.Path, await folder.Broker.PortAsync(), s_subscription);
        await ExpectAsync(folder, second, published);

        // One more behind them shows that none of them comes again.
        published.Add(await PublishAsync(folder, Messages));
        await ExpectAsync(folder, second, published);
        folder.IsDone = true;
    }

    private static async Task<string> PublishAsync(TestFolder folder, int number)
    {
        string topic = string.Create(CultureInfo.InvariantCulture, $"x/{number % Topics}");
        string payload = string.Create(CultureInfo.InvariantCulture, $"message-{number}");
        await MosquittoProgram.PublishAsync(folder.Path, await folder.Broker.PortAsync(), "-q", "1", "-t", topic, "-m", payload);
        return $"{topic} {payload}";
    }

    private static async Task ExpectAsync(TestFolder folder, MosquittoProgram subscriber, List<string> expected)
    {
        await Eventually.HoldsAsync(() => subscriber.Messages.Count >= expected.Count);
        IReadOnlyList<string> received = subscriber.Messages;
        Assert.True(
            received.SequenceEqual(expected),
            $"mosquitto_sub got:\n{string.Join('\n', received)}\ninstead of:\n{string.Join('\n', expected)}\n{folder.Describe()}");
    }
}
