using RocksDbSharp;
using SkyTree.Core.Replication;
using Handles = RocksDbSharp.RocksDb; // its name is also this namespace's

namespace SkyTree.Store.RocksDb.Native;

/// <summary>RocksDB, open, with the column families that <see cref="Keys"/> describes.</summary>
/// <remarks>
/// Flushes are atomic over the column families: salvaging a damaged log then finds table files that are all of one
/// moment. Offsets only rise, so the files of <c>log</c> hardly overlap and move down the levels as they are; that needs
/// the same compression on every level.
/// </remarks>
internal sealed class OpenedDatabase : IDisposable
{
    private const ulong Mebibyte = 1024 * 1024;

    private readonly Handles _database;

    private OpenedDatabase(Handles database, string folder)
    {
        _database = database;
        Folder = folder;
        State = database.GetDefaultColumnFamily();
        Log = database.GetColumnFamily(Keys.LogFamily);
        Queues = database.GetColumnFamily(Keys.QueuesFamily);
        Topics = database.GetColumnFamily(Keys.TopicsFamily);
    }

    public string Folder { get; }

    public nint Handle => _database.Handle;

    public ColumnFamilyHandle State { get; }

    public ColumnFamilyHandle Log { get; }

    public ColumnFamilyHandle Queues { get; }

    public ColumnFamilyHandle Topics { get; }

    /// <exception cref="StateDatabaseException">It cannot be opened.</exception>
    public static OpenedDatabase Open(RocksDbOptions options)
    {
        Cache cache = Cache.CreateLru((ulong)options.BlockCacheMegabytes * Mebibyte);
        ulong buffer = (ulong)options.WriteBufferMegabytes * Mebibyte;
        ColumnFamilies families = new(Family(options, cache, buffer / 2));
        families.Add(Keys.LogFamily, Family(options, cache, buffer));
        families.Add(Keys.QueuesFamily, Family(options, cache, buffer / 2));
        families.Add(Keys.TopicsFamily, Family(options, cache, buffer / 2));
        try
        {
            return new OpenedDatabase(Handles.Open(Whole(options, buffer), options.Folder, families), options.Folder);
        }
        catch (RocksDbException exception)
        {
            throw Errors.Translate(exception, options.Folder);
        }
    }

    public byte[]? Get(ReadOnlySpan<byte> key, ColumnFamilyHandle family)
    {
        try
        {
            return _database.Get(key, family);
        }
        catch (RocksDbException exception)
        {
            throw Errors.Translate(exception, Folder);
        }
    }

    public void Write(WriteBatch batch, WriteOptions options)
    {
        try
        {
            _database.Write(batch, options);
        }
        catch (RocksDbException exception)
        {
            throw Errors.Translate(exception, Folder);
        }
    }

    /// <summary>Frees the table files of the log that hold nothing but offsets from 0 to one. Only for what is deleted already.</summary>
    public void DropLogFiles(long upTo)
    {
        byte[] first = new byte[8];
        byte[] last = new byte[8];
        Keys.WriteOffset(last, upTo);
        try
        {
            RocksDbSharp.Native.Instance.rocksdb_delete_file_in_range_cf(Handle, Log.Handle, first, 8, last, 8);
        }
        catch (RocksDbException exception)
        {
            throw Errors.Translate(exception, Folder);
        }
    }

    public void CreateCheckpoint(string folder)
    {
        try
        {
            using Checkpoint checkpoint = _database.Checkpoint();
            checkpoint.Save(folder);
        }
        catch (RocksDbException exception)
        {
            throw Errors.Translate(exception, Folder);
        }
    }

    /// <summary>Waits until the disk has what was written.</summary>
    public void Sync()
    {
        try
        {
            RocksDbSharp.Native.Instance.rocksdb_flush_wal(Handle, 1);
        }
        catch (RocksDbException exception)
        {
            throw Errors.Translate(exception, Folder);
        }
    }

    public void Dispose() => _database.Dispose();

    private static DbOptions Whole(RocksDbOptions options, ulong buffer)
    {
        DbOptions whole = new DbOptions()
            .SetCreateIfMissing(true)
            .SetCreateMissingColumnFamilies(true)
            .SetWalRecoveryMode(options.SalvageDamagedLog ? Recovery.PointInTime : Recovery.TolerateCorruptedTailRecords)
            .SetMaxTotalWalSize((ulong)options.MaximumWriteAheadLogMegabytes * Mebibyte)
            .SetDbWriteBufferSize(2 * buffer)
            .SetMaxOpenFiles(options.MaximumOpenFiles)
            .SetBytesPerSync(Mebibyte)
            .SetKeepLogFileNum(4)
            .SetMaxLogFileSize(4 * Mebibyte)
            .SetStatsDumpPeriodSec(0);
        RocksDbSharp.Native native = RocksDbSharp.Native.Instance;
        native.rocksdb_options_set_max_background_jobs(whole.Handle, options.BackgroundThreads);
        native.rocksdb_options_set_wal_bytes_per_sync(whole.Handle, Mebibyte);
        native.rocksdb_options_set_atomic_flush(whole.Handle, 1);
        native.rocksdb_options_set_track_and_verify_wals_in_manifest(whole.Handle, options.SalvageDamagedLog ? (byte)0 : (byte)1);
        return whole;
    }

    private static ColumnFamilyOptions Family(RocksDbOptions options, Cache cache, ulong buffer)
    {
        ColumnFamilyOptions family = new ColumnFamilyOptions()
            .SetWriteBufferSize(buffer)
            .SetMaxWriteBufferNumber(2)
            .SetTargetFileSizeBase(64 * Mebibyte)
            .SetMaxBytesForLevelBase(256 * Mebibyte)
            .SetCompression(options.Compression ? Compression.Lz4 : Compression.No)
            .SetBlockBasedTableFactory(new BlockBasedTableOptions().SetBlockCache(cache).SetBlockSize(16 * 1024));

        // Queues are read at their front, where the deleted ones lie: files with many of them are merged early.
        RocksDbSharp.Native.Instance.rocksdb_options_add_compact_on_deletion_collector_factory_del_ratio(family.Handle, 32_768, 16_384, 0.5);
        return family;
    }
}
