using Microsoft.Extensions.Logging.Abstractions;
using SkyTree.AspNetCore.Configuration;
using SkyTree.AspNetCore.Storage;
using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Core.Backup;

namespace SkyTree.AspNetCore.Administration;

/// <summary>Backups that are to be restored at the next start: received, checked as a restore checks them, and staged. The broker goes on as it is until then.</summary>
internal sealed class RestoreUpload(SkyTreeOptions options, StagedRestore staged, Broker broker, TimeProvider time) : IDisposable
{
    private const int Copies = 3; // the file, what it is unpacked to, and what the database makes of that

    private readonly SemaphoreSlim _one = new(1, 1);

    /// <summary>What is staged.</summary>
    /// <param name="caller">Who asks.</param>
    /// <returns>Null: nothing is.</returns>
    /// <exception cref="AdminException">The caller may not.</exception>
    public RestoreNote? Get(Caller caller)
    {
        caller.Require(AdminArea.Backup, AdminAccess.Read);
        return staged.Find();
    }

    /// <summary>Receives a backup, checks it, and stages it in place of one that was before.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="backup">The file.</param>
    /// <param name="length">Its length; null: it is not said.</param>
    /// <param name="cancellationToken">Gives up; then nothing is staged.</param>
    /// <exception cref="AdminException">The caller may not, the file is damaged or none, or this broker cannot be restored so. Then nothing is staged.</exception>
    public async Task<RestoreNote> StageAsync(Caller caller, Stream backup, long? length, CancellationToken cancellationToken)
    {
        caller.Require(AdminArea.Backup, AdminAccess.Write);
        RequirePossible(length);
        if (!await _one.WaitAsync(TimeSpan.Zero, cancellationToken))
        {
            throw new AdminException(AdminError.Conflict, "restore_in_progress", "Another backup is being received.");
        }

        try
        {
            staged.Begin();
            RestoreNote note = new(time.GetUtcNow(), caller.Name, RestoreContent.Of(await ReceiveAsync(backup, cancellationToken)));
            await broker.Admin.Audit.NoteAsync(caller, "restore.stage", "broker", after: note.Text);
            staged.Commit(note);
            return note;
        }
        catch
        {
            staged.Discard();
            throw;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Forgets what is staged.</summary>
    /// <param name="caller">Who asks.</param>
    /// <exception cref="AdminException">The caller may not, or nothing is staged.</exception>
    public async Task CancelAsync(Caller caller)
    {
        caller.Require(AdminArea.Backup, AdminAccess.Write);
        if (!await _one.WaitAsync(TimeSpan.Zero))
        {
            throw new AdminException(AdminError.Conflict, "restore_in_progress", "A backup is being received.");
        }

        try
        {
            RestoreNote note = staged.Find() ?? throw new AdminException(AdminError.NotFound, "restore_not_found", "No backup is staged.");
            await broker.Admin.Audit.NoteAsync(caller, "restore.cancel", "broker", before: note.Text);
            staged.Discard();
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task<BackupManifest> ReceiveAsync(Stream backup, CancellationToken cancellationToken)
    {
        try
        {
            await using (FileStream file = new(staged.UploadPath, FileMode.Create, FileAccess.Write, FileShare.None, 128 * 1024))
            {
                await backup.CopyToAsync(file, cancellationToken);
            }

            RestoreTarget target = new()
            {
                Folder = Path.GetFullPath(staged.NewPath),
                StateFolder = Storage.Storage.StateFolder,
                CreateDatabase = folder => Storage.Storage.CreateDatabase(folder, options, NullLoggerFactory.Instance),
                StoreName = options.Store.Provider.ToString(),
            };
            BackupManifest manifest = await BackupRestorer.RestoreAsync(staged.UploadPath, target, TimeProvider.System, NullLogger.Instance, new Silence(), cancellationToken);
            File.Delete(staged.UploadPath);
            return manifest;
        }
        catch (InvalidDataException exception)
        {
            string message = exception.Message.Replace(staged.UploadPath, "The file", StringComparison.Ordinal).Replace("'The file'", "The file", StringComparison.Ordinal);
            throw new AdminException(AdminError.Invalid, "bad_backup", message, exception);
        }
        catch (IOException exception) when (exception is not Microsoft.AspNetCore.Connections.ConnectionResetException)
        {
            throw new AdminException(AdminError.Unavailable, "not_staged", $"The backup could not be staged: {exception.Message}", exception);
        }
    }

    private void RequirePossible(long? length)
    {
        string? reason = options.Cluster.Enabled ? "The nodes of a cluster have one state together: restore into the folder of a new first node, and have the others join it."
            : options.Store.Provider == StoreProvider.Memory ? "The store is Memory: what it keeps is gone at the next start."
            : options.Store.Provider is StoreProvider.MySql or StoreProvider.Sqlite or StoreProvider.Redis ? $"Messages are in {options.Store.Provider}, which holds some already: restore with the command, into a store that has never held any."
            : null;
        if (reason is not null)
        {
            throw new AdminException(AdminError.Conflict, "restore_not_here", reason);
        }

        string folder = Path.GetFullPath(options.Data);
        long free = new DriveInfo(folder).AvailableFreeSpace - (options.Store.FreeSpaceReserveMegabytes * 1024L * 1024L);
        if (length is { } bytes && bytes > free / Copies)
        {
            throw new AdminException(AdminError.Unavailable, "no_room", "The disk of the data folder has no room for the backup and what it is unpacked to.");
        }
    }

    private sealed class Silence : IProgress<BackupProgress>
    {
        public void Report(BackupProgress value)
        {
            // Who uploads sees the bytes go.
        }
    }
}
