using SkyTree.Core.Replication;
using SkyTree.Store.RocksDb.Checkpoints;
using SkyTree.Store.RocksDb.Native;
using SkyTree.Store.RocksDb.WriteAhead;

namespace SkyTree.Store.RocksDb;

internal sealed partial class RocksDbDatabase
{
    // Beside what the write-ahead log holds, opening writes a manifest, options and the beginning of a new log.
    private const long RoomToOpen = 4 * 1024 * 1024;

    /// <summary>Makes a write and writes it, alone. After a failure the next one mends first.</summary>
    /// <exception cref="StateDatabaseException">It was not written, or it is not known whether it was.</exception>
    internal void Write<T>(bool sync, T what, Action<BatchWriter, T, OpenedDatabase> make)
    {
        lock (_writing)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_failure is not null)
            {
                Mend();
            }

            OpenedDatabase database = _opened ?? throw NotOpen();
            BatchWriter writer = _writer!;
            writer.Begin();
            make(writer, what, database);
            try
            {
                writer.Write(database, sync ? _synced : _unsynced);
            }
            catch (StateDatabaseException exception)
            {
                _failure = exception;
                Log.WriteFailed(_logger, _options.Folder, exception.InnerException?.Message ?? exception.Message);
                throw;
            }

            writer.Complete();
        }
    }

    /// <summary>Opens the database again, which a failed write has left unable to write. What it holds may include that write.</summary>
    private void Mend()
    {
        // With the disk still full it would not open, and readers would have nothing to read.
        if (_failure!.IsDiskFull && !HasRoomToOpen())
        {
            throw Errors.DiskFull(_options.Folder, _failure);
        }

        try
        {
            CloseFiles();
            OpenFiles();
        }
        catch (StateDatabaseException exception)
        {
            _failure = exception;
            throw;
        }

        _failure = null;
        Log.Mended(_logger, _options.Folder, State.LastOffset);
    }

    private bool HasRoomToOpen() =>
        new DriveInfo(_options.Folder).AvailableFreeSpace >= RoomToOpen + WriteAheadLog.SizeOf(_options.Folder);

    private void OpenFiles()
    {
        _gate.EnterWriteLock();
        try
        {
            if (Installation.Finish(_options.Folder) && _state is null)
            {
                Log.ReplacementCompleted(_logger, _options.Folder);
            }

            bool salvage = WriteAheadLog.Mend(_options, _logger);
            OpenedDatabase opened = OpenedDatabase.Open(_options);
            try
            {
                LogState state = LogState.Load(opened);
                _writer = new BatchWriter(state);
                _opened = opened;
                Volatile.Write(ref _state, state);
                if (salvage)
                {
                    Log.Salvaged(_logger, _options.Folder, state.LastOffset);
                }
            }
            catch
            {
                opened.Dispose();
                throw;
            }
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or (IOException and not StateDatabaseException))
        {
            throw Errors.NotWritable(_options.Folder, exception);
        }
        finally
        {
            _gate.ExitWriteLock();
        }
    }

    /// <summary>Closes the database once nobody reads it.</summary>
    private void CloseFiles()
    {
        _gate.EnterWriteLock();
        try
        {
            _writer?.Dispose();
            _writer = null;
            _opened?.Dispose();
            _opened = null;
        }
        finally
        {
            _gate.ExitWriteLock();
        }
    }
}
