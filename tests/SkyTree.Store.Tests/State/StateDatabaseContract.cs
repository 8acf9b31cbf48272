using System.Text;
using CsCheck;
using SkyTree.Core.Messages;
using SkyTree.Core.Replication;
using Xunit;

namespace SkyTree.Store.Tests.State;

/// <summary>What every <see cref="StateDatabase"/> promises. A database's tests derive from this class and say how to create one.</summary>
public abstract partial class StateDatabaseContract : IAsyncLifetime
{
    private readonly List<StateDatabase> _opened = [];

    /// <summary>The database that each test starts with: open, and empty.</summary>
    private protected StateDatabase Database { get; private set; } = null!;

    /// <summary>A folder for the test's own, removed after it.</summary>
    protected string Place { get; } = Directory.CreateTempSubdirectory("skytree-state-").FullName;

    /// <summary>How many random histories to try.</summary>
    protected virtual int Histories => 40;

    /// <summary>Creates a database in a folder, without opening it.</summary>
    /// <param name="folder">The folder; may not exist yet.</param>
    private protected abstract StateDatabase Create(string folder);

    public ValueTask InitializeAsync()
    {
        Database = Open("main");
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (StateDatabase database in _opened)
        {
            await database.DisposeAsync();
        }

        Directory.Delete(Place, recursive: true);
    }

    [Fact]
    public void A_batch_is_read_back()
    {
        using StateBatch batch = Database.CreateBatch();
        batch.Put("a"u8, "1"u8);
        batch.Put("empty"u8, ""u8);
        Assert.Equal(2, batch.Count);
        Assert.True(batch.Bytes > 0);

        Assert.Null(Database.Get("a"u8));
        Database.Write(batch, sync: false);

        Assert.Equal("1"u8, Database.Get("a"u8)!);
        Assert.Equal([], Database.Get("empty"u8)!);
        Assert.Null(Database.Get("b"u8));
    }

    [Fact]
    public void Changes_of_a_batch_are_made_in_the_order_in_which_they_were_added()
    {
        Write(b => b.Put("p/old"u8, "1"u8));
        Write(b =>
        {
            b.Put("p/lost"u8, "1"u8);
            b.Put("k"u8, "first"u8);
            b.DeletePrefix("p/"u8);
            b.Put("p/kept"u8, "1"u8);
            b.Put("k"u8, "second"u8);
            b.Delete("k"u8);
            b.Put("k"u8, "third"u8);
            b.Delete("never there"u8);
        });

        Assert.Equal(["k=third", "p/kept=1"], ReadAll(Database));
    }

    [Fact]
    public void A_prefix_is_read_in_the_order_of_its_bytes()
    {
        byte[][] keys = [[0], [1, 0xFF], [1, 0xFF, 0], [1, 0xFF, 0xFF], [1, 0xFF, 0xFF, 0xFF, 1], [2], [0xFF], [0xFF, 0xFF]];
        Write(b =>
        {
            foreach (byte[] key in keys.Reverse())
            {
                b.Put(key, key);
            }
        });

        Assert.Equal(keys, ReadKeys([]));
        Assert.Equal(keys[1..5], ReadKeys([1, 0xFF]));
        Assert.Equal(keys[3..5], ReadKeys([1, 0xFF, 0xFF]));
        Assert.Equal(keys[6..], ReadKeys([0xFF]));
        Assert.Empty(ReadKeys([3]));
    }

    [Fact]
    public void A_reading_ends_when_its_visitor_says_so()
    {
        Write(b =>
        {
            b.Put("a"u8, ""u8);
            b.Put("b"u8, ""u8);
        });
        int visited = 0;
        Database.Read(default, (_, _) => ++visited < 1);
        Assert.Equal(1, visited);
    }

