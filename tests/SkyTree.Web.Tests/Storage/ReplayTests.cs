using System.Globalization;
using SkyTree.Store.Tests.EF;
using Xunit;

namespace SkyTree.Web.Tests.Storage;

/// <summary>Replay out of a database: what has left the outbox, then what is live.</summary>
public sealed class ReplayTests(MariaDbServer mariaDb) : IAsyncDisposable
{
    private const string Keep = "--SkyTree:Store:Retention:0:Filter=kept/#";
    private readonly TestStores _stores = new(mariaDb);

    public ValueTask DisposeAsync() => _stores.DisposeAsync();

    [Theory]
    [InlineData("MySql")]
    [InlineData("Sqlite")]
    [InlineData("Redis")]
    public async Task A_replay_from_a_database_goes_over_into_what_is_live_without_gap_or_repeat(string provider)
    {
        TestStore store = await _stores.CreateAsync(provider);
        int[] acknowledged = await FillAsync(store, publishers: 3, each: 150);
        await using Broker broker = Start(store, "data");
        Publishers publishers = Publishers.Start(broker.Port, 3, "kept", acknowledged);
        await publishers.WaitForAsync(1);
        await using Client whole = await Client.ReplayAsync(broker.Port, "whole", "earliest", "kept/#");
        await using Client wholeOld = await Client.ReplayOldAsync(broker.Port, "whole-old", "earliest", "kept/#");
        await whole.UntilAsync(deliveries => deliveries.Count > 300);
        Delivery start = whole.Deliveries.ElementAt(200);
        string offset = start.Offset.ToString(CultureInfo.InvariantCulture);
        await using Client late = await Client.ReplayAsync(broker.Port, "late", offset, "kept/#");
        await using Client lateOld = await Client.ReplayOldAsync(broker.Port, "late-old", offset, "kept/#");
        await using Client timed = await Client.ReplayAsync(broker.Port, "timed", start.Time!, "kept/#");
        await using Client timedOld = await Client.ReplayOldAsync(broker.Port, "timed-old", start.Time!, "kept/#");
        await publishers.WaitForAsync(20);
        acknowledged = await publishers.StopAsync();

        string[] last = [.. acknowledged.Select((number, i) => string.Create(CultureInfo.InvariantCulture, $"{i}:{number}"))];
        foreach (Client client in new[] { whole, wholeOld, late, lateOld, timed, timedOld })
        {
            await client.UntilAsync(deliveries => last.All(payload => deliveries.Any(d => d.Payload == payload)));
        }

        Delivery[] all = [.. whole.Deliveries];
        Assert.All(acknowledged, (count, i) => Assert.Equal(Numbered(i, count), all.Where(d => d.Topic == $"kept/{i}").Select(d => d.Payload)));
        Assert.All(all.Skip(1).Zip(all), pair => Assert.True(pair.First.Offset > pair.Second.Offset));
        Assert.Equal(all.Select(d => d.Payload), wholeOld.Received);
        Assert.Equal(all.Skip(200), late.Deliveries);
        Assert.Equal(all.Skip(200).Select(d => d.Payload), lateOld.Received);
        Assert.Equal(all.SkipWhile(d => string.CompareOrdinal(d.Time, start.Time) < 0), timed.Deliveries);
        Assert.Equal(timed.Received, timedOld.Received);
    }

    [Theory]
    [InlineData("MySql")]
    [InlineData("Sqlite")]
    [InlineData("Redis")]
    public async Task On_a_new_machine_what_the_database_has_is_replayed_at_once(string provider)
    {
        TestStore store = await _stores.CreateAsync(provider);
        await FillAsync(store, publishers: 1, each: 100);
        await using Broker broker = Start(store, "other");

        await using Client old = await Client.ReplayOldAsync(broker.Port, "old", "-24h", "kept/#");
        await old.UntilAsync(deliveries => deliveries.Count >= 100);
        Assert.Equal(Numbered(0, 100), old.Received.Take(100));

        await using Client whole = await Client.ReplayAsync(broker.Port, "whole", "earliest", "kept/#");
        await whole.PublishAsync("kept/1", "new");
        await whole.UntilAsync(deliveries => deliveries.Any(d => d.Payload == "new"));
        Delivery[] all = [.. whole.Deliveries];
        Assert.Equal(old.Received.TakeWhile(payload => payload != "new"), all[..^1].Select(d => d.Payload));
        Assert.Equal(all[^2].Offset + 1, all[^1].Offset);
    }

    /// <summary>Stores messages, waits until they are in the database, and kills the broker, whose memory has them, too.</summary>
    /// <returns>How many each publisher had acknowledged.</returns>
    private async Task<int[]> FillAsync(TestStore store, int publishers, int each)
    {
        await using Broker broker = Start(store, "data");
        await Task.WhenAll(Enumerable.Range(0, publishers).Select(async i =>
        {
            await using Client client = await Client.ConnectAsync(broker.Port, $"publisher-{i}");
            foreach (string payload in Numbered(i, each))
            {
                await client.PublishAsync($"kept/{i}", payload);
            }
        }));
        await store.WaitForAsync(publishers * each);
        return [.. Enumerable.Repeat(each, publishers)];
    }

    private Broker Start(TestStore store, string folder) => Broker.Start(_stores.Folders[folder], [.. store.Options, Keep]);

    private static IEnumerable<string> Numbered(int publisher, int count) =>
        Enumerable.Range(1, count).Select(n => string.Create(CultureInfo.InvariantCulture, $"{publisher}:{n}"));
}
