namespace SkyTree.AspNetCore.Storage;

/// <summary>Where stored messages live. Sessions are always in the data folder, but for <see cref="Memory"/>.</summary>
internal enum StoreProvider
{
    /// <summary>In the data folder, beside the sessions.</summary>
    RocksDb,

    /// <summary>In a MySQL or MariaDB server.</summary>
    MySql,

    /// <summary>In a SQLite file.</summary>
    Sqlite,

    /// <summary>In a Redis server.</summary>
    Redis,

    /// <summary>In this process's memory, and the sessions, too: gone with it.</summary>
    Memory,
}
