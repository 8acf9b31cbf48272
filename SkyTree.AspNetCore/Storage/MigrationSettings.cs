namespace SkyTree.AspNetCore.Storage;

/// <summary>The store that messages are moved from (<c>SkyTree:Store:MigrateFrom</c>).</summary>
internal sealed record MigrationSettings
{
    /// <summary>The store; null: nothing is moved.</summary>
    public StoreProvider? Provider { get; init; }

    /// <summary>How the database is reached.</summary>
    public string Connection { get; init; } = "";

    /// <summary>A file whose first line is the connection string.</summary>
    public string ConnectionPath { get; init; } = "";

    /// <summary>What <see cref="Connection"/> or <see cref="ConnectionPath"/> says.</summary>
    internal string ConnectionString => Read(Connection, ConnectionPath);

    /// <summary>A connection string, or that in a file; empty if there is none, or no such file.</summary>
    internal static string Read(string connection, string path) =>
        path.Length > 0 && File.Exists(path) ? File.ReadLines(path).FirstOrDefault("").Trim() : connection;
}
