using Microsoft.Extensions.Logging.Abstractions;
using SkyTree.Core;
using SkyTree.Core.Messages;
using SkyTree.Core.Messages.Migration;
using SkyTree.Core.Replication;
using SkyTree.Store.RocksDb;
using Xunit;

namespace SkyTree.Store.Tests.Migration;

public sealed class MigratingMessageStoreTests : IDisposable
{
    private const int Stored = 20_000;

    private readonly string _place = Directory.CreateTempSubdirectory("skytree-migrating-").FullName;

    public void Dispose() => Directory.Delete(_place, recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Readers_see_every_message_once_in_order_whenever_they_look_and_however_often_the_move_is_interrupted(bool intoEmbedded)
    {
        int seed = Random.Shared.Next();
        Random random = new(seed);
        InMemoryMessageStore old = new();
        InMemoryMessageStore target = new();
        await old.AppendAsync([.. Enumerable.Range(1, Stored).Select(Message)]);
        int appended = Stored;
        bool complete = false;
        int starts = 0;
        while (!complete)
        {
            await using RocksDbDatabase database = new(new RocksDbOptions { Folder = Path.Combine(_place, "db") });
            database.Open();
            BrokerStorage storage = new() { Database = database, Name = "new", Migration = new StoreMigration("old", old), External = intoEmbedded ? null : target };
            OutboxMessageStore? outbox = intoEmbedded ? null : new(database.Messages, target, new OutboxOptions(), TimeProvider.System, NullLogger.Instance);
            MigratingMessageStore store = new(storage, outbox, TimeProvider.System, NullLogger.Instance);
            store.Follow(StorePlan.Make(database, storage));
            await store.OpenAsync();
            starts++;
            for (int reads = 0; reads < 1 + random.Next(2) && !complete; reads++)
            {
                await database.Messages.AppendAsync([.. Enumerable.Range(appended + 1, 10).Select(Message)]);
                appended += 10;
                outbox?.Notify(10, 0);
                complete = store.IsComplete; // one more read after it has taken over
                await AssertReadsAsync(store, appended, seed);
            }

            await store.DisposeAsync();
        }

        Assert.True(starts > 0, $"seed {seed}");
    }

    private static StoredMessage Message(int offset) => new() { Offset = offset, Topic = $"t/{offset % 7}", TimestampMs = offset, Payload = new byte[20] };

    private static async Task AssertReadsAsync(MessageStore store, int last, int seed)
    {
        long expected = 1;
        for (long after = 0, next; ; after = next)
        {
            LogPage page = await store.ReadLogAsync(after, null, 500);
            foreach (StoredMessage message in page.Messages)
            {
                Assert.True(message.Offset == expected++, $"seed {seed}: {message.Offset} came instead of {expected - 1}");
            }

            next = page.Next;
            if (next == after)
            {
                break;
            }
        }

        Assert.Equal(last + 1, expected);
        IReadOnlyList<TopicSummary> topics = await store.ListTopicsAsync(null, null, 100);
        Assert.Equal(7, topics.Count);
        Assert.Equal(last, topics.Sum(t => t.Count));
        Assert.Equal(last, await store.GetLastOffsetAsync());
        IReadOnlyList<StoredMessage> some = await store.GetQueue("t/3").ReadByOffsetAsync(Stored - 700, 150);
        Assert.Equal(Enumerable.Range(0, some.Count).Select(i => some[0].Offset + (7 * i)), some.Select(m => m.Offset));
        Assert.True(some[^1].Offset > last - 7 || some.Count == 150, $"seed {seed}");
    }
}
