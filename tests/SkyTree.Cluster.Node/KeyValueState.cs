using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using SkyTree.Cluster.Raft;
using SkyTree.Core.Replication;
using SkyTree.Store.RocksDb;

namespace SkyTree.Cluster.Node;

/// <summary>Numbered values in RocksDB, driven by the log. An entry is a number (8 bytes) and its value.</summary>
internal sealed class KeyValueState : IReplicatedState, IAsyncDisposable
{
    private const byte ValuePrefix = 1;
    private static readonly byte[] AppliedKey = [0];

    private readonly string _folder;
    private readonly ReaderWriterLockSlim _replacing = new(); // held alone while the database is exchanged
    private RocksDbDatabase _database = null!;
    private long _applied;

    public KeyValueState(string folder)
    {
        _folder = folder;
        if (!Directory.Exists(_folder) && Directory.Exists(Replaced))
        {
            Directory.Move(Replaced, _folder);
        }

        Open();
    }

    public long AppliedIndex => Volatile.Read(ref _applied);

    /// <summary>Called with each entry's number, on the thread that applies.</summary>
    public Action<long, object?>? Applying { get; set; }

    /// <summary>Called before a checkpoint replaces everything.</summary>
    public Action? Installing { get; set; }

    private string Replaced => _folder + ".replaced";

    public static byte[] Entry(long number, int length)
    {
        byte[] entry = new byte[8 + length];
        BinaryPrimitives.WriteInt64BigEndian(entry, number);
        new Random((int)number).NextBytes(entry.AsSpan(8));
        return entry;
    }

    public void Apply(in ReplicatedEntry entry)
    {
        byte[] payload = entry.Payload.ToArray();
        long number = BinaryPrimitives.ReadInt64BigEndian(payload);
        Applying?.Invoke(number, entry.Context);
        using StateBatch batch = _database.CreateBatch();
        batch.Put([ValuePrefix, .. payload.AsSpan(0, 8)], payload.AsSpan(8));
        Write(batch, entry.Index);
    }

    public void ApplyEmpty(long index, long term)
    {
        using StateBatch batch = _database.CreateBatch();
        Write(batch, index);
    }

    /// <summary>Puts a value in without a log, as it was before there was a cluster.</summary>
    public void PutAlone(long number, int length)
    {
        using StateBatch batch = _database.CreateBatch();
        byte[] entry = Entry(number, length);
        batch.Put([ValuePrefix, .. entry.AsSpan(0, 8)], entry.AsSpan(8));
        _database.Write(batch, sync: false);
    }

    public void CreateCheckpoint(string folder) => _database.CreateCheckpoint(folder);

    public void Install(string folder, long index, long term)
    {
        Installing?.Invoke();
        _replacing.EnterWriteLock();
        try
        {
            _database.DisposeAsync().AsTask().GetAwaiter().GetResult();
            Directory.Move(_folder, Replaced);
            Directory.Move(folder, _folder);
            Open();
        }
        finally
        {
            _replacing.ExitWriteLock();
        }
    }

    /// <summary>All numbers, and a hash over all numbers and values.</summary>
    public (HashSet<long> Numbers, string Hash) Read()
    {
        HashSet<long> numbers = [];
        XxHash3 hash = new();
        _replacing.EnterReadLock();
        try
        {
            _database.Read([ValuePrefix], (key, value) =>
            {
                numbers.Add(BinaryPrimitives.ReadInt64BigEndian(key[1..]));
                hash.Append(key);
                hash.Append(value);
                return true;
            });
        }
        finally
        {
            _replacing.ExitReadLock();
        }

        return (numbers, hash.GetCurrentHashAsUInt64().ToString("x16", CultureInfo.InvariantCulture));
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        _replacing.Dispose();
    }

    private void Open()
    {
        _database = new RocksDbDatabase(new RocksDbOptions { Folder = _folder, WriteBufferMegabytes = 16 });
        _database.Open();
        Volatile.Write(ref _applied, _database.Get(AppliedKey) is { } value ? BinaryPrimitives.ReadInt64BigEndian(value) : 0);
        if (Directory.Exists(Replaced))
        {
            Directory.Delete(Replaced, recursive: true);
        }
    }

    private void Write(StateBatch batch, long index)
    {
        Span<byte> applied = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(applied, index);
        batch.Put(AppliedKey, applied);
        _database.Write(batch, sync: false);
        Volatile.Write(ref _applied, index);
    }
}