    [Fact]
    public void A_reading_sees_one_moment_and_may_read_again()
    {
        Write(b =>
        {
            b.Put("a"u8, "1"u8);
            b.Put("z"u8, "1"u8);
        });
        List<string> seen = [];
        Database.Read(default, (key, _) =>
        {
            seen.Add(Encoding.UTF8.GetString(key));
            if (seen.Count == 1)
            {
                Task.Run(() => Write(b => b.Put("m"u8, "1"u8))).Wait();
                Assert.NotNull(Database.Get("m"u8));
            }

            return true;
        });
        Assert.Equal(["a", "z"], seen);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(2_000)]
    public void Deleting_a_prefix_takes_what_begins_with_it_and_nothing_else(int keys)
    {
        foreach (byte[] prefix in (byte[][])[[1], [1, 0xFF], [0xFF], [0xFF, 0xFF]])
        {
            Write(b =>
            {
                b.Put([0, 0xFF], []);
                b.Put([1, 0xFE], []);
                b.Put([2], []);
                b.Put([0xFE], []);
                for (int i = 0; i < keys; i++)
                {
                    b.Put([.. prefix, (byte)(i >> 8), (byte)i], []);
                }

                b.Put(prefix, []);
            });
            byte[][] left = [.. ReadKeys([]).Where(k => !k.AsSpan().StartsWith(prefix))];

            Write(b => b.DeletePrefix(prefix));

            Assert.Equal(left, ReadKeys([]));
            Assert.NotEmpty(left);
        }
    }

    [Fact]
    public void Deleting_a_prefix_late_in_a_large_batch_takes_what_the_batch_has_put()
    {
        Write(b =>
        {
            for (int i = 0; i < 3_000; i++)
            {
                b.Put(Encoding.UTF8.GetBytes($"s/{i}"), "1"u8);
            }

            b.Put("t"u8, "1"u8);
            b.DeletePrefix("s/"u8);
            b.Put("s/kept"u8, "1"u8);
        });
        Assert.Equal(["s/kept=1", "t=1"], ReadAll(Database));
    }

    [Fact]
    public void An_empty_prefix_cannot_be_deleted()
    {
        using StateBatch batch = Database.CreateBatch();
        Assert.ThrowsAny<ArgumentException>(() => batch.DeletePrefix([]));
        Assert.Equal(0, batch.Count);
    }

    [Fact]
    public void A_batch_that_was_emptied_changes_nothing_of_what_it_held()
    {
        using StateBatch batch = Database.CreateBatch();
        batch.Put("a"u8, "1"u8);
        batch.Append(Message(1, "t"));
        batch.Clear();
        Assert.Equal((0, 0L), (batch.Count, batch.Bytes));
        batch.Put("b"u8, "2"u8);
        Database.Write(batch, sync: true);
        Assert.Equal(["b=2"], ReadAll(Database));
    }

    [Fact]
    public async Task Messages_and_state_of_a_batch_come_together()
    {
        Write(b =>
        {
            b.Append(Message(5, "a"));
            b.Put("applied"u8, "5"u8);
            b.Append(Message(6, "b"));
            b.Append(Message(9, "a"));
        });

        Assert.Equal([5, 6, 9], await ReadLogAsync(Database));
        Assert.Equal(9, await Database.Messages.GetLastOffsetAsync());
        Assert.Equal(new TopicSummary("a", 2, 8, 9), await Database.Messages.GetQueue("a").GetSummaryAsync());
        Assert.Equal("5"u8, Database.Get("applied"u8)!);
    }

    [Fact]
    public async Task A_batch_written_twice_leaves_what_it_left_the_first_time()
    {
        Write(b => b.Put("p/x"u8, "1"u8));
        using StateBatch batch = Database.CreateBatch();
        batch.Append(Message(1, "a"));
        batch.DeletePrefix("p/"u8);
        batch.Put("p/y"u8, "1"u8);
        batch.Append(Message(2, "b"));
        batch.Append(Message(3, "a"));
        Database.Write(batch, sync: true);
        string before = await DescribeAsync(Database);

        Database.Write(batch, sync: true);
        Assert.Equal(before, await DescribeAsync(Database));

        // What has been deleted meanwhile does not come back.
        await Database.Messages.GetQueue("a").DeleteByOffsetAsync(1);
        string after = await DescribeAsync(Database);
        Database.Write(batch, sync: true);
        Assert.Equal(after, await DescribeAsync(Database));
    }

