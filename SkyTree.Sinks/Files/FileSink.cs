using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace SkyTree.Sinks.Files;

/// <summary>
/// Appends messages to files, each a line of JSON (NDJSON). A batch is on the disk before it is acknowledged. Files are named
/// <c>{number}-{time of the first line}.ndjson</c>, so that their names are in order; the last one is being written.
/// </summary>
internal sealed class FileSink : ISink
{
    private const string Extension = ".ndjson";
    private const string TimeFormat = "yyyyMMdd'T'HHmmss'Z'";
    private const int TailBytes = 64 * 1024;

    private readonly FileSinkOptions _options;
    private readonly TimeProvider _time;
    private readonly ArrayBufferWriter<byte> _lines = new();
    private FileStream? _file; // null: none is open
    private long _length; // of the whole lines in it
    private long _number; // of the file that is or was open
    private DateOnly _day; // of its first line

    /// <summary>Creates one. Nothing is opened yet.</summary>
    /// <param name="options">Its options, with a folder.</param>
    /// <param name="time">The clock.</param>
    public FileSink(FileSinkOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(options.Folder);
        _options = options;
        _time = time;
    }

    /// <inheritdoc/>
    public string Target => Path.GetFullPath(_options.Folder);

    /// <inheritdoc/>
    public async ValueTask WriteAsync(SinkBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        Encode(batch);
        FileStream file = _file ?? Open();
        if (_length > 0 && MustRotate())
        {
            file = await RotateAsync().ConfigureAwait(false);
        }

        try
        {
            file.Position = _length; // behind whole lines, whatever became of the last attempt
            await file.WriteAsync(_lines.WrittenMemory, cancellationToken).ConfigureAwait(false);
            file.Flush(flushToDisk: true);
        }
        catch
        {
            await AbandonAsync().ConfigureAwait(false);
            throw;
        }

        _length += _lines.WrittenCount;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _file?.DisposeAsync() ?? default;

    private void Encode(SinkBatch batch)
    {
        _lines.ResetWrittenCount();
        using Utf8JsonWriter json = SinkMessageJson.CreateWriter(_lines);
        foreach (SinkMessage message in batch.Messages)
        {
            SinkMessageJson.Write(json, message);
            json.Flush();
            json.Reset();
            _lines.Write("\n"u8);
        }
    }

    private bool MustRotate() =>
        _length + _lines.WrittenCount > _options.MaximumMegabytes * 1024L * 1024L || (_options.Daily && _day != Today);

    private DateOnly Today => DateOnly.FromDateTime(_time.GetUtcNow().UtcDateTime);

    private FileStream Open()
    {
        Directory.CreateDirectory(_options.Folder);
        if (Existing() is not [.., (string last, long number, DateOnly day)])
        {
            return Create();
        }

        (_number, _day) = (number, day);
        var file = new FileStream(last, FileMode.Open, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        try
        {
            _length = EndOfLines(file);
            file.SetLength(_length); // what a crash has left of a line; its message comes again
            return _file = file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private FileStream Create()
    {
        DateTimeOffset now = _time.GetUtcNow();
        _number++;
        _day = DateOnly.FromDateTime(now.UtcDateTime);
        _length = 0;
        string name = string.Create(CultureInfo.InvariantCulture, $"{_number:D8}-{now.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture)}{Extension}");
        return _file = new FileStream(Path.Combine(_options.Folder, name), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
    }

    private async ValueTask<FileStream> RotateAsync()
    {
        FileStream before = _file!;
        _file = null;
        await before.DisposeAsync().ConfigureAwait(false);
        FileStream file = Create();
        List<(string Path, long, DateOnly)> all = Existing();
        foreach ((string path, _, _) in _options.KeepFiles == 0 ? [] : all.Take(all.Count - _options.KeepFiles))
        {
            File.Delete(path);
        }

        return file;
    }

    // The next attempt opens it anew, and cuts off what this one has left.
    private async ValueTask AbandonAsync()
    {
        FileStream file = _file!;
        _file = null;
        try
        {
            file.SetLength(_length);
        }
        catch (IOException)
        {
            // As a full disk may have it; what is left is cut off when it is opened.
        }

        await file.DisposeAsync().ConfigureAwait(false);
    }

    private List<(string Path, long Number, DateOnly Day)> Existing()
    {
        var files = new List<(string Path, long Number, DateOnly Day)>();
        foreach (string path in Directory.EnumerateFiles(_options.Folder, "*" + Extension))
        {
            if (Path.GetFileNameWithoutExtension(path).Split('-') is [{ } number, { } time]
                && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long parsed)
                && DateTime.TryParseExact(time, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal, out DateTime at))
            {
                files.Add((path, parsed, DateOnly.FromDateTime(at)));
            }
        }

        files.Sort((one, other) => one.Number.CompareTo(other.Number));
        return files;
    }

    /// <summary>The length of a file up to and with its last line feed.</summary>
    private static long EndOfLines(FileStream file)
    {
        byte[] tail = new byte[TailBytes];
        for (long end = file.Length; end > 0;)
        {
            int count = (int)Math.Min(end, tail.Length);
            file.Position = end - count;
            file.ReadExactly(tail, 0, count);
            int feed = tail.AsSpan(0, count).LastIndexOf((byte)'\n');
            if (feed >= 0)
            {
                return end - count + feed + 1;
            }

            end -= count;
        }

        return 0;
    }
}
