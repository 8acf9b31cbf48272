using Microsoft.Extensions.DependencyInjection;
using SkyTree.Core.Messages;
using SkyTree.Store.Redis;
using SkyTree.Store.Redis.Layout;
using StackExchange.Redis;
using Xunit;

namespace SkyTree.Store.Tests.Redis;

public sealed class RedisMessageStoreTests(RedisServer server) : DurableMessageStoreContract
{
    private readonly string _prefix = $"t{Guid.NewGuid():n}_"[..10];
    private ConnectionMultiplexer? _redis;

    protected override int Histories => 40;

    protected override async ValueTask<MessageStore> CreateStoreAsync(string place) => new RedisMessageStore(await OptionsForAsync(place));

    protected override async ValueTask CleanUpAsync()
    {
        ConnectionMultiplexer redis = await ConnectAsync();
        foreach (RedisKey[] keys in redis.GetServers()[0].Keys(pattern: $"{{{_prefix}*", pageSize: 1000).Chunk(1000))
        {
            await redis.GetDatabase().KeyDeleteAsync(keys);
        }

        await redis.DisposeAsync();
    }

    [Fact]
    public async Task Deleting_the_log_takes_every_topics_messages_up_to_and_with_the_offset()
    {
        List<StoredMessage> all = [.. Enumerable.Range(1, 5_000).Select(i => Message(i, i <= 2 ? "early" : $"t/{i % 7}", payload: $"{i}"))];
        await Store.AppendAsync(all);
        await Store.GetQueue("t/3").DeleteByOffsetAsync(4_000);

        await Store.DeleteLogAsync(3_456);

        StoredMessage[] left = [.. all.Where(m => m.Offset > 3_456 && (m.Topic != "t/3" || m.Offset > 4_000))];
        AssertSame(left, await ReadWholeLogAsync(Store, limit: 1_000));
        Assert.Equal(
            left.GroupBy(m => m.Topic).Select(g => new TopicSummary(g.Key, g.Count(), g.Sum(m => (long)m.Payload.Length), g.Max(m => m.Offset))).OrderBy(t => t.Topic, StringComparer.Ordinal),
            await ListAllTopicsAsync(Store));
        AssertSame([.. left.Where(m => m.Topic == "t/3")], await ReadWholeQueueAsync(Store.GetQueue("t/3")));

        await Store.DeleteLogAsync(long.MaxValue);
        await Store.AppendAsync([.. all, Message(5_001, "t/3")]);
        Assert.Equal([5_001], Offsets(await ReadWholeLogAsync(Store)));
    }

    [Fact]
    public async Task Nothing_is_left_of_deleted_messages()
    {
        await Store.AppendAsync([.. Enumerable.Range(1, 2_000).Select(i => Message(i, $"t/{i % 50}", payload: "x"))]);
        for (int i = 0; i < 25; i++)
        {
            await Store.GetQueue($"t/{i}").DeleteByOffsetAsync(2_000);
        }

        await Store.DeleteLogAsync(2_000);

        Keys keys = new((await OptionsForAsync("main")).KeyPrefix);
        ConnectionMultiplexer redis = await ConnectAsync();
        string[] left = [.. redis.GetServers()[0].Keys(pattern: keys.Pattern).Select(k => k.ToString()).Order(StringComparer.Ordinal)];
        Assert.Equal([keys.Log.ToString(), keys.State.ToString()], left);
        Assert.Equal(0, await redis.GetDatabase().StreamLengthAsync(keys.Log));
    }

    [Fact]
    public async Task A_chunk_whose_predecessor_is_missing_is_refused()
    {
        await Store.AppendAsync(Messages(1, 10, "a"));
        List<StoredMessage> batch = Messages(11, 1_510, "a");
        Keys keys = new((await OptionsForAsync("main")).KeyPrefix);
        AppendChunk first = AppendChunk.Take(batch, 0, keys, new TopicIds());
        AppendChunk second = AppendChunk.Take(batch, first.End, keys, new TopicIds());
        IDatabase database = (await ConnectAsync()).GetDatabase();

        RedisResult answer = await database.ScriptEvaluateAsync(Scripts.Append, keys.All, second.Arguments);

        Assert.Equal(AppendAnswer.Gap, (AppendAnswer)(int)answer[0]);
        Assert.Equal(10, await Store.GetLastOffsetAsync());
        await Store.AppendAsync(batch);
        Assert.Equal(1_510, (await ReadWholeLogAsync(Store, limit: 1_000)).Count);
    }

