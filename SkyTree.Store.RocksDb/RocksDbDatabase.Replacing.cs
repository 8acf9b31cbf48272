using System.Diagnostics;
using SkyTree.Core.Replication;
using SkyTree.Store.RocksDb.Checkpoints;
using SkyTree.Store.RocksDb.Native;
using SkyTree.Store.RocksDb.WriteAhead;

namespace SkyTree.Store.RocksDb;

/// <content>A checkpoint takes the place of all there is.</content>
internal sealed partial class RocksDbDatabase
{
    /// <inheritdoc/>
    public override void Replace(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string checkpoint = Path.GetFullPath(folder);
        Try(checkpoint);

        // A deletion that is under way knows the old database's queues by number; in the new one they are other topics'.
        _messages.HoldDeletions();
        try
        {
            lock (_writing)
            {
                ObjectDisposedException.ThrowIf(_disposed, this);
                if (_lock is null)
                {
                    throw NotOpen();
                }

                Install(checkpoint);
            }
        }
        finally
        {
            _messages.ReleaseDeletions();
        }
    }

    /// <summary>Opens the checkpoint where it lies, so that nothing is given up for one that is damaged.</summary>
    private void Try(string checkpoint)
    {
        if (!File.Exists(Path.Combine(checkpoint, "CURRENT")))
        {
            throw new StateDatabaseException($"There is no checkpoint in '{checkpoint}'. The database in '{_options.Folder}' was left as it is.");
        }

        RocksDbOptions options = _options with { Folder = checkpoint, SalvageDamagedLog = false };
        try
        {
            WriteAheadLog.Mend(options, _logger);
            using OpenedDatabase opened = OpenedDatabase.Open(options);
            _ = LogState.Load(opened);
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or (IOException and not StateDatabaseException))
        {
            throw Errors.NotWritable(checkpoint, exception);
        }
    }

    private void Install(string checkpoint)
    {
        long started = Stopwatch.GetTimestamp();
        try
        {
            if (_opened is null)
            {
                Installation.Finish(_options.Folder); // what an earlier replacement could not
            }

            Installation.Begin(checkpoint, _options.Folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StateDatabaseException(
                $"The checkpoint in '{checkpoint}' cannot be moved into '{_options.Folder}' ({exception.Message}). Both must be in one file system, "
                + "in folders that the user who runs this program may write. The database was left as it is.",
                exception);
        }

        // Readers wait from here on until there is something to read again.
        _gate.EnterWriteLock();
        try
        {
            CloseFiles();
            OpenFiles();
            _failure = null;
        }
        catch (StateDatabaseException exception)
        {
            _failure = exception;
            throw;
        }
        finally
        {
            _gate.ExitWriteLock();
        }

        Log.Replaced(_logger, _options.Folder, (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds, State.Topics.Count, State.LastOffset);
    }
}
