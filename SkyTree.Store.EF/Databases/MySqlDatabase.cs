using System.Data.Common;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using MySqlConnector;
using SkyTree.Core.Messages;
using SkyTree.Store.EF.Data;

namespace SkyTree.Store.EF.Databases;

/// <summary>MySQL and MariaDB: many rows in one statement, since a round trip costs more than a row.</summary>
internal sealed class MySqlDatabase(string connectionString) : StoreDatabase
{
    // A statement must stay well below the server's max_allowed_packet; escaping can double the bytes.
    private const int RowsPerStatement = 500;
    private const int BytesPerStatement = 2 * 1024 * 1024;

    private readonly string _connectionString = new MySqlConnectionStringBuilder(connectionString).ToString();
    private PooledDbContextFactory<MySqlMessagesContext>? _contexts;

    public override bool Blocks => false;

    public override string HoldLogSql => "SELECT last_offset, clock_ms FROM skytree_log WHERE id = 1 FOR UPDATE";

    public override string ReadTopicSql =>
        $"SELECT * FROM skytree_messages FORCE INDEX ({TopicIndex}) "
        + "WHERE topic_id = {0} AND log_offset > {1} ORDER BY log_offset LIMIT {2}";

    public override string ReadTopicBeginningSql =>
        $"SELECT log_offset, byte_count FROM skytree_messages FORCE INDEX ({TopicIndex}) "
        + "WHERE topic_id = @p0 AND log_offset <= @p1 ORDER BY log_offset LIMIT @p2";

    public override string CountRangeSql =>
        "SELECT topic_id, COUNT(*), SUM(byte_count) FROM skytree_messages FORCE INDEX (PRIMARY) "
        + "WHERE log_offset > @p0 AND log_offset <= @p1 GROUP BY topic_id";

    public override async Task OpenAsync(CancellationToken cancellationToken)
    {
        ServerVersion version = await ReadVersionAsync(cancellationToken).ConfigureAwait(false);
        DbContextOptionsBuilder<MySqlMessagesContext> builder = new();
        MySqlMessagesContext.Configure(builder, _connectionString, version);
        _contexts = new PooledDbContextFactory<MySqlMessagesContext>(builder.Options);
        await using MessagesContext context = CreateContext();
        IEnumerable<string> pending = await context.Database.GetPendingMigrationsAsync(cancellationToken).ConfigureAwait(false);
        if (pending.Any())
        {
            await context.Database.MigrateAsync(cancellationToken).ConfigureAwait(false); // needs the right to create tables
        }
    }

    public override MessagesContext CreateContext() =>
        (_contexts ?? throw new InvalidOperationException("The store has not been opened.")).CreateDbContext();

    public override async Task WriteTopicsAsync(IReadOnlyCollection<TopicAppend> topics, StoreTransaction transaction, CancellationToken cancellationToken)
    {
        foreach (List<TopicAppend> some in Split(topics, static t => t.Topic.Length * 3L))
        {
            await UpsertAsync(some, transaction, cancellationToken).ConfigureAwait(false);
            await ReadIdsAsync(some, transaction, cancellationToken).ConfigureAwait(false);
        }
    }

    public override async Task InsertMessagesAsync(IReadOnlyList<MessageAppend> messages, StoreTransaction transaction, CancellationToken cancellationToken)
    {
        foreach (List<MessageAppend> some in Split(messages, static m => m.ByteCount))
        {
            await using DbCommand command = transaction.CreateCommand(
                $"INSERT INTO skytree_messages ({MessageColumns}) VALUES {Rows(some.Count, columns: 11)}");
            foreach (MessageAppend append in some)
            {
                StoredMessage message = append.Message;
                Bind(command, message.Offset);
                Bind(command, append.Topic.Id);
                Bind(command, message.TimestampMs);
                Bind(command, append.ClockMs);
                Bind(command, message.ExpiresAtMs);
                Bind(command, message.QoS);
                Bind(command, message.Retain);
                Bind(command, message.PublisherId);
                Bind(command, message.Properties);
                Bind(command, message.Payload);
                Bind(command, append.ByteCount);
            }

            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public override async Task CloseAsync()
    {
        if (_contexts is null)
        {
            return;
        }

        // The context's string, not ours: the provider adds to it, and pools go by it.
        await using MessagesContext context = CreateContext();
        await MySqlConnection.ClearPoolAsync((MySqlConnection)context.Database.GetDbConnection()).ConfigureAwait(false);
    }

    private async Task<ServerVersion> ReadVersionAsync(CancellationToken cancellationToken)
    {
        // Without a database, since it may not exist yet.
        string server = new MySqlConnectionStringBuilder(_connectionString) { Database = "", Pooling = false }.ToString();
        await using MySqlConnection connection = new(server);
        await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        return ServerVersion.Parse(connection.ServerVersion);
    }

    private static async Task UpsertAsync(List<TopicAppend> topics, StoreTransaction transaction, CancellationToken cancellationToken)
    {
        await using DbCommand command = transaction.CreateCommand(
            $"INSERT INTO skytree_topics ({TopicColumns}) VALUES {Rows(topics.Count, columns: 7)} "
            + "ON DUPLICATE KEY UPDATE message_count = message_count + VALUES(message_count), "
            + "byte_count = byte_count + VALUES(byte_count), last_offset = VALUES(last_offset)");
        foreach (TopicAppend topic in topics)
        {
            Bind(command, topic.Id);
            Bind(command, topic.Hash);
            Bind(command, topic.Topic);
            Bind(command, TopicKey.SortKey(topic.Topic));
            Bind(command, topic.MessageCount);
            Bind(command, topic.ByteCount);
            Bind(command, topic.LastOffset);
        }

        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private static async Task ReadIdsAsync(List<TopicAppend> topics, StoreTransaction transaction, CancellationToken cancellationToken)
    {
        await using DbCommand command = transaction.CreateCommand(
            $"SELECT topic_hash, id FROM skytree_topics WHERE topic_hash IN {Rows(1, topics.Count)}");
        Dictionary<string, TopicAppend> byHash = new(topics.Count);
        foreach (TopicAppend topic in topics)
        {
            Bind(command, topic.Hash);
            byHash.Add(Convert.ToHexString(topic.Hash), topic);
        }

        await using DbDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            byHash[Convert.ToHexString((byte[])reader[0])].Id = reader.GetInt64(1);
        }
    }

    private static void Bind(DbCommand command, object? value) => command.Parameters.Add(new MySqlParameter { Value = value ?? DBNull.Value });

    /// <summary><c>(?,?),(?,?)</c></summary>
    private static string Rows(int rows, int columns)
    {
        string row = $"({string.Join(',', Enumerable.Repeat('?', columns))})";
        return new StringBuilder((row.Length + 1) * rows).AppendJoin(',', Enumerable.Repeat(row, rows)).ToString();
    }

    private static IEnumerable<List<T>> Split<T>(IEnumerable<T> items, Func<T, long> sizeOf)
    {
        List<T> some = [];
        long bytes = 0;
        foreach (T item in items)
        {
            long size = sizeOf(item);
            if (some.Count == RowsPerStatement || (some.Count > 0 && bytes + size > BytesPerStatement))
            {
                yield return some;
                some = [];
                bytes = 0;
            }

            some.Add(item);
            bytes += size;
        }

        if (some.Count > 0)
        {
            yield return some;
        }
    }
}