    [Fact]
    public async Task Everything_is_there_after_it_is_opened_again()
    {
        if (!Database.IsDurable)
        {
            return;
        }

        Write(b =>
        {
            for (int i = 1; i <= 500; i++)
            {
                b.Append(Message(i, $"t/{i % 7}"));
                b.Put(Encoding.UTF8.GetBytes($"k{i}"), Encoding.UTF8.GetBytes($"{i}"));
            }
        });
        await Database.Messages.GetQueue("t/3").DeleteByOffsetAsync(300);
        string before = await DescribeAsync(Database);

        Assert.Equal(before, await DescribeAsync(await ReopenAsync(Database, "main")));
    }

    [Fact]
    public async Task A_checkpoint_opens_elsewhere_with_the_same_content()
    {
        if (!Database.IsDurable)
        {
            return;
        }

        Write(b =>
        {
            b.Put("k"u8, "1"u8);
            b.Append(Message(1, "a"));
        });
        string before = await DescribeAsync(Database);

        Database.CreateCheckpoint(Path.Combine(Place, "checkpoints", "1"));
        Write(b => b.Put("k"u8, "2"u8));

        Assert.Equal(before, await DescribeAsync(Open(Path.Combine("checkpoints", "1"))));
        Assert.Equal("2"u8, Database.Get("k"u8)!);
    }

