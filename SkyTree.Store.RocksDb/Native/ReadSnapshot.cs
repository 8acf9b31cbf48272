namespace SkyTree.Store.RocksDb.Native;

/// <summary>The database as it is at one moment, for several cursors.</summary>
internal sealed class ReadSnapshot(OpenedDatabase database) : IDisposable
{
    public nint Handle { get; } = RocksDbSharp.Native.Instance.rocksdb_create_snapshot(database.Handle);

    public void Dispose() => RocksDbSharp.Native.Instance.rocksdb_release_snapshot(database.Handle, Handle);
}
