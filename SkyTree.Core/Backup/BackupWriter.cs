using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;
using SkyTree.Core.Messages;
using SkyTree.Core.Messages.Migration;
using SkyTree.Core.Replication;

namespace SkyTree.Core.Backup;

/// <summary>
/// Writes a backup that is consistent to one offset: a checkpoint of the embedded database and, of an external store,
/// the messages that had left the database by then. A message that was on its way is taken from the database only.
/// </summary>
internal sealed class BackupWriter
{
    private const string WorkPrefix = ".backup-";

    private readonly BackupSource _source;
    private readonly TimeProvider _time;
    private readonly IProgress<BackupProgress> _progress;
    private readonly List<BackupEntry> _entries = [];
    private BackupProgress _now;

    private BackupWriter(BackupSource source, TimeProvider time, IProgress<BackupProgress> progress)
    {
        _source = source;
        _time = time;
        _progress = progress;
    }

    /// <summary>Writes a backup.</summary>
    /// <param name="source">What it is made of. One backup at a time.</param>
    /// <param name="destination">Where it goes; only written, from its position on.</param>
    /// <param name="time">The clock.</param>
    /// <param name="progress">Is told often.</param>
    /// <param name="cancellationToken">Gives up; what has been written is then of no use.</param>
    /// <exception cref="IOException">A file or a store failed, or messages are moving to another store.</exception>
    public static async Task<BackupManifest> WriteAsync(
        BackupSource source, Stream destination, TimeProvider time, IProgress<BackupProgress> progress, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(progress);
        if (!source.Database.IsDurable)
        {
            throw new IOException("The store Memory keeps nothing on disk: there is nothing to back up.");
        }

        RemoveLeftovers(source.Folder);
        string copy = Path.Combine(source.Folder, WorkPrefix + Path.GetRandomFileName());
        try
        {
            return await new BackupWriter(source, time, progress).WriteAsync(copy, destination, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Remove(copy);
        }
    }

    /// <summary>Removes what a backup left behind whose process was ended. Only while none is made in this folder.</summary>
    /// <param name="folder">The folder of the backups' copies.</param>
    public static void RemoveLeftovers(string folder)
    {
        foreach (string leftover in Directory.EnumerateDirectories(folder, WorkPrefix + "*"))
        {
            Remove(leftover);
        }
    }

    private static void Remove(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task<BackupManifest> WriteAsync(string copy, Stream destination, CancellationToken cancellationToken)
    {
        DateTimeOffset createdAt = _time.GetUtcNow();
        long externalLast = _source.External is { } store ? await store.GetLastOffsetAsync(cancellationToken).ConfigureAwait(false) : 0;
        await Task.Run(() => _source.Database.CreateCheckpoint(copy), cancellationToken).ConfigureAwait(false);
        StateSummary state = await LookIntoAsync(copy, cancellationToken).ConfigureAwait(false);

        // An embedded log that never held a message says nothing of how far the external store had come.
        long last = state.LastOffset == 0 ? externalLast : state.LastOffset;
        long boundary = state.FirstOffset > 0 ? state.FirstOffset - 1 : last;
        using HashingStream hashed = new(destination);
        long exported = 0;
        BackupManifest manifest;
        GZipStream compressed = new(hashed, CompressionLevel.Fastest, leaveOpen: true);
        await using (compressed.ConfigureAwait(false))
        {
            TarWriter archive = new(compressed, TarEntryFormat.Pax, leaveOpen: true);
            await using (archive.ConfigureAwait(false))
            {
                await WriteStateAsync(archive, copy, cancellationToken).ConfigureAwait(false);
                if (_source.External is { } external)
                {
                    exported = await WriteMessagesAsync(archive, external, boundary, cancellationToken).ConfigureAwait(false);
                }

                manifest = new BackupManifest
                {
                    Format = BackupManifest.CurrentFormat,
                    ProductVersion = _source.ProductVersion,
                    CreatedAt = createdAt,
                    Store = _source.StoreName,
                    LastOffset = last,
                    StateRecords = state.Records,
                    Sessions = state.Sessions,
                    EmbeddedMessages = state.Messages,
                    ExportedMessages = exported,
                    Entries = [.. _entries],
                };
                using MemoryStream json = new(JsonSerializer.SerializeToUtf8Bytes(manifest, BackupJson.Default.BackupManifest));
                await archive.WriteEntryAsync(NewEntry(BackupLayout.Manifest, json, createdAt), cancellationToken).ConfigureAwait(false);
            }
        }

        await destination.WriteAsync(BackupTrailer.Create(hashed.GetHash()), cancellationToken).ConfigureAwait(false);
        await destination.FlushAsync(cancellationToken).ConfigureAwait(false);
        return manifest;
    }

    /// <summary>Opens the copy, which shows that it can be opened, and counts what is in it.</summary>
    private async Task<StateSummary> LookIntoAsync(string copy, CancellationToken cancellationToken)
    {
        StateDatabase database = _source.CreateDatabase(copy);
        await using (database.ConfigureAwait(false))
        {
            await Task.Run(database.Open, cancellationToken).ConfigureAwait(false);
            if (StoreRecord.Read(database) is { MovingTo.Length: > 0 } moving)
            {
                throw new IOException($"Messages are moving from {moving.Store} to {moving.MovingTo}; make the backup when they are there.");
            }

            return await StateSummary.CountAsync(database, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task WriteStateAsync(TarWriter archive, string copy, CancellationToken cancellationToken)
    {
        FileInfo[] files = [.. new DirectoryInfo(copy).GetFiles().Where(f => BackupLayout.IsData(f.Name)).OrderBy(f => f.Name, StringComparer.Ordinal)];
        _now = _now with { TotalBytes = files.Sum(f => f.Length) };
        foreach (FileInfo file in files)
        {
            FileStream content = file.OpenRead();
            await using (content.ConfigureAwait(false))
            {
                await WriteAsync(archive, $"{BackupLayout.StateFolder}/{file.Name}", content, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<long> WriteMessagesAsync(TarWriter archive, MessageStore store, long boundary, CancellationToken cancellationToken)
    {
        _now = _now with { TotalMessages = await MessageCopy.CountAsync(store, cancellationToken).ConfigureAwait(false) };
        long after = 0;
        for (int piece = 1; ; piece++)
        {
            List<StoredMessage> page = await MessageCopy.ReadPageAsync(store, after, boundary, cancellationToken).ConfigureAwait(false);
            if (page.Count == 0)
            {
                return _now.Messages;
            }

            byte[] records = MessageRecords.Write(page);
            using MemoryStream content = new(records);
            _now = _now with { TotalBytes = _now.TotalBytes + records.Length, Messages = _now.Messages + page.Count };
            await WriteAsync(archive, $"{BackupLayout.MessagesFolder}/{piece:D8}", content, cancellationToken).ConfigureAwait(false);
            after = page[^1].Offset;
        }
    }

    private async Task WriteAsync(TarWriter archive, string name, Stream content, CancellationToken cancellationToken)
    {
        using HashingStream hashed = new(content, count =>
        {
            _now = _now with { Bytes = _now.Bytes + count };
            _progress.Report(_now);
        });
        long size = content.Length;
        await archive.WriteEntryAsync(NewEntry(name, hashed, _time.GetUtcNow()), cancellationToken).ConfigureAwait(false);
        _entries.Add(new BackupEntry(name, size, Convert.ToHexStringLower(hashed.GetHash())));
    }

    private static PaxTarEntry NewEntry(string name, Stream content, DateTimeOffset time) => new(TarEntryType.RegularFile, name)
    {
        DataStream = content,
        ModificationTime = time,
        Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
    };
}
