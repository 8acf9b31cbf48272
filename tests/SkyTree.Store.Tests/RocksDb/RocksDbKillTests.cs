using System.Diagnostics;
using System.Globalization;
using System.Text;
using SkyTree.Core.Messages;
using SkyTree.Core.Replication;
using SkyTree.Store.RocksDb;
using SkyTree.Store.RocksDb.Checkpoints;
using Xunit;

namespace SkyTree.Store.Tests.RocksDb;

/// <summary>A process that writes is killed; what it had been told was written is there, and nothing has a gap.</summary>
public sealed class RocksDbKillTests : IDisposable
{
    private const int Rounds = 15;
    private const int RoundsAtMost = 150;

    private readonly string _place = Directory.CreateTempSubdirectory("skytree-kill-").FullName;
    private readonly string _folder;

    public RocksDbKillTests() => _folder = Path.Combine(_place, "main");

    [Theory]
    [InlineData("sync")]
    [InlineData("nosync")]
    public async Task Nothing_that_was_acknowledged_is_missing_after_kill_9(string mode)
    {
        int seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        Random random = new(seed);
        for (int round = 0; round < 6; round++)
        {
            (long batch, long offset) = await WriteUntilKilledAsync(mode, random.Next(1, 4_000));
            await AssertWholeAsync(batch, offset);
        }
    }

    [Fact]
    public async Task A_replacement_is_whole_or_has_not_begun_after_kill_9()
    {
        int seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        Random random = new(seed);
        int completed = 0;
        int rounds = 0;
        for (; rounds < Rounds || (completed == 0 && rounds < RoundsAtMost); rounds++)
        {
            int microseconds = random.Next(random.Next(2) == 0 ? 200 : 10_000); // how long a replacement takes depends on the machine
            (long batch, long offset) = await WriteUntilKilledAsync("replace", random.Next(1, 6), () =>
            {
                // Two times in three once it is under way; else anywhere.
                string[] signs = [Path.Combine(_folder, Installation.ReplacingName), Path.Combine(_folder, Installation.ArrivingName)];
                _ = rounds % 3 == 0 || SpinWait.SpinUntil(() => Array.Exists(signs, Directory.Exists), TimeSpan.FromMinutes(1));
                long from = Stopwatch.GetTimestamp();
                SpinWait.SpinUntil(() => Stopwatch.GetElapsedTime(from).TotalMicroseconds >= microseconds);
            });
            completed += Directory.GetDirectories(_folder).Length;
            await AssertWholeAsync(batch, offset);
            Assert.Empty(Directory.GetDirectories(_folder));
        }

        Assert.True(completed > 0, "no replacement was under way when the writer was killed");
        TestContext.Current.TestOutputHelper?.WriteLine($"{completed} of {rounds} were completed at the next start");
    }

    public void Dispose() => Directory.Delete(_place, recursive: true);

    /// <summary>Runs the writer and kills it when it has said so many lines and a wait is over.</summary>
    /// <returns>The last batch and offset that it said were written.</returns>
    private async Task<(long Batch, long Offset)> WriteUntilKilledAsync(string mode, int lines, Action? wait = null)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "SkyTree.Store.Writer");
        using Process writer = Process.Start(new ProcessStartInfo(program, [_folder, mode]) { RedirectStandardOutput = true })!;
        using CancellationTokenSource deadline = new(TimeSpan.FromMinutes(2));
        string? last = null;
        try
        {
            for (int i = 0; i < lines && await writer.StandardOutput.ReadLineAsync(deadline.Token) is { } line; i++)
            {
                last = line;
            }

            wait?.Invoke();
            Assert.False(writer.HasExited, "the writer ended by itself");
        }
        finally
        {
            writer.Kill();
        }

        // What was said before it died counts, too; a line that was cut short does not.
        string rest = await writer.StandardOutput.ReadToEndAsync(deadline.Token);
        int end = rest.LastIndexOf('\n');
        if (end > 0)
        {
            last = rest[..end].Split('\n')[^1];
        }

        await writer.WaitForExitAsync(deadline.Token);
        long[] numbers = [.. (last ?? "0 0").Split(' ').Select(n => long.Parse(n, CultureInfo.InvariantCulture))];
        Assert.True(numbers[0] > 0, "the writer wrote nothing");
        return (numbers[0], numbers[1]);
    }

    private async Task AssertWholeAsync(long batch, long offset)
    {
        await using RocksDbDatabase database = new(new RocksDbOptions { Folder = _folder });
        database.Open();
        long found = long.Parse(Encoding.UTF8.GetString(database.Get("batch"u8)!), CultureInfo.InvariantCulture);
        long last = await database.Messages.GetLastOffsetAsync();
        Assert.True(found >= batch && last >= offset, $"batch {found} and offset {last} are the last, {batch} and {offset} had been acknowledged");

        long next = 0;
        for (LogPage page = await database.Messages.ReadLogAsync(0, null, 1_000); page.Messages.Count > 0; page = await database.Messages.ReadLogAsync(page.Next, null, 1_000))
        {
            foreach (StoredMessage message in page.Messages)
            {
                Assert.Equal(++next, message.Offset);
            }
        }

        if (database.Get("own"u8) is { } own)
        {
            Assert.Equal(found, long.Parse(Encoding.UTF8.GetString(own), CultureInfo.InvariantCulture));
        }

        Assert.Equal(last, next);
        Assert.Equal(found, (await database.Messages.ReadLogAsync(last - 1, null, 1)).Messages.Single().TimestampMs);
        IReadOnlyList<TopicSummary> topics = await database.Messages.ListTopicsAsync(null, null, 100);
        Assert.Equal(last, topics.Sum(t => t.Count));
        Assert.Equal(last * 2_000, topics.Sum(t => t.Bytes));
    }
}
