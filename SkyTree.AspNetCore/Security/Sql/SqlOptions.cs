using System.ComponentModel.DataAnnotations;

namespace SkyTree.AspNetCore.Security.Sql;

/// <summary>Users in a database (<c>SkyTree:Authentication:Sql</c>).</summary>
internal sealed record SqlOptions
{
    /// <summary>The kind of database.</summary>
    public SqlProvider Provider { get; init; } = SqlProvider.MySql;

    /// <summary>The connection string; with a password better in the file that <see cref="ConnectionPath"/> names.</summary>
    public string Connection { get; init; } = "";

    /// <summary>A file with the connection string.</summary>
    public string ConnectionPath { get; init; } = "";

    /// <summary>
    /// What is asked, with <c>@username</c> and <c>@clientid</c>: a row's first column is the password in a text form that is known,
    /// a second one, if there is one, the groups, separated by <c>;</c>.
    /// </summary>
    public string Query { get; init; } = "SELECT password_hash, user_groups FROM mqtt_users WHERE user_name = @username";

    /// <summary>Seconds that an answer may take, 1 to 60.</summary>
    [Range(1, 60)]
    public int TimeoutSeconds { get; init; } = 5;

    /// <summary>Questions at a time, 1 to 256.</summary>
    [Range(1, 256)]
    public int Concurrency { get; init; } = 16;

    /// <summary>Questions that may wait for their turn, 0 to 100,000; one more is answered Server unavailable.</summary>
    [Range(0, 100_000)]
    public int MaximumWaiting { get; init; } = 1024;

    /// <summary>The connection string that counts.</summary>
    public string ConnectionText() => ConnectionPath.Length > 0 ? File.ReadAllText(ConnectionPath).Trim() : Connection;
}

/// <summary>Kinds of databases with users.</summary>
internal enum SqlProvider
{
    /// <summary>MySQL or MariaDB.</summary>
    MySql,

    /// <summary>SQLite.</summary>
    Sqlite,

    /// <summary>PostgreSQL.</summary>
    PostgreSql,
}
