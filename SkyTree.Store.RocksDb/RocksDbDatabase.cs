using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using RocksDbSharp;
using SkyTree.Core.Messages;
using SkyTree.Core.Replication;
using SkyTree.Store.RocksDb.Native;
using SkyTree.Store.RocksDb.WriteAhead;

namespace SkyTree.Store.RocksDb;

/// <summary>The embedded database, in RocksDB: state and stored messages in one folder, written together.</summary>
/// <remarks>
/// <para>A batch is one record of the write-ahead log and at most one flush of the disk, messages, their topics' totals
/// and state keys together. At the start the end of a write that was interrupted is cut off; any other damage to the log
/// or the files is an exception, at the start or when what is damaged is read.</para>
/// <para>A write that failed leaves RocksDB unable to write. The next one first opens the database again, beneath readers
/// that wait meanwhile and know nothing of it.</para>
/// </remarks>
internal sealed partial class RocksDbDatabase : StateDatabase
{
    private readonly RocksDbOptions _options;
    private readonly ILogger _logger;
    private readonly Lock _writing = new(); // held while a batch is made and written; guards what the next five fields say
    private readonly WriteOptions _synced = new WriteOptions().SetSync(true);
    private readonly WriteOptions _unsynced = new();
    private readonly RocksDbMessageStore _messages;
    private FileStream? _lock;
    private BatchWriter? _writer;
    private StateDatabaseException? _failure; // of the last write, until it is mended

    // Readers hold it while they are in RocksDB; who replaces or closes the database holds it alone. Within Read's visit the
    // same thread may read again.
    private readonly ReaderWriterLockSlim _gate = new(LockRecursionPolicy.SupportsRecursion);
    private OpenedDatabase? _opened;
    private LogState? _state;
    private bool _disposed;

    /// <summary>Creates it. Nothing is touched before it is opened.</summary>
    /// <param name="options">The folder, and what may be used.</param>
    /// <param name="logger">Is told of torn ends, damage and failed writes.</param>
    /// <exception cref="System.ComponentModel.DataAnnotations.ValidationException">An option is out of its range.</exception>
    public RocksDbDatabase(RocksDbOptions options, ILogger<RocksDbDatabase>? logger = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options with { Folder = Path.GetFullPath(options.Folder) };
        _logger = logger ?? NullLogger<RocksDbDatabase>.Instance;
        _messages = new RocksDbMessageStore(this);
    }

    /// <inheritdoc/>
    /// <remarks>Closing either closes the other.</remarks>
    public override MessageStore Messages => _messages;

    /// <inheritdoc/>
    public override bool IsDurable => true;

    internal bool IsOpen => Volatile.Read(ref _state) is not null;

    /// <summary>What is known of the log; replaced when the database is mended, or replaced itself.</summary>
    internal LogState State => Volatile.Read(ref _state) ?? throw NotOpen();

    /// <inheritdoc/>
    public override void Open()
    {
        lock (_writing)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_opened is not null)
            {
                return;
            }

            long started = Stopwatch.GetTimestamp();
            _lock = FolderLock.Take(_options.Folder);
            try
            {
                OpenFiles();
                if (State.Floor > State.Swept)
                {
                    _messages.Sweep(CancellationToken.None);
                }
            }
            catch
            {
                CloseFiles();
                _lock.Dispose();
                _lock = null;
                throw;
            }

            Log.Opened(_logger, _options.Folder, (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds, State.Topics.Count, State.LastOffset);
        }
    }

    /// <inheritdoc/>
    public override StateBatch CreateBatch() => new RocksDbBatch();

    /// <inheritdoc/>
    public override void Write(StateBatch batch, bool sync)
    {
        ArgumentNullException.ThrowIfNull(batch);
        Write(sync, (RocksDbBatch)batch, static (writer, changes, database) => writer.Add(changes, database));
    }

    /// <inheritdoc/>
    public override byte[]? Get(ReadOnlySpan<byte> key)
    {
        using Reading reading = Enter();
        return reading.Database.Get(key, reading.Database.State);
    }

    /// <inheritdoc/>
    public override void Read(ReadOnlySpan<byte> prefix, StateVisitor visit)
    {
        ArgumentNullException.ThrowIfNull(visit);
        using Reading reading = Enter();
        using Cursor cursor = new(reading.Database, reading.Database.State, Prefix.EndOf(prefix));
        for (bool there = cursor.Seek(prefix); there; there = cursor.Next())
        {
            if (!visit(cursor.Key, cursor.Value))
            {
                return;
            }
        }
    }

    /// <inheritdoc/>
    public override void CreateCheckpoint(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string path = Path.GetFullPath(folder);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using Reading reading = Enter();
        reading.Database.CreateCheckpoint(path);
    }

    /// <inheritdoc/>
    public override void Backfill(IReadOnlyList<StoredMessage> messages)
    {
        ArgumentNullException.ThrowIfNull(messages);
        _messages.Backfill(messages);
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        lock (_writing)
        {
            if (_disposed)
            {
                return ValueTask.CompletedTask;
            }

            _disposed = true;
            try
            {
                if (_failure is null)
                {
                    _opened?.Sync();
                }
            }
            finally
            {
                CloseFiles();
                Volatile.Write(ref _state, null);
                _lock?.Dispose();
            }
        }

        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>Lets the thread read until it disposes what it is given, and keeps the database open meanwhile.</summary>
    internal Reading Enter()
    {
        _gate.EnterReadLock();
        if (_opened is { } opened)
        {
            return new Reading(opened, _gate);
        }

        _gate.ExitReadLock();
        throw NotOpen();
    }

    private Exception NotOpen()
    {
        if (_disposed)
        {
            return new ObjectDisposedException(nameof(RocksDbDatabase));
        }

        return Volatile.Read(ref _failure) is { } failure
            ? new StateDatabaseException(failure.Message, failure) { IsDiskFull = failure.IsDiskFull }
            : new InvalidOperationException("The database is not open.");
    }

    /// <summary>A thread's reading.</summary>
    internal readonly ref struct Reading(OpenedDatabase database, ReaderWriterLockSlim gate)
    {
        public OpenedDatabase Database { get; } = database;

        public void Dispose() => gate.ExitReadLock();
    }
}
