using SkyTree.Core.Messages;
using SkyTree.Core.Replication;
using SkyTree.Store.RocksDb;
using Xunit;

namespace SkyTree.Store.Tests.RocksDb;

public sealed class RocksDbBackfillTests : IDisposable
{
    private readonly string _place = Directory.CreateTempSubdirectory("skytree-backfill-").FullName;

    public void Dispose() => Directory.Delete(_place, recursive: true);

    [Fact]
    public async Task What_left_the_log_comes_back_to_its_place_while_others_append_also_if_it_is_done_twice()
    {
        int seed = Random.Shared.Next();
        Random random = new(seed);
        List<StoredMessage> all = [.. Enumerable.Range(1, 3000).Where(_ => random.Next(4) > 0).Select(offset => new StoredMessage
        {
            Offset = offset,
            Topic = $"t/{random.Next(30)}",
            TimestampMs = 1000 + offset,
            Payload = new byte[random.Next(100)],
        })];
        int floor = random.Next(500, 2000);
        List<StoredMessage> early = [.. all.Where(m => m.Offset <= floor)];
        List<StoredMessage> late = [.. all.Where(m => m.Offset > 2500)];
        await using (RocksDbDatabase database = Open())
        {
            await database.Messages.AppendAsync([.. all.Where(m => m.Offset <= 2500)]);
            await database.Messages.DeleteLogAsync(floor);
            await database.Messages.FindOffsetAsync(0); // learns where the log begins
            Task appending = Task.Run(async () =>
            {
                foreach (StoredMessage[] some in late.Chunk(20))
                {
                    await database.Messages.AppendAsync(some);
                }
            });
            for (int time = 0; time < 2; time++)
            {
                foreach (StoredMessage[] page in early.Chunk(1 + random.Next(200)))
                {
                    database.Backfill(page);
                }
            }

            await appending;
            await AssertHoldsAsync(database.Messages, all, seed);
        }

        await using RocksDbDatabase again = Open();
        await AssertHoldsAsync(again.Messages, all, seed);
        await again.Messages.DeleteLogAsync(1500);
        await AssertHoldsAsync(again.Messages, [.. all.Where(m => m.Offset > 1500)], seed);
    }

    private static async Task AssertHoldsAsync(MessageStore store, List<StoredMessage> expected, int seed)
    {
        List<long> found = [];
        for (long after = 0, next; ; after = next)
        {
            LogPage page = await store.ReadLogAsync(after, null, 256);
            found.AddRange(page.Messages.Select(m => m.Offset));
            next = page.Next;
            if (next == after)
            {
                break;
            }
        }

        Assert.True(expected.Select(m => m.Offset).SequenceEqual(found), $"seed {seed}: {expected.Count} expected, {found.Count} found");
        foreach (IGrouping<string, StoredMessage> topic in expected.GroupBy(m => m.Topic))
        {
            MessageQueue queue = store.GetQueue(topic.Key);
            Assert.Equal(
                new TopicSummary(topic.Key, topic.Count(), topic.Sum(m => (long)m.Payload.Length), topic.Max(m => m.Offset)),
                await queue.GetSummaryAsync());
            Assert.Equal(topic.Select(m => m.Offset), (await queue.ReadByOffsetAsync(0, 4000)).Select(m => m.Offset));
        }

        Assert.Equal(expected[0].Offset, await store.FindOffsetAsync(expected[0].TimestampMs));
    }

    private RocksDbDatabase Open()
    {
        RocksDbDatabase database = new(new RocksDbOptions { Folder = Path.Combine(_place, "db") });
        database.Open();
        return database;
    }
}