    [Fact]
    public async Task A_batch_that_was_torn_between_two_chunks_is_completed_by_its_repeat()
    {
        List<StoredMessage> batch = [.. Enumerable.Range(1, 3_000).Select(i => Message(i, $"t/{i % 3}", payload: $"{i}"))];
        Keys keys = new((await OptionsForAsync("main")).KeyPrefix);
        AppendChunk first = AppendChunk.Take(batch, 0, keys, new TopicIds());
        RedisResult answer = await (await ConnectAsync()).GetDatabase().ScriptEvaluateAsync(Scripts.Append, keys.All, first.Arguments);
        Assert.Equal(AppendAnswer.Staged, (AppendAnswer)(int)answer[0]);
        Assert.Equal(first.LastOffset, await Store.GetLastOffsetAsync());

        await Store.AppendAsync(batch);

        AssertSame(batch, await ReadWholeLogAsync(Store, limit: 1_000));
        Assert.Equal(1_000, (await Store.GetQueue("t/1").GetSummaryAsync()).Count);
    }

    [Fact]
    public async Task A_deletion_in_pieces_leaves_what_is_appended_between_them()
    {
        Keys keys = new((await OptionsForAsync("main")).KeyPrefix);
        IDatabase database = (await ConnectAsync()).GetDatabase();
        await Store.AppendAsync(Messages(1, 5, "a"));

        RedisResult queue = await ChangeAsync(Scripts.DeleteQueue, [keys.Queues, "a", long.MaxValue, 2]);
        RedisResult log = await ChangeAsync(Scripts.DeleteLog, [keys.Queues, long.MaxValue, 1]);

        Assert.Equal((1, 2, 5), ((int)queue[0], (int)queue[1], (int)queue[2]));
        Assert.Equal((1, 1, 5), ((int)log[0], (int)log[1], (int)log[2]));
        await Store.AppendAsync(Messages(6, 7, "a"));
        await ChangeAsync(Scripts.DeleteQueue, [keys.Queues, "a", queue[2].ToString(), 100]);
        Assert.Equal([6, 7], Offsets(await ReadWholeLogAsync(Store)));

        async Task<RedisResult> ChangeAsync(string script, RedisValue[] arguments)
        {
            RedisResult staged = await database.ScriptEvaluateAsync(script, keys.All, arguments);
            await database.ScriptEvaluateAsync(Scripts.Apply, keys.All, [keys.Queues]);
            return staged;
        }
    }

    [Fact]
    public async Task What_was_staged_by_a_broker_that_died_is_applied_before_anything_else()
    {
        Keys keys = new((await OptionsForAsync("main")).KeyPrefix);
        IDatabase database = (await ConnectAsync()).GetDatabase();
        await Store.AppendAsync(Messages(1, 10, "a"));
        await database.ScriptEvaluateAsync(Scripts.Append, keys.All, AppendChunk.Take(Messages(11, 20, "a"), 0, keys, new TopicIds()).Arguments);

        await Store.DeleteLogAsync(15);
        Assert.Equal([16, 17, 18, 19, 20], Offsets(await ReadWholeQueueAsync(Store.GetQueue("a"))));

        await database.ScriptEvaluateAsync(Scripts.DeleteQueue, keys.All, [keys.Queues, "a", 17, 100]);
        await Store.AppendAsync(Messages(16, 21, "a"));
        Assert.Equal([18, 19, 20, 21], Offsets(await ReadWholeLogAsync(Store)));
        Assert.Equal(4, (await Store.GetQueue("a").GetSummaryAsync()).Count);
    }

    [Fact]
    public async Task Pages_are_bounded_in_bytes()
    {
        List<StoredMessage> all = [.. Enumerable.Range(1, 30).Select(i => Message(i, i % 2 == 0 ? "a" : "b") with { Payload = new byte[1_000_000] })];
        await Store.AppendAsync(all);

        Assert.InRange((await Store.ReadLogAsync(0, null, 30)).Messages.Count, 1, 5);
        Assert.InRange((await Store.ReadLogAsync(0, t => t == "a", 30)).Messages.Count, 1, 5);
        Assert.InRange((await Store.GetQueue("a").ReadByOffsetAsync(0, 30)).Count, 1, 5);
        AssertSame([.. all.Where(m => m.Topic == "a")], await ReadWholeLogAsync(Store, t => t == "a"));
        AssertSame([.. all.Where(m => m.Topic == "a")], await ReadWholeQueueAsync(Store.GetQueue("a")));
    }

    [Fact]
    public async Task A_page_of_messages_with_long_topics_is_bounded_in_bytes()
    {
        string topic = new('x', 65_535);
        await Store.AppendAsync(Messages(1, 200, topic));

        Assert.InRange((await Store.ReadLogAsync(0, null, 200)).Messages.Count, 1, 70);
        Assert.InRange((await Store.GetQueue(topic).ReadByOffsetAsync(0, 200)).Count, 1, 70);
        Assert.Equal(200, (await ReadWholeLogAsync(Store)).Count);
    }

