using System.Text;
using Microsoft.Extensions.Logging;
using SkyTree.Core.Messages;
using SkyTree.Core.Replication;
using SkyTree.Store.RocksDb;
using Xunit;

namespace SkyTree.Store.Tests.RocksDb;

/// <summary>
/// Files are damaged as disks and crashes damage them. A torn end is cut off and logged; anything else is reported when
/// it is opened or read, and never served.
/// </summary>
public sealed class RocksDbDamageTests : IAsyncDisposable
{
    private const int Batches = 200;

    private readonly string _place = Directory.CreateTempSubdirectory("skytree-damage-").FullName;
    private readonly RecordingLogger _logger = new();
    private int _copies;

    [Fact]
    public async Task A_log_cut_anywhere_in_its_last_block_opens_with_the_whole_batches_before_the_cut()
    {
        string whole = await MakeAsync();
        long size = LogOf(whole).Length;
        List<int> found = [];
        for (long length = size - 1; length > size - 3_000; length -= 97)
        {
            string copy = Copy(whole);
            Truncate(LogOf(copy), length);
            found.Add(await CountBatchesAsync(copy));
        }

        Assert.Equal(found.OrderDescending(), found);
        Assert.Equal(Batches - 1, found[0]);
        Assert.InRange(found[^1], 1, Batches - 2);
        Assert.Contains(_logger.Messages, m => m.Contains("cut off", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_batch_of_which_pages_never_reached_the_disk_is_cut_off()
    {
        string whole = await MakeAsync(lastPayload: 100_000);
        FileInfo log = LogOf(whole);
        foreach (long end in (long[])[log.Length, log.Length + 50_000])
        {
            foreach (long zerosFrom in (long[])[log.Length - 90_000, log.Length - 40_960, log.Length - 512])
            {
                string copy = Copy(whole);
                Truncate(LogOf(copy), zerosFrom);
                Truncate(LogOf(copy), end); // zeros up to there
                Assert.Equal(Batches - 1, await CountBatchesAsync(copy));
            }
        }
    }

    [Fact]
    public async Task A_flipped_bit_anywhere_in_the_write_ahead_log_is_reported_when_it_is_opened()
    {
        string whole = await MakeAsync();
        long size = LogOf(whole).Length;
        int seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        Random random = new(seed);

        // In the last block every byte of some records, headers above all; elsewhere at random.
        IEnumerable<long> places = Enumerable.Range(1, 700).Select(back => size - back).Concat(Enumerable.Range(0, 100).Select(_ => random.NextInt64(size)));
        foreach (long place in places)
        {
            string copy = Copy(whole);
            int bit = random.Next(8);
            Flip(LogOf(copy).FullName, place, bit);
            if (await TryOpenAsync(copy) is not { } exception)
            {
                Assert.Fail($"bit {bit} of byte {place} of {size} was flipped, and nobody noticed");
                return;
            }

            Assert.Contains("is damaged", exception.Message, StringComparison.Ordinal);
            Assert.Contains(copy, exception.Message, StringComparison.Ordinal);
            Assert.Contains("SalvageDamagedLog", exception.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.5)]
    [InlineData(0.999)]
    public async Task A_damaged_log_is_salvaged_up_to_the_damage_when_asked(double part)
    {
        string folder = await MakeAsync();
        Flip(LogOf(folder).FullName, 20 + (long)(LogOf(folder).Length * part * 0.99), 3);
        Assert.NotNull(await TryOpenAsync(folder));
        _logger.Messages.Clear();

        int salvaged = await CountBatchesAsync(folder, salvage: true);

        Assert.InRange(salvaged, (int)(Batches * part * 0.95) - 2, (Batches * part) + 1);
        Assert.Contains(_logger.Messages, m => m.Contains("is damaged at byte", StringComparison.Ordinal));
        Assert.Contains(_logger.Messages, m => m.Contains($"salvaged up to offset {2 * salvaged}", StringComparison.Ordinal));
        Assert.Equal(salvaged, await CountBatchesAsync(folder)); // and is whole from then on
    }

    [Fact]
    public async Task A_damaged_log_is_salvaged_although_later_batches_are_in_table_files()
    {
        string folder = await MakeAsync(batches: 3_000, bufferMegabytes: 1, payload: 1_000);
        FileInfo log = LogOf(folder);
        Flip(log.FullName, log.Length / 2, 0);
        Assert.NotNull(await TryOpenAsync(folder));

        int salvaged = await CountBatchesAsync(folder, salvage: true);

        Assert.InRange(salvaged, 1, 2_999);
    }

    [Fact]
    public async Task A_flipped_bit_in_a_table_file_is_reported_and_what_it_hit_is_not_served()
    {
        string whole = await MakeAsync(batches: 3_000, bufferMegabytes: 1, payload: 1_000);
        FileInfo[] tables = [.. new DirectoryInfo(whole).EnumerateFiles("*.sst")];
        Assert.NotEmpty(tables);
        foreach (FileInfo table in tables.OrderByDescending(t => t.Length).Take(3))
        {
            string copy = Copy(whole);
            Flip(Path.Combine(copy, table.Name), table.Length / 2, 5);
            Exception? exception = await TryOpenAsync(copy);
            if (exception is null)
            {
                await using RocksDbDatabase database = Create(copy);
                database.Open();
                exception = await Assert.ThrowsAnyAsync<IOException>(() => ReadEverythingAsync(database));
                await AssertLogEndsNowhereElseAsync(database, last: 6_000);
            }

            Assert.Contains("damaged", exception.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("*.sst")]
    [InlineData("MANIFEST-*")]
    [InlineData("CURRENT")]
    public async Task A_missing_file_is_reported_when_it_is_opened(string pattern)
    {
        string folder = await MakeAsync(batches: 3_000, bufferMegabytes: 1, payload: 1_000);
        new DirectoryInfo(folder).EnumerateFiles(pattern).OrderByDescending(f => f.Length).First().Delete();
        Assert.NotNull(await TryOpenAsync(folder));
    }

    [Fact]
    public async Task A_record_that_belongs_to_another_offset_is_not_served()
    {
        string folder = await MakeAsync();
        await using RocksDbDatabase database = Create(folder);
        database.Open();
        byte[] record = StoredMessageFormat.ToArray(new StoredMessage { Offset = 4, Topic = "t/0", TimestampMs = 1 });
        database.Write(sync: true, record, static (writer, bytes, opened) => writer.PutRecord(3, bytes, opened));

        await Assert.ThrowsAsync<InvalidDataException>(async () => await database.Messages.ReadLogAsync(2, null, 1));
        await Assert.ThrowsAsync<InvalidDataException>(async () => await database.Messages.ReadLogAsync(2, _ => false, 1));
        await Assert.ThrowsAsync<InvalidDataException>(async () => await database.Messages.GetQueue("t/2").ReadByOffsetAsync(0, 1_000));
        Assert.Single((await database.Messages.ReadLogAsync(3, null, 1)).Messages);
    }

    public async ValueTask DisposeAsync()
    {
        await Task.Yield();
        Directory.Delete(_place, recursive: true);
    }

    /// <summary>Makes a database whose batches hold their number and two messages each; closing it leaves the write-ahead log as it is.</summary>
    private async Task<string> MakeAsync(int batches = Batches, int bufferMegabytes = 64, int payload = 20, int? lastPayload = null)
    {
        string folder = Path.Combine(_place, $"made{_copies++}");
        await using RocksDbDatabase database = new(new RocksDbOptions { Folder = folder, WriteBufferMegabytes = bufferMegabytes });
        database.Open();
        using StateBatch batch = database.CreateBatch();
        for (int i = 1; i <= batches; i++)
        {
            batch.Clear();
            int size = i == batches ? lastPayload ?? payload : payload;
            batch.Append(new StoredMessage { Offset = (2 * i) - 1, Topic = $"t/{i % 3}", TimestampMs = i, Payload = Bytes(i, size) });
            batch.Append(new StoredMessage { Offset = 2 * i, Topic = $"t/{i % 5}", TimestampMs = i, Payload = Bytes(-i, size) });
            batch.Put("batch"u8, BitConverter.GetBytes(i));
            batch.Put(Encoding.UTF8.GetBytes($"key/{i}"), BitConverter.GetBytes(i));
            database.Write(batch, sync: i == batches);
        }

        return folder;
    }

    private static byte[] Bytes(int seed, int length)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private async Task<StateDatabaseException?> TryOpenAsync(string folder)
    {
        await using RocksDbDatabase database = Create(folder);
        try
        {
            database.Open();
            return null;
        }
        catch (StateDatabaseException exception)
        {
            return exception;
        }
    }

    /// <summary>Opens it, checks that whole batches are there and nothing else, and counts them.</summary>
    private async Task<int> CountBatchesAsync(string folder, bool salvage = false)
    {
        await using RocksDbDatabase database = Create(folder, salvage);
        database.Open();
        int batches = database.Get("batch"u8) is { } last ? BitConverter.ToInt32(last) : 0;
        Assert.Equal(2 * batches, await ReadEverythingAsync(database));
        Assert.Equal(2 * batches, await database.Messages.GetLastOffsetAsync());
        Assert.Equal(2 * batches, (await database.Messages.ListTopicsAsync(null, null, 100)).Sum(t => t.Count));
        int keys = 0;
        database.Read("key/"u8, (_, _) => ++keys > 0);
        Assert.Equal(batches, keys);
        return batches;
    }

    private static async Task<int> ReadEverythingAsync(RocksDbDatabase database)
    {
        int next = 0;
        for (LogPage page = await database.Messages.ReadLogAsync(0, null, 1_000); page.Messages.Count > 0; page = await database.Messages.ReadLogAsync(page.Next, null, 1_000))
        {
            Assert.All(page.Messages, m => Assert.Equal(++next, m.Offset));
        }

        foreach (TopicSummary topic in await database.Messages.ListTopicsAsync(null, null, 100))
        {
            long after = 0;
            while (await database.Messages.GetQueue(topic.Topic).ReadByOffsetAsync(after, 1_000) is { Count: > 0 } page)
            {
                after = page[^1].Offset;
            }

            Assert.Equal(topic.LastOffset, after);
        }

        database.Read(default, (_, _) => true);
        return next;
    }

    /// <summary>Reading the log comes to its last message or to an exception, never to an end before it.</summary>
    private static async Task AssertLogEndsNowhereElseAsync(RocksDbDatabase database, long last)
    {
        LogPage page = default;
        try
        {
            do
            {
                page = await database.Messages.ReadLogAsync(page.Next, null, 1_000);
            }
            while (page.Messages.Count > 0);
        }
        catch (StateDatabaseException)
        {
            return;
        }

        Assert.Equal(last, page.Next);
    }

    private RocksDbDatabase Create(string folder, bool salvage = false) =>
        new(new RocksDbOptions { Folder = folder, SalvageDamagedLog = salvage }, _logger);

    private string Copy(string folder)
    {
        string copy = Path.Combine(_place, $"copy{_copies++}");
        Directory.CreateDirectory(copy);
        foreach (string file in Directory.EnumerateFiles(folder))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        return copy;
    }

    private static FileInfo LogOf(string folder) => new DirectoryInfo(folder).EnumerateFiles("*.log").Where(f => f.Length > 0).MaxBy(f => f.Name)!;

    private static void Truncate(FileInfo file, long length)
    {
        using FileStream stream = file.OpenWrite();
        stream.SetLength(length);
    }

    private static void Flip(string file, long place, int bit)
    {
        using FileStream stream = File.Open(file, FileMode.Open);
        stream.Position = place;
        int value = stream.ReadByte();
        stream.Position = place;
        stream.WriteByte((byte)(value ^ (1 << bit)));
    }

    private sealed class RecordingLogger : ILogger<RocksDbDatabase>
    {
        public List<string> Messages { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Messages.Add(formatter(state, exception));
    }
}
