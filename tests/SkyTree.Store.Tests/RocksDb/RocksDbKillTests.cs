using System.Diagnostics;
using System.Globalization;
using System.Text;
using SkyTree.Core.Messages;
using SkyTree.Core.Replication;
using SkyTree.Store.RocksDb;
using Xunit;

namespace SkyTree.Store.Tests.RocksDb;

/// <summary>A process that writes is killed; what it had been told was written is there, and nothing has a gap.</summary>
public sealed class RocksDbKillTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("skytree-kill-").FullName;

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

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Runs the writer and kills it when it has written so many batches.</summary>
    /// <returns>The last batch and offset that it said were written.</returns>
    private async Task<(long Batch, long Offset)> WriteUntilKilledAsync(string mode, int batches)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "SkyTree.Store.Writer");
        using Process writer = Process.Start(new ProcessStartInfo(program, [_folder, mode]) { RedirectStandardOutput = true })!;
        using CancellationTokenSource deadline = new(TimeSpan.FromMinutes(2));
        string? last = null;
        try
        {
            for (int i = 0; i < batches && await writer.StandardOutput.ReadLineAsync(deadline.Token) is { } line; i++)
            {
                last = line;
            }
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

        Assert.Equal(last, next);
        Assert.Equal(found, (await database.Messages.ReadLogAsync(last - 1, null, 1)).Messages.Single().TimestampMs);
        IReadOnlyList<TopicSummary> topics = await database.Messages.ListTopicsAsync(null, null, 100);
        Assert.Equal(last, topics.Sum(t => t.Count));
        Assert.Equal(last * 2_000, topics.Sum(t => t.Bytes));
    }
}
