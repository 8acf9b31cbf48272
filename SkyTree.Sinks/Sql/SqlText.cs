using System.Data.Common;
using Microsoft.Data.Sqlite;
using MySqlConnector;

namespace SkyTree.Sinks.Sql;

/// <summary>What the databases are told.</summary>
internal static class SqlText
{
    private const string Columns = "message_id, log_offset, stored_at, topic, payload, qos, retain, content_type, response_topic, correlation_data, user_properties";
    private const string Values = "@id, @offset, @time, @topic, @payload, @qos, @retain, @content_type, @response_topic, @correlation_data, @user_properties";

    /// <summary>A connection string in parts.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static DbConnectionStringBuilder Builder(SqlSinkProvider provider, string connection) => provider == SqlSinkProvider.MySql
        ? new MySqlConnectionStringBuilder(connection)
        : new SqliteConnectionStringBuilder(connection);

    /// <summary>Where a connection string leads, for people.</summary>
    public static string Target(DbConnectionStringBuilder builder) => builder switch
    {
        MySqlConnectionStringBuilder mySql => $"{mySql.Server}:{mySql.Port}/{mySql.Database}",
        SqliteConnectionStringBuilder sqlite => sqlite.DataSource,
        _ => "",
    };

    /// <summary>Whether a text can be a table's name without being quoted.</summary>
    public static bool IsTableName(string text) =>
        text.Split('.') is { Length: 1 or 2 } parts
        && parts.All(part => part.Length is > 0 and <= 64 && !char.IsAsciiDigit(part[0]) && part.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_'));

    // A message that is there already is passed over, and nothing else is.
    public static string Insert(SqlSinkProvider provider, string table) =>
        $"INSERT INTO {table} ({Columns}) VALUES ({Values}) "
        + (provider == SqlSinkProvider.MySql ? "ON DUPLICATE KEY UPDATE message_id = message_id" : "ON CONFLICT (message_id) DO NOTHING");

    public static string Create(SqlSinkProvider provider, string table) => provider == SqlSinkProvider.MySql
        ? $"""
            CREATE TABLE IF NOT EXISTS {table} (
              id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
              message_id CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL UNIQUE,
              log_offset BIGINT NULL,
              stored_at DATETIME(3) NULL,
              topic TEXT NOT NULL,
              payload LONGBLOB NOT NULL,
              qos TINYINT NOT NULL,
              retain BOOLEAN NOT NULL,
              content_type TEXT NULL,
              response_topic TEXT NULL,
              correlation_data BLOB NULL,
              user_properties LONGTEXT NULL
            ) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
            """
        : $"""
            CREATE TABLE IF NOT EXISTS {table} (
              id INTEGER PRIMARY KEY AUTOINCREMENT,
              message_id TEXT NOT NULL UNIQUE,
              log_offset INTEGER NULL,
              stored_at TEXT NULL,
              topic TEXT NOT NULL,
              payload BLOB NOT NULL,
              qos INTEGER NOT NULL,
              retain INTEGER NOT NULL,
              content_type TEXT NULL,
              response_topic TEXT NULL,
              correlation_data BLOB NULL,
              user_properties TEXT NULL
            )
            """;
}
