namespace SkyTree.Store.EF;

/// <summary>The databases that <see cref="EfMessageStore"/> writes to.</summary>
public enum EfProvider
{
    /// <summary>SQLite, a file beside the broker.</summary>
    Sqlite,

    /// <summary>MySQL 8.0 and up, or MariaDB 10.6 and up.</summary>
    MySql,
}
