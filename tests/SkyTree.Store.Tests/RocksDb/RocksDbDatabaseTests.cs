using System.ComponentModel.DataAnnotations;
using SkyTree.Core.Messages;
using SkyTree.Core.Replication;
using SkyTree.Store.RocksDb;
using SkyTree.Store.Tests.State;
using Xunit;

namespace SkyTree.Store.Tests.RocksDb;

public sealed class RocksDbDatabaseTests : StateDatabaseContract
{
    private protected override StateDatabase Create(string folder) => new RocksDbDatabase(new RocksDbOptions { Folder = folder });

    [Fact]
    public void A_folder_in_use_is_refused_with_what_to_do()
    {
        StateDatabaseException exception = Assert.Throws<StateDatabaseException>(() => Open("main"));
        Assert.Contains("in use by another process", exception.Message, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(Place, "main"), exception.Message, StringComparison.Ordinal);
        Assert.False(exception.IsDiskFull);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_refused_with_what_to_do()
    {
        using TemporaryFileSystem disk = new(8);
        disk.MakeReadOnly();
        await using RocksDbDatabase database = new(new RocksDbOptions { Folder = Path.Combine(disk.Folder, "db") });

        StateDatabaseException exception = Assert.Throws<StateDatabaseException>(database.Open);

        Assert.Contains("cannot be written", exception.Message, StringComparison.Ordinal);
        Assert.Contains(disk.Folder, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_where_the_folder_should_be_is_refused()
    {
        string file = Path.Combine(Place, "file");
        await File.WriteAllTextAsync(file, "");
        await using RocksDbDatabase database = new(new RocksDbOptions { Folder = file });
        Assert.Throws<StateDatabaseException>(database.Open);
    }

    [Fact]
    public void Options_out_of_their_ranges_are_refused()
    {
        Assert.Throws<ValidationException>(() => new RocksDbDatabase(new RocksDbOptions { Folder = "" }));
        Assert.Throws<ValidationException>(() => new RocksDbDatabase(new RocksDbOptions { Folder = Place, WriteBufferMegabytes = 0 }));
        Assert.Throws<ValidationException>(() => new RocksDbDatabase(new RocksDbOptions { Folder = Place, BackgroundThreads = 65 }));
    }

    [Fact]
    public async Task What_is_closed_says_so()
    {
        await CloseAsync(Database);
        await Database.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => Database.Get("a"u8));
        Assert.Throws<ObjectDisposedException>(() => Write(b => b.Put("a"u8, "1"u8)));
        Assert.Throws<ObjectDisposedException>(Database.Open);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await Database.Messages.ReadLogAsync(0, null, 1));
    }

    [Fact]
    public async Task Readers_under_way_finish_before_it_closes()
    {
        Write(b => b.Put("a"u8, "1"u8));
        using SemaphoreSlim reading = new(0);
        using SemaphoreSlim goOn = new(0);
        Task reader = Task.Run(() => Database.Read(default, (_, value) =>
        {
            reading.Release();
            goOn.Wait();
            Assert.Equal("1"u8, value);
            return true;
        }));
        await reading.WaitAsync();
        Task closing = Task.Run(async () => await CloseAsync(Database));
        Assert.NotSame(closing, await Task.WhenAny(closing, Task.Delay(100)));
        goOn.Release();
        await Task.WhenAll(reader, closing).WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task The_whole_log_is_deleted_up_to_an_offset()
    {
        Write(b =>
        {
            for (int i = 1; i <= 20_000; i++)
            {
                b.Append(Message(i, i % 2 == 0 ? "many" : $"few/{i % 50}"));
            }

            b.Append(Message(20_001, "late"));
        });

        await Database.Messages.DeleteLogAsync(15_000);
        string after = await DescribeAsync(Database);

        Assert.Equal(Enumerable.Range(15_001, 5_001).Select(o => (long)o), await ReadLogAsync(Database));
        Assert.Equal(5_001, await SumCountsAsync(Database));
        Assert.Equal(new TopicSummary("many", 2_500, 10_000, 20_000), await Database.Messages.GetQueue("many").GetSummaryAsync());
        Assert.Equal(15_002, (await Database.Messages.GetQueue("many").ReadByOffsetAsync(0, 1)).Single().Offset);
        Assert.Equal(15_001, await Database.Messages.FindOffsetAsync(0));

        StateDatabase again = await ReopenAsync(Database, "main");
        Assert.Equal(after, await DescribeAsync(again));
        await again.Messages.DeleteLogAsync(long.MaxValue);
        await again.Messages.DeleteLogAsync(long.MaxValue);
        Write(again, b => b.Append(Message(20_002, "many")));
        Assert.Equal([20_002], await ReadLogAsync(again));
        Assert.Equal([new TopicSummary("many", 1, 4, 20_002)], await again.Messages.ListTopicsAsync(null, null, 10));
    }

    [Fact]
    public async Task A_deletion_of_the_log_that_was_cut_short_is_completed_when_it_is_opened()
    {
        Write(b =>
        {
            for (int i = 1; i <= 6_000; i++)
            {
                b.Append(Message(i, $"t/{i % 3}"));
            }
        });

        // What a process leaves behind that ended right after the deletion's first write.
        ((RocksDbDatabase)Database).Write(sync: true, 5_000L, static (writer, upTo, opened) => writer.SetNumber(Keys.Floor, upTo, opened));

        StateDatabase again = await ReopenAsync(Database, "main");

        Assert.Equal(1_000, await SumCountsAsync(again));
        Assert.Equal(1_000, (await ReadLogAsync(again)).Count);
    }

    [Fact]
    public async Task A_time_is_found_without_reading_the_log_before_it()
    {
        for (int batch = 0; batch < 20; batch++)
        {
            Write(
                b =>
                {
                    for (int i = 1; i <= 1_000; i++)
                    {
                        b.Append(Message((batch * 1_000) + i, "t")); // timestamps 1,000 above the offsets
                    }
                },
                sync: false);
        }

        foreach (long offset in (long[])[1, 2, 999, 1_025, 10_000, 19_999, 20_000])
        {
            Assert.Equal(offset, await Database.Messages.FindOffsetAsync(1_000 + offset));
        }

        Assert.Null(await Database.Messages.FindOffsetAsync(21_001));
        await Database.Messages.GetQueue("t").DeleteByOffsetAsync(15_000);
        Assert.Equal(15_001, await Database.Messages.FindOffsetAsync(0));
        Assert.Equal(15_001, await Database.Messages.FindOffsetAsync(5_000));
        Assert.Equal(18_000, await (await ReopenAsync(Database, "main")).Messages.FindOffsetAsync(19_000));
    }

    [Fact]
    public async Task Large_messages_come_in_pages_of_bounded_size()
    {
        Write(b =>
        {
            for (int i = 1; i <= 30; i++)
            {
                b.Append(Message(i, "t", payload: 300_000));
            }
        });

        Assert.InRange((await Database.Messages.ReadLogAsync(0, null, 1_000)).Messages.Count, 1, 5);
        Assert.InRange((await Database.Messages.GetQueue("t").ReadByOffsetAsync(0, 1_000)).Count, 1, 5);
        Assert.Equal(30, (await ReadLogAsync(Database)).Count);
    }
}
