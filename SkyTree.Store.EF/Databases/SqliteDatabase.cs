using System.Data.Common;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using SkyTree.Core.Messages;
using SkyTree.Store.EF.Data;

namespace SkyTree.Store.EF.Databases;

/// <summary>SQLite: write-ahead log, flushed at every commit; one prepared statement, bound anew for each row.</summary>
internal sealed class SqliteDatabase : StoreDatabase
{
    private readonly string _path;
    private readonly string _connectionString;
    private readonly PooledDbContextFactory<SqliteMessagesContext> _contexts;

    public SqliteDatabase(string connectionString)
    {
        SqliteConnectionStringBuilder parsed = new(connectionString);
        if (parsed.DataSource is "" or ":memory:" || parsed.Mode == SqliteOpenMode.Memory)
        {
            throw new ArgumentException("A SQLite store needs a file: 'Data Source=PATH'.", nameof(connectionString));
        }

        _path = Path.GetFullPath(parsed.DataSource);
        parsed.DataSource = _path; // Whoever changes the working directory does not change the store.
        _connectionString = parsed.ToString();
        DbContextOptionsBuilder<SqliteMessagesContext> builder = new();
        SqliteMessagesContext.Configure(builder, _connectionString);
        builder.AddInterceptors(new FlushEveryCommit());
        _contexts = new PooledDbContextFactory<SqliteMessagesContext>(builder.Options);
    }

    public override bool Blocks => true;

    // The transaction is an immediate one: it holds the whole database already.
    public override string HoldLogSql => "SELECT last_offset, clock_ms FROM skytree_log WHERE id = 1";

    public override string ReadTopicSql =>
        $"SELECT * FROM skytree_messages INDEXED BY {TopicIndex} "
        + "WHERE topic_id = {0} AND log_offset > {1} ORDER BY log_offset LIMIT {2}";

    public override string ReadTopicBeginningSql =>
        $"SELECT log_offset, byte_count FROM skytree_messages INDEXED BY {TopicIndex} "
        + "WHERE topic_id = @p0 AND log_offset <= @p1 ORDER BY log_offset LIMIT @p2";

    // The plus keeps the index by topic out of it.
    public override string CountRangeSql =>
        "SELECT topic_id, COUNT(*), SUM(byte_count) FROM skytree_messages WHERE log_offset > @p0 AND log_offset <= @p1 GROUP BY +topic_id";

    public override async Task OpenAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);

        await using MessagesContext context = CreateContext();
        IEnumerable<string> pending = await context.Database.GetPendingMigrationsAsync(cancellationToken).ConfigureAwait(false);
        if (pending.Any())
        {
            // EF guards a migration by a row that a killed process leaves behind, and would wait for it for ever. The
            // file has one broker, so a row found now is such a one.
            await context.Database.ExecuteSqlRawAsync("DROP TABLE IF EXISTS \"__EFMigrationsLock\"", cancellationToken).ConfigureAwait(false);
            await context.Database.MigrateAsync(cancellationToken).ConfigureAwait(false);
        }

        // Kept in the file, so once is enough.
        string mode = await context.Database.SqlQueryRaw<string>("PRAGMA journal_mode = WAL").AsAsyncEnumerable().FirstAsync(cancellationToken).ConfigureAwait(false);
        if (mode != "wal")
        {
            throw new InvalidOperationException($"SQLite keeps no write-ahead log for '{_path}' (journal mode '{mode}'); it must be on a local disk.");
        }
    }

    public override MessagesContext CreateContext() => _contexts.CreateDbContext();

    public override async Task WriteTopicsAsync(IReadOnlyCollection<TopicAppend> topics, StoreTransaction transaction, CancellationToken cancellationToken)
    {
        const string sql =
            $"INSERT INTO skytree_topics ({TopicColumns}) VALUES (@p0, @p1, @p2, @p3, @p4, @p5, @p6) "
            + "ON CONFLICT (topic_hash) DO UPDATE SET message_count = message_count + excluded.message_count, "
            + "byte_count = byte_count + excluded.byte_count, last_offset = excluded.last_offset RETURNING id";
        await using DbCommand command = transaction.CreateCommand(sql, 0L, "", "", "", 0L, 0L, 0L);
        foreach (TopicAppend topic in topics)
        {
            Bind(command, 0, topic.Id);
            Bind(command, 1, topic.Hash);
            Bind(command, 2, topic.Topic);
            Bind(command, 3, TopicKey.SortKey(topic.Topic));
            Bind(command, 4, topic.MessageCount);
            Bind(command, 5, topic.ByteCount);
            Bind(command, 6, topic.LastOffset);
            topic.Id = (long)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        }
    }

    public override async Task InsertMessagesAsync(IReadOnlyList<MessageAppend> messages, StoreTransaction transaction, CancellationToken cancellationToken)
    {
        const string sql = $"INSERT INTO skytree_messages ({MessageColumns}) VALUES (@p0, @p1, @p2, @p3, @p4, @p5, @p6, @p7, @p8, @p9, @p10)";
        await using DbCommand command = transaction.CreateCommand(sql, 0L, 0L, 0L, 0L, 0L, 0L, 0L, "", "", "", 0L);
        foreach (MessageAppend append in messages)
        {
            StoredMessage message = append.Message;
            Bind(command, 0, message.Offset);
            Bind(command, 1, append.Topic.Id);
            Bind(command, 2, message.TimestampMs);
            Bind(command, 3, append.ClockMs);
            Bind(command, 4, message.ExpiresAtMs ?? (object)DBNull.Value);
            Bind(command, 5, (long)message.QoS);
            Bind(command, 6, message.Retain ? 1L : 0L);
            Bind(command, 7, message.PublisherId);
            Bind(command, 8, ToArray(message.Properties));
            Bind(command, 9, ToArray(message.Payload));
            Bind(command, 10, append.ByteCount);
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public override Task CloseAsync()
    {
        using SqliteConnection connection = new(_connectionString);
        SqliteConnection.ClearPool(connection);
        return Task.CompletedTask;
    }

    private static void Bind(DbCommand command, int index, object value) => command.Parameters[index].Value = value;

    private static byte[] ToArray(ReadOnlyMemory<byte> memory) =>
        MemoryMarshal.TryGetArray(memory, out ArraySegment<byte> segment) && segment.Offset == 0 && segment.Count == segment.Array!.Length
            ? segment.Array
            : memory.ToArray();
}
