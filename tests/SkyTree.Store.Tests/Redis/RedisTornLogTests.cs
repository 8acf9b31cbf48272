using System.Text;
using SkyTree.Core.Messages;
using SkyTree.Store.Redis;
using StackExchange.Redis;
using Xunit;

namespace SkyTree.Store.Tests.Redis;

/// <summary>
/// A server that dies while it logs what a script did leaves MULTI and the commands that are complete. Redis 7.0 does not run
/// them when it starts, but keeps them in the file: when it starts once more they run, together with what was logged since.
/// </summary>
public sealed class RedisTornLogTests
{
    private const int MaximumCuts = 6;

    /// <summary>What is done to the store.</summary>
    public enum Change
    {
        Nothing,
        AnotherProgramsTransaction,
        Append,
        AppendMore,
        AppendSomethingElse,
        DeleteFromTopic,
        DeleteTopic,
        DeleteLog,
    }

    public static TheoryData<Change, Change> Changes
    {
        get
        {
            TheoryData<Change, Change> changes = [];
            foreach (Change torn in new[] { Change.Append, Change.DeleteFromTopic, Change.DeleteTopic, Change.DeleteLog })
            {
                foreach (Change between in Enum.GetValues<Change>())
                {
                    changes.Add(torn, between);
                }
            }

            return changes;
        }
    }

    /// <param name="torn">Is cut off at places all over what the server logged of it, in the middle of a command.</param>
    /// <param name="between">Is done between the first restart and the second.</param>
    [Theory]
    [MemberData(nameof(Changes))]
    public async Task A_change_whose_log_was_torn_is_done_once_or_not_at_all_and_can_be_repeated(Change torn, Change between)
    {
        int cuts = 1;
        for (int cut = 0; cut < cuts; cut++)
        {
            await using RedisServer server = new();
            TornLogModel model = TornLogModel.Empty.Append(Batch(1, 20));
            long start = 0;
            await UseAsync(server, async store =>
            {
                await store.AppendAsync(Batch(1, 20));
                start = server.Log.Length;
                await DoAsync(server, store, torn, model);
            });
            await server.KillAsync();
            IReadOnlyList<(long Start, string Name)> commands = server.Log.CommandsFrom(start);
            Assert.Equal(["HSET", "MULTI"], commands.Take(2).Select(c => c.Name)); // staged by one command, then applied
            cuts = Math.Min(commands.Count, MaximumCuts);
            int at = cut * (commands.Count - 1) / Math.Max(cuts - 1, 1);
            server.Log.Cut(commands[at].Start + 3); // with the beginning of this command, so without it
            string place = $"cut before {commands[at].Name}, {at} of {string.Join(' ', commands.Select(c => c.Name))}";

            await server.StartAsync();
            if (between is not Change.Nothing and not Change.AnotherProgramsTransaction)
            {
                await UseAsync(server, async store => model = await WhichAsync(store, model, Model(model, torn), place));
            }

            await UseAsync(server, store => DoAsync(server, store, between, model), open: between != Change.AnotherProgramsTransaction);
            TornLogModel afterwards = Model(model, between);
            await server.KillAsync();
            await server.StartAsync();

            await UseAsync(server, async store =>
            {
                model = between is Change.Nothing or Change.AnotherProgramsTransaction
                    ? await WhichAsync(store, model, Model(model, torn), place)
                    : await WhichAsync(store, afterwards, afterwards, place);
                foreach (Change again in new[] { torn, Change.AppendMore, Change.DeleteFromTopic, Change.DeleteLog })
                {
                    await DoAsync(server, store, again, model);
                    model = Model(model, again);
                    await WhichAsync(store, model, model, $"{place}, then {again}");
                }
            });
        }
    }

