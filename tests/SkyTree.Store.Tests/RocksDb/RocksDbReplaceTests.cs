using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using SkyTree.Core.Messages;
using SkyTree.Core.Replication;
using SkyTree.Store.RocksDb;
using SkyTree.Store.RocksDb.Checkpoints;
using Xunit;

namespace SkyTree.Store.Tests.RocksDb;

/// <summary>A checkpoint takes a database's place: beneath readers, and whatever interrupts it.</summary>
public sealed class RocksDbReplaceTests : IDisposable
{
    private const int Entries = 300;

    private readonly string _place = Directory.CreateTempSubdirectory("skytree-replace-").FullName;

    public void Dispose() => Directory.Delete(_place, recursive: true);

    [Fact]
    public async Task Readers_see_one_content_or_another_and_never_both()
    {
        const int Contents = 8;
        for (int content = 2; content <= Contents; content++)
        {
            await MakeAsync(content, $"checkpoint{content}");
        }

        await MakeAsync(1, "main");
        await using RocksDbDatabase database = Open("main");
        using CancellationTokenSource done = new();
        ConcurrentDictionary<int, int> seen = [];
        int finished = 0;
        Func<Task<int>>[] reads =
        [
            () => Task.FromResult(ReadKeys(database)),
            () => ReadLogAsync(database),
            () => ReadQueueAsync(database),
            () => FindAsync(database),
            () => CopyAsync(database, Path.Combine(_place, $"copy{Interlocked.Increment(ref finished)}")),
        ];
        Task[] readers = [.. reads.Select(read => Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                seen.AddOrUpdate(await read(), 1, (_, times) => times + 1);
            }
        }))];

        for (int content = 2; content <= Contents; content++)
        {
            int before = seen.Values.Sum();
            database.Replace(Path.Combine(_place, $"checkpoint{content}"));
            Assert.Equal(content, ReadKeys(database));
            Assert.True(SpinWait.SpinUntil(() => seen.Values.Sum() > before + 20 || Array.Exists(readers, r => r.IsFaulted), TimeSpan.FromMinutes(1)));
        }

        await done.CancelAsync();
        await Task.WhenAll(readers);
        Assert.Contains(Contents, seen.Keys);
        Assert.Equal(Contents, await CopyAsync(database, Path.Combine(_place, "last")));
    }

    [Fact]
    public async Task Interrupted_at_any_step_it_is_completed_at_the_next_start()
    {
        await MakeAsync(1, "old");
        await MakeAsync(2, "new");
        int steps = CountFiles("old") + CountFiles("new") + 2;
        for (int step = 0; step <= steps; step++)
        {
            string folder = Copy("old", $"main{step}");
            Interrupt(folder, Copy("new", $"fetched{step}"), step);

            await using (RocksDbDatabase database = Open($"main{step}"))
            {
                await AssertContentAsync(2, database);
                database.Write(Batch(database, b => b.Put("more"u8, "1"u8)), sync: true);
            }

            Assert.Empty(Directory.GetDirectories(folder));
            await using RocksDbDatabase again = Open($"main{step}");
            Assert.NotNull(again.Get("more"u8));
        }
    }

    [Fact]
    public async Task Old_files_leave_nothing_behind_in_the_new_content()
    {
        await MakeAsync(1, "main");
        await MakeAsync(2, "checkpoint");
        await using (RocksDbDatabase database = Open("main"))
        {
            // In the old write-ahead log, and synced.
            database.Write(Batch(database, b => b.Put("old"u8, "1"u8)), sync: true);
            database.Replace(Path.Combine(_place, "checkpoint"));
            Assert.Null(database.Get("old"u8));
        }

        await using RocksDbDatabase again = Open("main");
        Assert.Null(again.Get("old"u8));
        await AssertContentAsync(2, again);
    }

    [Fact]
    public async Task A_damaged_checkpoint_leaves_everything_as_it_is()
    {
        await MakeAsync(1, "main");
        await MakeAsync(2, "checkpoint");
        string checkpoint = Path.Combine(_place, "checkpoint");
        File.Delete(Directory.GetFiles(checkpoint, "MANIFEST-*").Single());
        await using RocksDbDatabase database = Open("main");

        Assert.Throws<StateDatabaseException>(() => database.Replace(checkpoint));

        await AssertContentAsync(1, database);
        database.Write(Batch(database, b => b.Put("more"u8, "1"u8)), sync: true);
        await MakeAsync(3, "whole");
        database.Replace(Path.Combine(_place, "whole"));
        await AssertContentAsync(3, database);
    }

    [Fact]
    public async Task A_checkpoint_that_cannot_be_moved_leaves_everything_as_it_is()
    {
        await MakeAsync(1, "main");
        using TemporaryFileSystem elsewhere = new(64);
        await MakeAsync(2, Path.Combine(elsewhere.Folder, "checkpoint"));
        await using RocksDbDatabase database = Open("main");

        StateDatabaseException exception = Assert.Throws<StateDatabaseException>(() => database.Replace(Path.Combine(elsewhere.Folder, "checkpoint")));

        Assert.Contains("one file system", exception.Message, StringComparison.Ordinal);
        await AssertContentAsync(1, database);
        database.Write(Batch(database, b => b.Put("more"u8, "1"u8)), sync: true);
    }

    [Fact]
    public async Task Who_is_reading_holds_it_up_and_reads_on_in_what_there_was()
    {
        await MakeAsync(1, "main");
        await MakeAsync(2, "checkpoint");
        await using RocksDbDatabase database = Open("main");
        using SemaphoreSlim reading = new(0);
        using SemaphoreSlim goOn = new(0);
        HashSet<string> values = [];
        Task reader = Task.Run(() => database.Read("k"u8, (_, value) =>
        {
            if (values.Add(Encoding.UTF8.GetString(value)))
            {
                reading.Release();
                goOn.Wait();
            }

            return true;
        }));
        await reading.WaitAsync();
        Task replacing = Task.Run(() => database.Replace(Path.Combine(_place, "checkpoint")));
        Assert.True(SpinWait.SpinUntil(() => Directory.Exists(Path.Combine(_place, "main", Installation.ReplacingName)), TimeSpan.FromSeconds(30)));
        Assert.False(replacing.IsCompleted);
        goOn.Release();
        await Task.WhenAll(reader, replacing).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(["1"], values);
        await AssertContentAsync(2, database);
    }

    /// <summary>Does so many steps of an installation, as a process does that is killed then.</summary>
    private static void Interrupt(string folder, string checkpoint, int steps)
    {
        string replacing = Path.Combine(folder, Installation.ReplacingName);
        string arriving = Path.Combine(folder, Installation.ArrivingName);
        Installation.Begin(checkpoint, folder);
        List<Action> actions = [.. Directory.GetFiles(folder).Where(IsNotLock).Select<string, Action>(file => () => File.Delete(file))];
        actions.Add(() => Directory.Move(replacing, arriving));
        actions.AddRange(Directory.GetFiles(replacing).Where(IsNotLock).Select<string, Action>(
            file => () => File.Move(Path.Combine(arriving, Path.GetFileName(file)), Path.Combine(folder, Path.GetFileName(file)))));
        actions.Take(steps).ToList().ForEach(action => action());
    }

    private static bool IsNotLock(string file) => !file.EndsWith(".lock", StringComparison.Ordinal);

    private static async Task AssertContentAsync(int content, RocksDbDatabase database)
    {
        Assert.Equal(content, ReadKeys(database));
        Assert.Equal(content, await ReadLogAsync(database));
        Assert.Equal(content, await ReadQueueAsync(database));
        Assert.Equal(content, await FindAsync(database));
        Assert.Equal(Entries + content, await database.Messages.GetLastOffsetAsync());
        Assert.Equal(
            [new TopicSummary("all", Entries, Entries * 10, Entries + content - 1), new TopicSummary($"only/{content}", 1, 10, Entries + content)],
            await database.Messages.ListTopicsAsync(null, null, 10));
    }

    /// <summary>A database whose keys, messages and topics all tell which content it is.</summary>
    private async Task MakeAsync(int content, string place)
    {
        await using RocksDbDatabase database = Open(place);
        database.Write(
            Batch(database, b =>
            {
                for (int i = 0; i < Entries; i++)
                {
                    b.Put(Encoding.UTF8.GetBytes($"k{i}"), Encoding.UTF8.GetBytes($"{content}"));
                    b.Append(Message(content, content + i, "all"));
                }

                b.Append(Message(content, content + Entries, $"only/{content}"));
            }),
            sync: true);
    }

    private RocksDbDatabase Open(string place)
    {
        RocksDbDatabase database = new(new RocksDbOptions { Folder = Path.Combine(_place, place), WriteBufferMegabytes = 1 });
        database.Open();
        return database;
    }

    private string Copy(string place, string to)
    {
        string folder = Path.Combine(_place, to);
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.GetFiles(Path.Combine(_place, place)))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        return folder;
    }

    private int CountFiles(string place) => Directory.GetFiles(Path.Combine(_place, place)).Length;

    private static RocksDbBatch Batch(RocksDbDatabase database, Action<StateBatch> fill)
    {
        var batch = (RocksDbBatch)database.CreateBatch();
        fill(batch);
        return batch;
    }

    private static StoredMessage Message(int content, long offset, string topic) =>
        new() { Offset = offset, Topic = topic, TimestampMs = content, Payload = new byte[10] };

    private static int ReadKeys(RocksDbDatabase database)
    {
        List<string> values = [];
        database.Read("k"u8, (_, value) =>
        {
            values.Add(Encoding.UTF8.GetString(value));
            return true;
        });
        Assert.Equal(Entries, values.Count);
        return int.Parse(Assert.Single(values.Distinct()), CultureInfo.InvariantCulture);
    }

    private static async Task<int> ReadLogAsync(RocksDbDatabase database)
    {
        LogPage page = await database.Messages.ReadLogAsync(0, null, 1_000);
        Assert.Equal(Entries + 1, page.Messages.Count);
        return (int)Assert.Single(page.Messages.Select(m => m.TimestampMs).Distinct());
    }

    private static async Task<int> ReadQueueAsync(RocksDbDatabase database)
    {
        IReadOnlyList<StoredMessage> messages = await database.Messages.GetQueue("all").ReadByOffsetAsync(0, 1_000);
        Assert.Equal(Entries, messages.Count);
        return (int)Assert.Single(messages.Select(m => m.TimestampMs).Distinct());
    }

    private static async Task<int> FindAsync(RocksDbDatabase database)
    {
        long? first = await database.Messages.FindOffsetAsync(0);
        Assert.NotNull(first);
        return (int)first;
    }

    private async Task<int> CopyAsync(RocksDbDatabase database, string folder)
    {
        database.CreateCheckpoint(folder);
        int content;
        await using (RocksDbDatabase copy = Open(folder))
        {
            content = ReadKeys(copy);
            await AssertContentAsync(content, copy);
        }

        Directory.Delete(folder, recursive: true);
        return content;
    }
}
