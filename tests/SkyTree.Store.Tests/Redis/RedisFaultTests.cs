using System.Diagnostics;
using SkyTree.Core.Messages;
using SkyTree.Store.Redis;
using SkyTree.Store.Redis.Layout;
using StackExchange.Redis;
using Xunit;

namespace SkyTree.Store.Tests.Redis;

/// <summary>What a store does when its server is killed, away, restarted or full.</summary>
public sealed class RedisFaultTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task A_server_that_is_killed_again_and_again_loses_nothing_and_stores_nothing_twice()
    {
        const int last = 60_000;
        const int kills = 6;
        int seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        Random random = new(seed);
        await using RedisServer server = new();
        await using RedisMessageStore store = await OpenAsync(server);
        using CancellationTokenSource deadline = new(Deadline);
        long acknowledged = 0;
        long followed = 0;
        int failures = 0;
        RedisStoreException? failure = null;

        static StoredMessage At(long offset) => new()
        {
            Offset = offset, Topic = $"t/{offset * 7919 % 40}", TimestampMs = offset, Payload = BitConverter.GetBytes(offset), QoS = 1,
        };

        async Task AppendAllAsync(int[] sizes)
        {
            for (long next = 1; next <= last;)
            {
                int size = (int)Math.Min(sizes[next % sizes.Length], last - next + 1);
                StoredMessage[] batch = [.. Enumerable.Range(0, size).Select(i => At(next + i))];
                while (await FailureOfAsync(() => store.AppendAsync(batch, deadline.Token)) is { } failed)
                {
                    failures++;
                    failure = failed;
                    await Task.Delay(2, deadline.Token);
                }

                next += size;
                Volatile.Write(ref acknowledged, next - 1);
            }
        }

        async Task DeleteAsync()
        {
            while (Volatile.Read(ref acknowledged) < last)
            {
                long half = Volatile.Read(ref acknowledged) / 2;
                await TryAsync(() => store.GetQueue("t/0").DeleteByOffsetAsync(half, deadline.Token));
                await Task.Delay(2, deadline.Token);
            }
        }

        async Task FollowAsync()
        {
            for (long seen = 0; seen < last; Volatile.Write(ref followed, seen))
            {
                LogPage page = default;
                if (!await TryAsync(async () => page = await store.ReadLogAsync(seen, null, 500, deadline.Token)))
                {
                    await Task.Delay(2, deadline.Token);
                    continue;
                }

                foreach (StoredMessage message in page.Messages)
                {
                    // Only what was deleted may be missing.
                    for (long missing = seen + 1; missing < message.Offset; missing++)
                    {
                        Assert.Equal("t/0", At(missing).Topic);
                    }

                    seen = message.Offset;
                }
            }
        }

        async Task KillAsync()
        {
            for (int kill = 1; kill <= kills; kill++)
            {
                long until = (last / (kills + 1) * kill) - random.Next(2_000);
                while (Volatile.Read(ref acknowledged) < until)
                {
                    await Task.Delay(1, deadline.Token);
                }

                await server.KillAsync();
                await server.StartAsync();
            }
        }

        int[] sizes = [.. Enumerable.Range(0, 13).Select(_ => random.Next(1, 2_500))];
        await AllOrFirstFailureAsync(
            deadline,
            () => $"{acknowledged} of {last} appended, followed up to {followed}, {failures} failures, the last: {failure}",
            AppendAllAsync(sizes),
            DeleteAsync(),
            FollowAsync(),
            KillAsync());
        await store.GetQueue("t/0").DeleteByOffsetAsync(last / 2);
        Assert.True(failures > 0, "the server was never killed while it was needed");

        List<StoredMessage> expected = [.. Enumerable.Range(1, last).Select(o => At(o)).Where(m => m.Topic != "t/0" || m.Offset > last / 2)];
        Assert.Equal(expected.Select(m => m.Offset), (await ReadAllAsync(store)).Select(m => m.Offset));
        Assert.All(await ReadAllAsync(store), m => Assert.Equal(m.Offset, BitConverter.ToInt64(m.Payload.Span)));
        Assert.Equal(
            expected.GroupBy(m => m.Topic).Select(g => new TopicSummary(g.Key, g.Count(), g.Count() * 8L, g.Max(m => m.Offset))).OrderBy(t => t.Topic, StringComparer.Ordinal),
            await store.ListTopicsAsync(null, null, 1_000));
        Assert.Equal(last, await store.GetLastOffsetAsync());
    }

    [Fact]
    public async Task Operations_fail_at_once_while_the_server_is_away_and_succeed_when_it_is_back()
    {
        LogLines log = new();
        await using RedisServer server = new();
        await using RedisMessageStore store = await OpenAsync(server, log);
        await store.AppendAsync([Message(1)]);
        await server.KillAsync();
        await EventuallyAsync("the loss of the connection is logged", () => Task.FromResult(log.Lines.Any(l => l.Id == 3307)));
        long start = Stopwatch.GetTimestamp();

        Func<Task>[] operations =
        [
            async () => await store.AppendAsync([Message(2)]),
            async () => await store.GetLastOffsetAsync(),
            async () => await store.ReadLogAsync(0, null, 1),
            async () => await store.ReadLogAsync(0, _ => true, 1),
            async () => await store.FindOffsetAsync(0),
            async () => await store.ListTopicsAsync(null, null, 1),
            async () => await store.DeleteLogAsync(1),
            async () => await store.GetQueue("a").ReadByOffsetAsync(0, 1),
            async () => await store.GetQueue("a").DeleteByOffsetAsync(1),
            async () => await store.GetQueue("a").GetSummaryAsync(),
        ];
        foreach (Func<Task> operation in operations)
        {
            RedisStoreException error = await Assert.ThrowsAsync<RedisStoreException>(operation);
            Assert.StartsWith($"Redis at 127.0.0.1:{server.Port}: ", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', error.Message);
        }

        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 8);
        await server.StartAsync();
        await EventuallyAsync("an append succeeds again", () => TryAsync(() => store.AppendAsync([Message(1), Message(2)])));
        Assert.Equal([1, 2], (await ReadAllAsync(store)).Select(m => m.Offset));
        Assert.Contains(log.Lines, l => l.Id == 3308);
        Assert.DoesNotContain(log.Lines, l => l.Id == 3306);
    }

    [Fact]
    public async Task A_server_that_came_back_with_less_than_it_had_acknowledged_is_told_of()
    {
        LogLines log = new();
        await using RedisServer server = new() { Settings = ["--appendonly", "no"] };
        await using RedisMessageStore store = await OpenAsync(server, log);
        await store.AppendAsync([Message(1), Message(2), Message(3)]);
        await server.KillAsync();
        await server.StartAsync();

        await EventuallyAsync("an append succeeds again", () => TryAsync(() => store.AppendAsync([Message(4)])));

        Assert.Contains("those up to offset 3 had been stored, and now it has those up to 0 only", Assert.Single(log.Lines, l => l.Id == 3306).Text, StringComparison.Ordinal);
        Assert.Equal([4], (await ReadAllAsync(store)).Select(m => m.Offset));
    }

    [Fact]
    public async Task A_server_without_memory_refuses_a_batch_and_takes_it_later()
    {
        await using RedisServer server = new();
        await using RedisMessageStore store = await OpenAsync(server);
        await using ConnectionMultiplexer redis = await ConnectionMultiplexer.ConnectAsync($"{await server.GetConnectionStringAsync()},allowAdmin=true");
        await store.AppendAsync([Message(1)]);
        await redis.GetServers()[0].ConfigSetAsync("maxmemory", "1mb");
        StoredMessage[] batch = [.. Enumerable.Range(2, 3_000).Select(i => Message(i) with { Payload = new byte[4_000] })];

        RedisStoreException error = await Assert.ThrowsAsync<RedisStoreException>(async () => await store.AppendAsync(batch));
        Assert.Contains("OOM", error.Message, StringComparison.Ordinal);

        await redis.GetServers()[0].ConfigSetAsync("maxmemory", "0");
        await store.AppendAsync(batch);
        Assert.Equal(Enumerable.Range(1, 3_001).Select(i => (long)i), (await ReadAllAsync(store)).Select(m => m.Offset));
        Assert.Equal(new TopicSummary("a", 3_001, 12_000_000, 3_001), await store.GetQueue("a").GetSummaryAsync());
    }

    [Fact]
    public async Task A_server_without_memory_still_deletes_also_behind_a_chunk_that_was_staged_only()
    {
        await using RedisServer server = new();
        await using RedisMessageStore store = await OpenAsync(server);
        await using ConnectionMultiplexer redis = await ConnectionMultiplexer.ConnectAsync($"{await server.GetConnectionStringAsync()},allowAdmin=true");
        Keys keys = new(new RedisStoreOptions { ConnectionString = "" }.KeyPrefix);
        await store.AppendAsync([Message(1)]);
        await redis.GetDatabase().ScriptEvaluateAsync(Scripts.Append, keys.All, AppendChunk.Take([Message(2), Message(3)], 0, keys, new TopicIds()).Arguments);
        await redis.GetServers()[0].ConfigSetAsync("maxmemory", "1");

        await store.DeleteLogAsync(2);

        Assert.Equal([3], (await ReadAllAsync(store)).Select(m => m.Offset));
        await Assert.ThrowsAsync<RedisStoreException>(async () => await store.AppendAsync([Message(4)]));
    }

    private static StoredMessage Message(long offset) => new() { Offset = offset, Topic = "a", TimestampMs = offset };

    private static async Task<RedisMessageStore> OpenAsync(RedisServer server, LogLines? log = null)
    {
        RedisMessageStore store = new(new RedisStoreOptions { ConnectionString = await server.GetConnectionStringAsync() }, log);
        await store.OpenAsync();
        return store;
    }

    private static async Task<bool> TryAsync(Func<ValueTask> operation) => await FailureOfAsync(operation) is null;

    private static async Task<RedisStoreException?> FailureOfAsync(Func<ValueTask> operation)
    {
        try
        {
            await operation();
            return null;
        }
        catch (RedisStoreException e)
        {
            return e;
        }
    }

    /// <summary>Waits for all, or until one has failed: the others would wait for it in vain.</summary>
    private static async Task AllOrFirstFailureAsync(CancellationTokenSource deadline, Func<string> progress, params Task[] tasks)
    {
        HashSet<Task> running = [.. tasks];
        try
        {
            while (running.Count > 0)
            {
                Task ended = await Task.WhenAny(running);
                running.Remove(ended);
                await ended;
            }
        }
        catch (OperationCanceledException e) when (deadline.IsCancellationRequested)
        {
            throw new TimeoutException($"Not done within {Deadline.TotalSeconds} s: {progress()}", e);
        }
        finally
        {
            await deadline.CancelAsync();
            foreach (Task task in running)
            {
                await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            }
        }
    }

    private static async Task EventuallyAsync(string what, Func<Task<bool>> condition)
    {
        using CancellationTokenSource deadline = new(Deadline);
        while (!await condition())
        {
            Assert.False(deadline.IsCancellationRequested, $"{what}: not within {Deadline.TotalSeconds} s.");
            await Task.Delay(5);
        }
    }

    private static async Task<List<StoredMessage>> ReadAllAsync(RedisMessageStore store)
    {
        List<StoredMessage> all = [];
        long after = 0;
        while (true)
        {
            LogPage page = await store.ReadLogAsync(after, null, 1_000);
            if (page.Next == after)
            {
                return all;
            }

            all.AddRange(page.Messages);
            after = page.Next;
        }
    }
}