    [Fact]
    public async Task A_server_that_tears_its_log_again_and_again_has_every_change_once_or_not_at_all()
    {
        const int rounds = 100;
        int seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        Random random = new(seed);
        await using RedisServer server = new();
        TornLogModel model = TornLogModel.Empty;
        for (int round = 0; round < rounds; round++)
        {
            string topic = $"t/{random.Next(4)}";
            long upTo = model.Last - random.Next(30);
            long first = Math.Max(model.Last + 1 - random.Next(3), 1);
            List<StoredMessage> batch = [.. Enumerable.Range(0, random.Next(1, 20)).Select(i => Message(first + (i * 2), $"t/{random.Next(4)}", $"{round}: {i}"))];
            int kind = random.Next(4);
            TornLogModel changed = kind switch
            {
                0 => model.Delete(m => m.Topic == topic && m.Offset <= upTo),
                1 => model.Delete(m => m.Offset <= upTo - 30),
                _ => model.Append(batch),
            };
            long start = 0;
            await UseAsync(server, async store =>
            {
                start = server.Log.Length;
                await (kind switch
                {
                    0 => store.GetQueue(topic).DeleteByOffsetAsync(upTo),
                    1 => store.DeleteLogAsync(upTo - 30),
                    _ => store.AppendAsync(batch),
                });
            });
            await server.KillAsync();
            server.Log.Cut(random.NextInt64(start, server.Log.Length + 1));
            await server.StartAsync();
            if (random.Next(3) == 0)
            {
                await DoAsync(server, null, Change.AnotherProgramsTransaction, model);
                await server.KillAsync();
                await server.StartAsync();
            }

            await UseAsync(server, async store => model = await WhichAsync(store, model, changed, $"round {round}, {kind}"));
        }

        await UseAsync(server, store => store.DeleteLogAsync(long.MaxValue).AsTask());
        await using ConnectionMultiplexer redis = await ConnectionMultiplexer.ConnectAsync(await server.GetConnectionStringAsync());
        string[] keys = [.. redis.GetServers()[0].Keys().Select(k => k.ToString()).Where(k => !k.StartsWith("another", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        Assert.Equal(["{skytree:}log", "{skytree:}state"], keys);
    }

    /// <summary>Finds out which of two states a store is in, from each side that it can be read from.</summary>
    private static async Task<TornLogModel> WhichAsync(MessageStore store, TornLogModel one, TornLogModel other, string place)
    {
        string actual = await TornLogModel.DescribeAsync(store);
        if (actual == other.Describe())
        {
            return other;
        }

        Assert.True(actual == one.Describe(), $"{place}.\nExpected:\n{one.Describe()}\nor:\n{other.Describe()}\nFound:\n{actual}");
        return one;
    }

    private static async Task DoAsync(RedisServer server, MessageStore? store, Change change, TornLogModel model)
    {
        switch (change)
        {
            case Change.Nothing:
                break;
            case Change.AnotherProgramsTransaction:
                await using (ConnectionMultiplexer redis = await ConnectionMultiplexer.ConnectAsync(await server.GetConnectionStringAsync()))
                {
                    ITransaction transaction = redis.GetDatabase().CreateTransaction();
                    _ = transaction.StringSetAsync("another:1", 1);
                    _ = transaction.StringSetAsync("another:2", 2);
                    Assert.True(await transaction.ExecuteAsync());
                }

                break;
            case Change.DeleteFromTopic:
                await store!.GetQueue("t/1").DeleteByOffsetAsync(12);
                break;
            case Change.DeleteTopic:
                await store!.GetQueue("t/1").DeleteByOffsetAsync(20);
                break;
            case Change.DeleteLog:
                await store!.DeleteLogAsync(14);
                break;
            default:
                await store!.AppendAsync(BatchOf(change, model));
                break;
        }
    }

    private static TornLogModel Model(TornLogModel model, Change change) => change switch
    {
        Change.Nothing or Change.AnotherProgramsTransaction => model,
        Change.DeleteFromTopic => model.Delete(m => m.Topic == "t/1" && m.Offset <= 12),
        Change.DeleteTopic => model.Delete(m => m.Topic == "t/1" && m.Offset <= 20),
        Change.DeleteLog => model.Delete(m => m.Offset <= 14),
        _ => model.Append(BatchOf(change, model)),
    };

    private static List<StoredMessage> BatchOf(Change change, TornLogModel model) => change switch
    {
        Change.Append => Batch(21, 50),
        Change.AppendMore => Batch(21, 80),
        // A broker that lost the batch too gives its offsets to others.
        _ => [Message(model.Last + 1, "else", "else 1"), Message(model.Last + 3, "t/1", "else 2"), Message(model.Last + 4, "new/2", "else 3")],
    };

    /// <summary>To topics that are there and, behind offset 20, to others too.</summary>
    private static List<StoredMessage> Batch(int first, int last) =>
        [.. Enumerable.Range(first, last - first + 1).Select(i => Message(i, i > 20 && i % 2 == 0 ? $"new/{i % 3}" : $"t/{i % 4}", $"message {i}"))];

    private static StoredMessage Message(long offset, string topic, string payload) =>
        new() { Offset = offset, Topic = topic, TimestampMs = offset, Payload = Encoding.UTF8.GetBytes(payload) };

    private static async Task UseAsync(RedisServer server, Func<RedisMessageStore, Task> use, bool open = true)
    {
        await using RedisMessageStore store = new(new RedisStoreOptions { ConnectionString = await server.GetConnectionStringAsync() });
        if (open)
        {
            await store.OpenAsync();
        }

        await use(store);
    }
}
