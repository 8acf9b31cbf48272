using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using MySqlConnector;
using SkyTree.Core.Admin.Publishing;
using SkyTree.Core.Protocol;
using SkyTree.Sinks.Sql;
using SkyTree.Sinks.Tests.Harness;
using SkyTree.Store.Tests.EF;
using Xunit;

namespace SkyTree.Sinks.Tests;

/// <summary>Tables, on real servers.</summary>
public sealed class SqlSinkTests(MariaDbServer mariaDb) : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("skytree-sql-sink-").FullName;
    private readonly string _database = $"sink_{Guid.NewGuid():N}";

    public static TheoryData<string> Providers => [nameof(SqlSinkProvider.MySql), nameof(SqlSinkProvider.Sqlite)];

    public ValueTask InitializeAsync() => default;

    public ValueTask DisposeAsync()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
        return default;
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task Each_message_is_a_row_and_is_one_however_often_it_comes(string server)
    {
        var provider = Enum.Parse<SqlSinkProvider>(server);
        string connection = await PrepareAsync(provider);
        await using SinkBroker broker = await SinkBroker.StartAsync(Define(provider, new SqlSinkOptions { Connection = connection, CreateTable = true }));
        await broker.PublishAsync(["a/1", "a/ü"], 0, 100);
        PublishResult last = await broker.Client.PublishAsync(new PublishRequest { Topic = "a/bytes", Payload = new byte[] { 0, 255 }, QoS = QoS.AtLeastOnce, Retain = true });
        await broker.UntilAsync("sql", status => status is { Written: 201, Lag: 0 });
        Assert.Equal(201L, await ScalarAsync(provider, connection, "SELECT COUNT(*) FROM mqtt_messages"));
        Assert.Equal(100L, await ScalarAsync(provider, connection, "SELECT COUNT(*) FROM mqtt_messages WHERE topic = 'a/ü'"));
        Assert.Equal(0L, await ScalarAsync(provider, connection, "SELECT COUNT(*) FROM mqtt_messages m JOIN mqtt_messages n ON m.id < n.id WHERE m.log_offset >= n.log_offset"));
        Assert.Equal(last.Offset, await ScalarAsync(provider, connection, "SELECT log_offset FROM mqtt_messages WHERE retain = 1 AND payload = x'00FF'"));
        object stored = await ScalarAsync(provider, connection, "SELECT MAX(stored_at) FROM mqtt_messages");
        DateTime at = stored as DateTime? ?? DateTime.Parse((string)stored, CultureInfo.InvariantCulture);
        Assert.InRange(at, DateTime.UtcNow.AddMinutes(-5), DateTime.UtcNow.AddSeconds(1));

        // The same message once more, as after a crash between writing and acknowledging.
        await using SqlSink sink = new(new SqlSinkOptions { Provider = provider, Connection = connection });
        SinkBatch batch = new("sql", [new SinkMessage { Topic = "t", Payload = "x"u8.ToArray(), Offset = 7, StoredAt = DateTimeOffset.UnixEpoch }, new SinkMessage { Topic = "t", Payload = "y"u8.ToArray() }]);
        await sink.WriteAsync(batch, TestContext.Current.CancellationToken);
        await sink.WriteAsync(batch, TestContext.Current.CancellationToken);
        Assert.Equal(2L, await ScalarAsync(provider, connection, "SELECT COUNT(*) FROM mqtt_messages WHERE topic = 't'"));
        Assert.DoesNotContain("assword", sink.Target, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task A_statement_of_one_s_own_fills_one_s_own_table_and_a_row_that_it_refuses_is_given_up(string server)
    {
        var provider = Enum.Parse<SqlSinkProvider>(server);
        string connection = await PrepareAsync(provider);
        await ScalarAsync(provider, connection, "CREATE TABLE readings (sensor VARCHAR(20) NOT NULL, value DOUBLE NOT NULL, seen BIGINT NOT NULL PRIMARY KEY, CHECK (value < 100))");
        string statement = "INSERT INTO readings (sensor, value, seen) VALUES (@topic, CAST(@text AS DECIMAL(10, 2)), @offset)" + (provider == SqlSinkProvider.MySql ? " ON DUPLICATE KEY UPDATE seen = seen" : " ON CONFLICT (seen) DO NOTHING");
        SinkDefinition sink = Define(provider, new SqlSinkOptions { Connection = connection, Statement = statement }, new SinkOptions { DeadLetterTopic = "dead", RetryMilliseconds = 10 });
        await using SinkBroker broker = await SinkBroker.StartAsync(sink);
        foreach (string value in (string[])["20.5", "101", "21.5"])
        {
            await broker.Client.PublishAsync("a/1", value);
        }

        SinkStatus status = await broker.UntilAsync("sql", now => now is { Written: 2, DeadLettered: 1 });
        Assert.Equal(SinkState.Running, status.State);
        Assert.Equal(42.0, Convert.ToDouble(await ScalarAsync(provider, connection, "SELECT SUM(value) FROM readings"), CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task A_server_that_is_away_is_waited_for()
    {
        string connection = await PrepareAsync(SqlSinkProvider.MySql);
        await using SinkBroker broker = await SinkBroker.StartAsync(Define(
            SqlSinkProvider.MySql, new SqlSinkOptions { Connection = connection, CreateTable = true }, new SinkOptions { RetryMilliseconds = 20, RetryMaximumSeconds = 1 }));
        await broker.PublishAsync(["a/1"], 0, 10);
        await broker.UntilAsync("sql", status => status.Written == 10);
        await mariaDb.KillAsync();
        await broker.PublishAsync(["a/1"], 10, 60);
        await broker.UntilAsync("sql", status => status is { State: SinkState.Retrying, Failed: > 1 });
        await mariaDb.StartAgainAsync();
        await broker.UntilAsync("sql", status => status is { Written: 60, Lag: 0 });
        Assert.Equal(60L, await ScalarAsync(SqlSinkProvider.MySql, connection, "SELECT COUNT(DISTINCT payload) FROM mqtt_messages"));
        Assert.Equal(60L, await ScalarAsync(SqlSinkProvider.MySql, connection, "SELECT COUNT(*) FROM mqtt_messages"));
    }

    [Fact]
    public async Task A_table_that_is_not_there_is_said_and_nothing_is_lost()
    {
        string connection = await PrepareAsync(SqlSinkProvider.Sqlite);
        await using SinkBroker broker = await SinkBroker.StartAsync(Define(SqlSinkProvider.Sqlite, new SqlSinkOptions { Connection = connection }, new SinkOptions { RetryMilliseconds = 10, RetryMaximumSeconds = 1 }));
        await broker.PublishAsync(["a/1"], 0, 3);
        SinkStatus status = await broker.UntilAsync("sql", now => now.State == SinkState.Retrying);
        Assert.Contains("no such table", status.LastError, StringComparison.Ordinal);
        await ScalarAsync(SqlSinkProvider.Sqlite, connection, SqlText.Create(SqlSinkProvider.Sqlite, "mqtt_messages"));
        await broker.UntilAsync("sql", now => now.Written == 3);
    }

    private static SinkDefinition Define(SqlSinkProvider provider, SqlSinkOptions sql, SinkOptions? options = null) => SinkDefinition.Of(
        "sql", (options ?? new SinkOptions()) with { Kind = SinkKind.Sql, Filters = ["a/#"], Sql = sql with { Provider = provider } }, "", TimeProvider.System);

    private async Task<string> PrepareAsync(SqlSinkProvider provider)
    {
        if (provider == SqlSinkProvider.Sqlite)
        {
            return $"Data Source={Path.Combine(_folder, "rows.db")}";
        }

        string server = await mariaDb.GetConnectionStringAsync();
        await ScalarAsync(provider, server, $"CREATE DATABASE {_database}");
        return new MySqlConnectionStringBuilder(server) { Database = _database }.ConnectionString;
    }

    private static async Task<object> ScalarAsync(SqlSinkProvider provider, string connection, string sql)
    {
        await using DbConnection open = provider == SqlSinkProvider.MySql ? new MySqlConnection(connection) : new SqliteConnection(connection);
        await open.OpenAsync();
        await using DbCommand command = open.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync() ?? "";
    }
}
