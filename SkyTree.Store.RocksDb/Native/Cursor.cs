using System.Runtime.InteropServices;
using RocksDbSharp;
using SkyTree.Core.Replication;

namespace SkyTree.Store.RocksDb.Native;

/// <summary>Reads a column family's keys in order, as they were when it was made. One thread's, and short-lived: what it sees is kept from being freed.</summary>
internal sealed unsafe class Cursor : IDisposable
{
    private static readonly RocksDbSharp.Native Api = RocksDbSharp.Native.Instance;

    private readonly OpenedDatabase _database;
    private readonly nint _options;
    private readonly nint _iterator;
    private readonly byte* _end; // must outlive the iterator

    /// <summary>Creates a cursor, nowhere yet.</summary>
    /// <param name="database">The database; must stay open meanwhile.</param>
    /// <param name="family">The column family.</param>
    /// <param name="end">The first key that is not read; empty: reads to the last one. What is deleted beyond it costs nothing.</param>
    /// <param name="snapshot">What it reads; null: what is there now.</param>
    public Cursor(OpenedDatabase database, ColumnFamilyHandle family, ReadOnlySpan<byte> end = default, ReadSnapshot? snapshot = null)
    {
        _database = database;
        _options = Api.rocksdb_readoptions_create();

        // What is read in order is read once: it must neither push out what is looked up by key nor grow the process.
        Api.rocksdb_readoptions_set_fill_cache(_options, 0);
        if (snapshot is not null)
        {
            Api.rocksdb_readoptions_set_snapshot(_options, snapshot.Handle);
        }

        if (!end.IsEmpty)
        {
            _end = (byte*)NativeMemory.Alloc((nuint)end.Length);
            end.CopyTo(new Span<byte>(_end, end.Length));
            Api.rocksdb_readoptions_set_iterate_upper_bound(_options, _end, (nuint)end.Length);
        }

        _iterator = Api.rocksdb_create_iterator_cf(database.Handle, _options, family.Handle);
    }

    /// <summary>The key it stands on; valid until it moves.</summary>
    public ReadOnlySpan<byte> Key
    {
        get
        {
            nint key = Api.rocksdb_iter_key(_iterator, out nuint length);
            return new ReadOnlySpan<byte>((void*)key, (int)length);
        }
    }

    /// <summary>The value it stands on; valid until it moves.</summary>
    public ReadOnlySpan<byte> Value
    {
        get
        {
            nint value = Api.rocksdb_iter_value(_iterator, out nuint length);
            return new ReadOnlySpan<byte>((void*)value, (int)length);
        }
    }

    /// <summary>Goes to the first key at or after one. False: there is none.</summary>
    /// <exception cref="StateDatabaseException">The database is damaged there.</exception>
    public bool Seek(ReadOnlySpan<byte> key)
    {
        fixed (byte* at = key)
        {
            Api.rocksdb_iter_seek(_iterator, at, (nuint)key.Length);
        }

        return IsSomewhere();
    }

    /// <summary>Goes to the last key at or before one. False: there is none.</summary>
    /// <exception cref="StateDatabaseException">The database is damaged there.</exception>
    public bool SeekBack(ReadOnlySpan<byte> key)
    {
        fixed (byte* at = key)
        {
            Api.rocksdb_iter_seek_for_prev(_iterator, at, (nuint)key.Length);
        }

        return IsSomewhere();
    }

    /// <summary>Goes to the next key. False: there is none.</summary>
    /// <exception cref="StateDatabaseException">The database is damaged there.</exception>
    public bool Next()
    {
        Api.rocksdb_iter_next(_iterator);
        return IsSomewhere();
    }

    public void Dispose()
    {
        Api.rocksdb_iter_destroy(_iterator);
        Api.rocksdb_readoptions_destroy(_options);
        NativeMemory.Free(_end);
    }

    private bool IsSomewhere()
    {
        if (Api.rocksdb_iter_valid(_iterator) != 0)
        {
            return true;
        }

        // An iterator that met damage looks like one that came to the end.
        Api.rocksdb_iter_get_error(_iterator, out nint error);
        return error == 0 ? false : throw Errors.Translate(new RocksDbException(error), _database.Folder);
    }
}
