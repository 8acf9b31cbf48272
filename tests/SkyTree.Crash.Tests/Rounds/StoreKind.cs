namespace SkyTree.Crash.Tests.Rounds;

/// <summary>Where the broker keeps messages: what <c>--store</c> takes.</summary>
public enum StoreKind
{
    /// <summary>Nowhere but in memory.</summary>
    Memory,

    /// <summary>In the embedded database.</summary>
    RocksDb,

    /// <summary>In a file beside it.</summary>
    Sqlite,

    /// <summary>In a MariaDB server of the test's own.</summary>
    MySql,

    /// <summary>In a Redis server of the test's own.</summary>
    Redis,
}
