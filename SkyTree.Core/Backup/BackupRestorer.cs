using Microsoft.Extensions.Logging;
using SkyTree.Core.Messages;
using SkyTree.Core.Messages.Migration;
using SkyTree.Core.Replication;

namespace SkyTree.Core.Backup;

/// <summary>Puts a backup in place: sessions into a data folder, messages into any store.</summary>
internal sealed class BackupRestorer
{
    private const string WorkFolder = ".restore";

    private static readonly TimeSpan s_step = TimeSpan.FromMilliseconds(50);

    private readonly RestoreTarget _target;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly IProgress<BackupProgress> _progress;

    private BackupRestorer(RestoreTarget target, TimeProvider time, ILogger logger, IProgress<BackupProgress> progress)
    {
        _target = target;
        _time = time;
        _logger = logger;
        _progress = progress;
    }

    /// <summary>Restores a backup. After a failure the folder is as it was before.</summary>
    /// <param name="file">The backup.</param>
    /// <param name="target">Where to.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Is told of faults.</param>
    /// <param name="progress">Is told often.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="InvalidDataException">The file is damaged or not a backup.</exception>
    /// <exception cref="IOException">The folder is not empty, the store has held messages, or one of them fails.</exception>
    public static async Task<BackupManifest> RestoreAsync(
        string file, RestoreTarget target, TimeProvider time, ILogger logger, IProgress<BackupProgress> progress, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(progress);
        string folder = target.Folder;
        bool existed = Directory.Exists(folder);
        if (existed && Directory.EnumerateFileSystemEntries(folder).Any(entry => Path.GetFileName(entry) != WorkFolder))
        {
            throw new IOException($"The folder '{folder}' is not empty. A backup is restored into an empty or a new folder only.");
        }

        try
        {
            BackupRestorer restorer = new(target, time, logger, progress);
            return await restorer.RestoreAsync(file, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            Clear(folder, existed);
            throw;
        }
    }

    private static void Clear(string folder, bool keep)
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        if (!keep)
        {
            Directory.Delete(folder, recursive: true);
            return;
        }

        foreach (string file in Directory.EnumerateFiles(folder))
        {
            File.Delete(file);
        }

        foreach (string inner in Directory.EnumerateDirectories(folder))
        {
            Directory.Delete(inner, recursive: true);
        }
    }

    private async Task<BackupManifest> RestoreAsync(string file, CancellationToken cancellationToken)
    {
        string work = Path.Combine(_target.Folder, WorkFolder);
        if (Directory.Exists(work))
        {
            Directory.Delete(work, recursive: true); // of a restore whose process was ended
        }

        BackupManifest manifest = await BackupReader.ExtractAsync(file, work, _progress, cancellationToken).ConfigureAwait(false);
        string state = Path.Combine(work, BackupLayout.StateFolder);
        StateDatabase database = _target.CreateDatabase(state);
        await using (database.ConfigureAwait(false))
        {
            await Task.Run(database.Open, cancellationToken).ConfigureAwait(false);
            Require(await StateSummary.CountAsync(database, cancellationToken).ConfigureAwait(false), manifest);
            new StoreRecord(_target.StoreName, _target.External is null).Write(database);
            string[] pieces = [.. Directory.GetFiles(Path.Combine(work, BackupLayout.MessagesFolder)).Order(StringComparer.Ordinal)];
            if (_target.External is { } external)
            {
                await FillAsync(external, database, pieces, manifest, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await FillAsync(database, pieces, manifest, cancellationToken).ConfigureAwait(false);
            }
        }

        Directory.Move(state, Path.Combine(_target.Folder, _target.StateFolder));
        Directory.Delete(work, recursive: true);
        FolderSync.Flush(Path.Combine(_target.Folder, _target.StateFolder));
        FolderSync.Flush(_target.Folder);
        return manifest;
    }

    private async Task FillAsync(StateDatabase database, string[] pieces, BackupManifest manifest, CancellationToken cancellationToken)
    {
        await ForEachAsync(
            pieces,
            manifest,
            async page => await Task.Run(() => database.Backfill(page), cancellationToken).ConfigureAwait(false),
            cancellationToken).ConfigureAwait(false);
        Require(await MessageCopy.CountAsync(database.Messages, cancellationToken).ConfigureAwait(false), manifest);
    }

    /// <summary>What the database had given away, then what is still in it: that takes the way that it takes in a broker.</summary>
    private async Task FillAsync(MessageStore external, StateDatabase database, string[] pieces, BackupManifest manifest, CancellationToken cancellationToken)
    {
        OutboxMessageStore outbox = new(database.Messages, external, new OutboxOptions(), _time, _logger);
        await using (outbox.ConfigureAwait(false))
        {
            await external.OpenAsync(cancellationToken).ConfigureAwait(false);
            await MessageCopy.RequireUnusedAsync(external, _target.StoreName, cancellationToken).ConfigureAwait(false);
            await ForEachAsync(pieces, manifest, async page => await external.AppendAsync(page, cancellationToken).ConfigureAwait(false), cancellationToken)
                .ConfigureAwait(false);
            outbox.MarkExternalOpen();
            await outbox.OpenAsync(cancellationToken).ConfigureAwait(false);
            while (outbox is not { PendingMessages: 0, IsConnected: true })
            {
                if (outbox.LastError is { } error)
                {
                    throw new IOException($"{_target.StoreName} does not take the messages: {error}");
                }

                await Task.Delay(s_step, _time, cancellationToken).ConfigureAwait(false);
            }

            Require(await MessageCopy.CountAsync(external, cancellationToken).ConfigureAwait(false), manifest);
        }
    }

    private async Task ForEachAsync(string[] pieces, BackupManifest manifest, Func<List<StoredMessage>, Task> put, CancellationToken cancellationToken)
    {
        long bytes = manifest.Entries.Sum(e => e.Bytes);
        long done = 0;
        foreach (string piece in pieces)
        {
            List<StoredMessage> page = MessageRecords.Read(await File.ReadAllBytesAsync(piece, cancellationToken).ConfigureAwait(false));
            await put(page).ConfigureAwait(false);
            done += page.Count;
            _progress.Report(new BackupProgress(bytes, bytes, done, manifest.ExportedMessages));
        }
    }

    private static void Require(StateSummary found, BackupManifest manifest)
    {
        if (found.Records != manifest.StateRecords || found.Sessions != manifest.Sessions || found.Messages != manifest.EmbeddedMessages || found.LastOffset > manifest.LastOffset)
        {
            throw new InvalidDataException(
                $"The backup's database does not hold what the manifest says: {found.Records} records of {manifest.StateRecords}, {found.Sessions} sessions of {manifest.Sessions}, "
                + $"{found.Messages} messages of {manifest.EmbeddedMessages}, last offset {found.LastOffset} of {manifest.LastOffset}.");
        }
    }

    private static void Require(long messages, BackupManifest manifest)
    {
        if (messages != manifest.EmbeddedMessages + manifest.ExportedMessages)
        {
            throw new InvalidDataException($"{messages} messages were restored, the backup has {manifest.EmbeddedMessages + manifest.ExportedMessages}.");
        }
    }
}