    [Fact]
    public async Task A_checkpoint_made_while_batches_are_written_ends_with_one_of_them()
    {
        if (!Database.IsDurable)
        {
            return;
        }

        using CancellationTokenSource done = new();
        Task writing = Task.Run(() =>
        {
            for (int i = 1; !done.IsCancellationRequested; i++)
            {
                Write(
                    b =>
                    {
                        b.Append(Message(i, $"t/{i % 5}"));
                        b.Put("applied"u8, Encoding.UTF8.GetBytes($"{i}"));
                    },
                    sync: false);
            }
        });
        for (int i = 0; i < 5; i++)
        {
            Database.CreateCheckpoint(Path.Combine(Place, $"during{i}"));
        }

        await done.CancelAsync();
        await writing.WaitAsync(TimeSpan.FromMinutes(1));
        for (int i = 0; i < 5; i++)
        {
            StateDatabase copy = Open($"during{i}");
            List<long> log = await ReadLogAsync(copy);
            int applied = int.Parse(Encoding.UTF8.GetString(copy.Get("applied"u8) ?? "0"u8.ToArray()), System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal(Enumerable.Range(1, applied).Select(o => (long)o), log);
            Assert.Equal(applied, await SumCountsAsync(copy));
        }
    }

    [Fact]
    public async Task Random_histories_agree_with_a_plain_dictionary()
    {
        Gen<byte[]> key = Gen.OneOf(Gen.Byte[0, 2], Gen.Const((byte)0xFF)).Array[1, 4];
        Gen<Action<StateBatch, SortedDictionary<string, byte[]>>> change = Gen.Frequency(
            (6, Gen.Select(key, Gen.Byte.Array[0, 9]).Select((k, v) => Change((b, d) =>
            {
                b.Put(k, v);
                d[Convert.ToHexString(k)] = v;
            }))),
            (2, key.Select(k => Change((b, d) =>
            {
                b.Delete(k);
                d.Remove(Convert.ToHexString(k));
            }))),
            (2, key.Select(k => Change((b, d) =>
            {
                b.DeletePrefix(k);
                foreach (string gone in d.Keys.Where(x => x.StartsWith(Convert.ToHexString(k), StringComparison.Ordinal)).ToArray())
                {
                    d.Remove(gone);
                }
            }))));
        int histories = 0;
        await Gen.Select(change.List[1, 30], Gen.Int[0, 9]).List[1, 12].SampleAsync(
            async batches =>
            {
                string place = $"history{Interlocked.Increment(ref histories)}";
                StateDatabase database = Open(place);
                SortedDictionary<string, byte[]> model = new(StringComparer.Ordinal);
                foreach ((List<Action<StateBatch, SortedDictionary<string, byte[]>>> changes, int reopen) in batches)
                {
                    using StateBatch batch = database.CreateBatch();
                    changes.ForEach(c => c(batch, model));
                    database.Write(batch, sync: false);
                    if (reopen == 0 && database.IsDurable)
                    {
                        database = await ReopenAsync(database, place);
                    }

                    List<string> actual = [];
                    database.Read(default, (k, v) =>
                    {
                        actual.Add($"{Convert.ToHexString(k)}={Convert.ToHexString(v)}");
                        return true;
                    });
                    Assert.Equal(model.Select(p => $"{p.Key}={Convert.ToHexString(p.Value)}"), actual);
                }

                await CloseAsync(database);
            },
            iter: Histories,
            threads: 1);
    }

    protected static StoredMessage Message(long offset, string topic, int payload = 4) =>
        new() { Offset = offset, Topic = topic, TimestampMs = 1_000 + offset, Payload = new byte[payload] };

    private protected StateDatabase Open(string place)
    {
        StateDatabase database = Create(Path.Combine(Place, place));
        _opened.Add(database);
        database.Open();
        return database;
    }

    private protected async Task CloseAsync(StateDatabase database)
    {
        _opened.Remove(database);
        await database.DisposeAsync();
    }

    private protected async Task<StateDatabase> ReopenAsync(StateDatabase database, string place)
    {
        await CloseAsync(database);
        return Open(place);
    }

    private protected void Write(Action<StateBatch> fill, bool sync = true) => Write(Database, fill, sync);

    private protected static void Write(StateDatabase database, Action<StateBatch> fill, bool sync = true)
    {
        using StateBatch batch = database.CreateBatch();
        fill(batch);
        database.Write(batch, sync);
    }

    private protected static async Task<List<long>> ReadLogAsync(StateDatabase database)
    {
        List<long> offsets = [];
        for (LogPage page = await database.Messages.ReadLogAsync(0, null, 1_000); page.Messages.Count > 0; page = await database.Messages.ReadLogAsync(page.Next, null, 1_000))
        {
            offsets.AddRange(page.Messages.Select(m => m.Offset));
        }

        return offsets;
    }

    private protected static async Task<long> SumCountsAsync(StateDatabase database) =>
        (await database.Messages.ListTopicsAsync(null, null, 100_000)).Sum(t => t.Count);

    /// <summary>All that can be read of a database.</summary>
    private protected static async Task<string> DescribeAsync(StateDatabase database) => string.Join(
        '\n',
        [
            .. ReadAll(database), .. (await ReadLogAsync(database)).Select(o => $"{o}"),
            .. (await database.Messages.ListTopicsAsync(null, null, 100_000)).Select(t => t.ToString()),
            $"last {await database.Messages.GetLastOffsetAsync()}",
        ]);

    private protected static List<string> ReadAll(StateDatabase database)
    {
        List<string> all = [];
        database.Read(default, (key, value) =>
        {
            all.Add($"{Encoding.UTF8.GetString(key)}={Encoding.UTF8.GetString(value)}");
            return true;
        });
        return all;
    }

    private static Action<StateBatch, SortedDictionary<string, byte[]>> Change(Action<StateBatch, SortedDictionary<string, byte[]>> change) => change;

    private List<byte[]> ReadKeys(byte[] prefix)
    {
        List<byte[]> keys = [];
        Database.Read(prefix, (key, _) =>
        {
            keys.Add(key.ToArray());
            return true;
        });
        return keys;
    }
}
