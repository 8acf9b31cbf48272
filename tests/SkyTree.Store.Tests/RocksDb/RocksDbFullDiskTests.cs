using SkyTree.Core.Messages;
using SkyTree.Core.Replication;
using SkyTree.Store.RocksDb;
using Xunit;

namespace SkyTree.Store.Tests.RocksDb;

public sealed class RocksDbFullDiskTests
{
    [Theory]
    [InlineData(true, 100_000)]
    [InlineData(false, 100_000)]
    [InlineData(true, 1_500_000)]
    public async Task A_full_disk_is_told_and_the_same_batch_is_written_once_there_is_room(bool sync, int payload)
    {
        using TemporaryFileSystem disk = new(64);
        RocksDbOptions options = new() { Folder = Path.Combine(disk.Folder, "db"), WriteBufferMegabytes = 2, MaximumWriteAheadLogMegabytes = 4, Compression = false };
        await using RocksDbDatabase database = new(options);
        database.Open();
        long offset = 0;
        using StateBatch batch = database.CreateBatch();
        void Fill()
        {
            batch.Clear();
            batch.Append(Message(++offset, payload));
            batch.Append(Message(++offset, payload));
            batch.Put("applied"u8, BitConverter.GetBytes(offset));
        }

        for (int i = 0; i < 5; i++)
        {
            Fill();
            database.Write(batch, sync);
        }

        disk.Fill();
        StateDatabaseException full = Assert.Throws<StateDatabaseException>(() =>
        {
            for (int i = 0; i < 1_000; i++)
            {
                Fill();
                database.Write(batch, sync);
            }
        });
        Assert.True(full.IsDiskFull, full.Message);
        long written = offset - 2;

        // As long as there is no room it stays so, and what was written can be read.
        for (int i = 0; i < 3; i++)
        {
            Assert.True(Assert.Throws<StateDatabaseException>(() => database.Write(batch, sync)).IsDiskFull);
            await AssertHoldsAsync(database, written);
        }

        disk.MakeRoom();
        database.Write(batch, sync);
        await AssertHoldsAsync(database, offset);
        database.Write(batch, sync);
        Fill();
        database.Write(batch, sync);
        await AssertHoldsAsync(database, offset);
        await database.DisposeAsync();

        await using RocksDbDatabase again = new(options);
        again.Open();
        await AssertHoldsAsync(again, offset);
    }

    [Fact]
    public async Task Deleting_goes_on_once_there_is_room()
    {
        using TemporaryFileSystem disk = new(64);
        RocksDbOptions options = new() { Folder = Path.Combine(disk.Folder, "db"), WriteBufferMegabytes = 2, MaximumWriteAheadLogMegabytes = 4, Compression = false };
        await using RocksDbDatabase database = new(options);
        database.Open();
        using StateBatch batch = database.CreateBatch();
        for (long offset = 1; offset <= 100; offset++)
        {
            batch.Append(Message(offset, 50_000));
        }

        database.Write(batch, sync: true);
        disk.Fill();
        using StateBatch large = database.CreateBatch();
        large.Put("large"u8, new byte[3_000_000]);
        Assert.Throws<StateDatabaseException>(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                database.Write(large, sync: true);
            }
        });
        await Assert.ThrowsAsync<StateDatabaseException>(async () => await database.Messages.DeleteLogAsync(99));

        disk.MakeRoom();
        await database.Messages.DeleteLogAsync(99);

        Assert.Equal([100], (await database.Messages.ReadLogAsync(0, null, 10)).Messages.Select(m => m.Offset));
        Assert.Equal(1, (await database.Messages.GetQueue("t").GetSummaryAsync()).Count);
    }

    private static async Task AssertHoldsAsync(RocksDbDatabase database, long last)
    {
        long next = 0;
        for (LogPage page = await database.Messages.ReadLogAsync(0, null, 1_000); page.Messages.Count > 0; page = await database.Messages.ReadLogAsync(page.Next, null, 1_000))
        {
            Assert.All(page.Messages, m => Assert.Equal(++next, m.Offset));
        }

        Assert.Equal(last, next);
        Assert.Equal(last, await database.Messages.GetLastOffsetAsync());
        Assert.Equal(last, (await database.Messages.GetQueue("t").GetSummaryAsync()).Count);
        Assert.Equal(BitConverter.GetBytes(last), database.Get("applied"u8)!);
    }

    private static StoredMessage Message(long offset, int payload)
    {
        byte[] bytes = new byte[payload];
        new Random((int)offset).NextBytes(bytes);
        return new StoredMessage { Offset = offset, Topic = "t", TimestampMs = offset, Payload = bytes };
    }
}
