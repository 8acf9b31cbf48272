using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using SkyTree.Sinks.Files;
using SkyTree.Sinks.Tests.Harness;
using Xunit;

namespace SkyTree.Sinks.Tests;

/// <summary>Files of lines.</summary>
public sealed class FileSinkTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("skytree-file-sink-").FullName;
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 1, 1, 23, 59, 0, TimeSpan.Zero));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_a_crash_has_left_of_a_line_is_cut_off()
    {
        await WriteAsync(0, 3);
        string file = Assert.Single(Files());
        await File.AppendAllTextAsync(file, "{\"id\":\"torn\",\"topic\":\"a");
        await WriteAsync(3, 5);
        Assert.Equal(["0", "1", "2", "3", "4"], Read().Select(message => message.Payload));

        // One that has nothing but a torn line.
        await File.WriteAllTextAsync(file, new string('x', 200_000));
        await WriteAsync(5, 6);
        Assert.Equal(["5"], Read().Select(message => message.Payload));
    }

    [Fact]
    public async Task A_file_that_is_large_enough_is_left_and_so_many_are_kept()
    {
        FileSinkOptions options = new() { Folder = _folder, MaximumMegabytes = 1, KeepFiles = 2 };
        string large = new('x', 400_000);
        await using FileSink sink = new(options, _time);
        for (int i = 0; i < 9; i++)
        {
            await sink.WriteAsync(Batch(string.Create(CultureInfo.InvariantCulture, $"{i}{large}")), TestContext.Current.CancellationToken);
        }

        Assert.Equal(["00000004-20300101T235900Z.ndjson", "00000005-20300101T235900Z.ndjson"], Files().Select(Path.GetFileName));
        Assert.Equal(["6", "7", "8"], Read().Select(message => message.Payload![..1]));
    }

    [Fact]
    public async Task Each_day_begins_a_file_if_it_is_to()
    {
        await WriteAsync(0, 1);
        _time.Advance(TimeSpan.FromMinutes(2));
        await WriteAsync(1, 2);
        Assert.Equal(["00000001-20300101T235900Z.ndjson", "00000002-20300102T000100Z.ndjson"], Files().Select(Path.GetFileName));
        _time.Advance(TimeSpan.FromDays(3));
        await WriteAsync(2, 3, new FileSinkOptions { Daily = false });
        Assert.Equal(2, Files().Length);
        Assert.Equal(["0", "1", "2"], Read().Select(message => message.Payload));
    }

    [Fact]
    public async Task Other_files_in_the_folder_are_left_alone()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "notes.ndjson"), "not ours");
        await WriteAsync(0, 1);
        Assert.Equal("not ours", await File.ReadAllTextAsync(Path.Combine(_folder, "notes.ndjson")));
        Assert.Equal(2, Files().Length);
    }

    [Fact]
    public async Task An_attempt_that_was_broken_off_leaves_nothing()
    {
        await using FileSink sink = new(new FileSinkOptions { Folder = _folder }, _time);
        await sink.WriteAsync(Batch("0"), TestContext.Current.CancellationToken);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await sink.WriteAsync(Batch("lost"), new CancellationToken(canceled: true)));
        await sink.WriteAsync(Batch("1"), TestContext.Current.CancellationToken);
        Assert.Equal(["0", "1"], Read().Select(message => message.Payload));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_made_is_told_and_tried_again()
    {
        string path = Path.Combine(_folder, "taken");
        await File.WriteAllTextAsync(path, "");
        await using SinkBroker broker = await SinkBroker.StartAsync(SinkDefinition.Of(
            "file", new SinkOptions { Kind = SinkKind.File, Filters = ["a"], RetryMilliseconds = 10, RetryMaximumSeconds = 1, File = new FileSinkOptions { Folder = path } }, "", TimeProvider.System));
        await broker.PublishAsync(["a"], 0, 2);
        await broker.UntilAsync("file", status => status is { State: SinkState.Retrying, LastError: not null });
        File.Delete(path);
        await broker.UntilAsync("file", status => status is { State: SinkState.Running, Written: 2 });
    }

    private static SinkBatch Batch(params string[] payloads) =>
        new("file", [.. payloads.Select(payload => new SinkMessage { Topic = "a", Payload = Encoding.UTF8.GetBytes(payload) })]);

    private async Task WriteAsync(int from, int to, FileSinkOptions? options = null)
    {
        await using FileSink sink = new((options ?? new FileSinkOptions()) with { Folder = _folder }, _time);
        await sink.WriteAsync(Batch([.. Enumerable.Range(from, to - from).Select(i => i.ToString(CultureInfo.InvariantCulture))]), TestContext.Current.CancellationToken);
    }

    private string[] Files() => [.. Directory.GetFiles(_folder).Order(StringComparer.Ordinal)];

    private IEnumerable<Message> Read() => Files().SelectMany(File.ReadLines).Select(line => JsonSerializer.Deserialize<Message>(line, JsonSerializerOptions.Web)!);
}