    [Fact]
    public async Task Every_place_of_a_long_topic_is_found()
    {
        await Store.AppendAsync([.. Enumerable.Range(1, 20_000).Select(i => Message(i * 3, "long"))]);

        for (long after = 0; after < 60_000; after += 997)
        {
            Assert.Equal([(after / 3 * 3) + 3, (after / 3 * 3) + 6], Offsets(await Store.GetQueue("long").ReadByOffsetAsync(after, 2)));
        }

        Assert.Empty(await Store.GetQueue("long").ReadByOffsetAsync(60_000, 2));
    }

    [Fact]
    public async Task Offsets_beyond_what_a_double_holds_are_kept_apart()
    {
        long big = (1L << 53) + 1;
        List<StoredMessage> all = Messages(big, big + 20, "a");
        await Store.AppendAsync(all);
        await Store.AppendAsync(all);

        AssertSame(all, await ReadWholeLogAsync(Store, limit: 3));
        Assert.Equal([big + 6], Offsets(await Store.GetQueue("a").ReadByOffsetAsync(big + 5, 1)));
        await Store.GetQueue("a").DeleteByOffsetAsync(big + 10);
        Assert.Equal(all[11..].Select(m => m.Offset), Offsets(await ReadWholeQueueAsync(Store.GetQueue("a"))));
    }

    [Fact]
    public async Task A_message_that_the_server_threw_away_is_told_from_a_deleted_one()
    {
        await Store.AppendAsync(Messages(1, 5, "a"));
        Keys keys = new((await OptionsForAsync("main")).KeyPrefix);
        IDatabase database = (await ConnectAsync()).GetDatabase();
        await database.HashDeleteAsync(keys.Bodies, 3);

        await Assert.ThrowsAsync<InvalidDataException>(async () => await Store.ReadLogAsync(0, null, 10));
        await Assert.ThrowsAsync<InvalidDataException>(async () => await Store.GetQueue("a").ReadByOffsetAsync(0, 10));
        await database.HashSetAsync(keys.Bodies, 3, StoredMessageFormat.ToArray(Message(4, "a")));
        await Assert.ThrowsAsync<InvalidDataException>(async () => await Store.ReadLogAsync(0, null, 10));
    }

    [Fact]
    public async Task Two_brokers_that_append_the_same_batches_store_each_message_once()
    {
        MessageStore other = await OpenStoreAsync("main");
        async Task AppendAllAsync(MessageStore store)
        {
            for (int i = 0; i < 50; i++)
            {
                await store.AppendAsync(Messages((i * 20) + 1, (i * 20) + 20, $"t/{i % 3}"));
                await store.GetQueue("t/0").DeleteByOffsetAsync(i * 10);
            }
        }

        await Task.WhenAll(AppendAllAsync(Store), AppendAllAsync(other));

        List<StoredMessage> all = await ReadWholeLogAsync(other);
        Assert.Equal(Enumerable.Range(1, 1_000).Select(i => (long)i).Where(o => (o - 1) / 20 % 3 != 0 || o > 490), Offsets(all));
    }

    [Theory]
    [InlineData(1, "are of layout 1, which was never released. Remove the keys to begin anew.")]
    [InlineData(3, "are of layout 3, which this program does not know.")]
    public async Task What_another_version_wrote_is_not_touched(int layout, string expected)
    {
        Keys keys = new((await OptionsForAsync("other")).KeyPrefix);
        await (await ConnectAsync()).GetDatabase().HashSetAsync(keys.State, "layout", layout);

        InvalidDataException error = await Assert.ThrowsAsync<InvalidDataException>(() => OpenStoreAsync("other"));

        Assert.EndsWith(expected, error.Message, StringComparison.Ordinal);
        Assert.Equal(1, await (await ConnectAsync()).GetDatabase().HashLengthAsync(keys.State));
    }

    [Fact]
    public async Task A_registered_store_is_the_applications_store()
    {
        ServiceCollection services = new();
        services.AddRedisMessageStore(await OptionsForAsync("registered"));
        await using ServiceProvider provider = services.BuildServiceProvider();

        MessageStore store = provider.GetRequiredService<MessageStore>();
        await store.OpenAsync();

        Assert.Same(store, provider.GetRequiredService<MessageStore>());
        Assert.Equal(0, await store.GetLastOffsetAsync());
    }

    private async Task<ConnectionMultiplexer> ConnectAsync() =>
        _redis ??= await ConnectionMultiplexer.ConnectAsync(await server.GetConnectionStringAsync());

    private async Task<RedisStoreOptions> OptionsForAsync(string place) =>
        new() { ConnectionString = await server.GetConnectionStringAsync(), KeyPrefix = $"{_prefix}{place}:" };
}
