using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using SkyTree.Store.EF.Data;

namespace SkyTree.Store.EF.Databases;

/// <summary>What differs between databases: how they are opened, and how many rows are written at once.</summary>
internal abstract class StoreDatabase
{
    protected const string MessageColumns =
        "log_offset, topic_id, timestamp_ms, clock_ms, expires_at_ms, qos, retain, publisher_id, properties, payload, byte_count";

    protected const string TopicIndex = "ix_skytree_messages_topic";

    protected const string TopicColumns =
        "id, topic_hash, topic, sort_key, message_count, byte_count, last_offset";

    /// <exception cref="ArgumentException">The options do not name a database.</exception>
    public static StoreDatabase Create(EfStoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrWhiteSpace(options.ConnectionString, nameof(options));
        return options.Provider switch
        {
            EfProvider.Sqlite => new SqliteDatabase(options.ConnectionString),
            EfProvider.MySql => new MySqlDatabase(options.ConnectionString),
            _ => throw new ArgumentException($"Unknown provider {options.Provider}.", nameof(options)),
        };
    }

    /// <summary>Whether the provider's asynchronous calls block their thread.</summary>
    public abstract bool Blocks { get; }

    /// <summary>Reads <see cref="LogRow"/> and holds it until the transaction ends.</summary>
    public abstract string HoldLogSql { get; }

    /// <summary>
    /// Reads messages of one topic (<c>{0}</c>) after an offset (<c>{1}</c>), at most <c>{2}</c>. The index is named because
    /// the planner of MariaDB prefers one by topic alone, and then walks through a long topic from its beginning.
    /// </summary>
    public abstract string ReadTopicSql { get; }

    /// <summary>Reads offset and size of messages of one topic (<c>@p0</c>) up to an offset (<c>@p1</c>), at most <c>@p2</c>.</summary>
    public abstract string ReadTopicBeginningSql { get; }

    /// <summary>
    /// Counts the messages of each topic after an offset (<c>@p0</c>) and up to another (<c>@p1</c>), by the key: to group them,
    /// MariaDB would rather walk through an index of all.
    /// </summary>
    public abstract string CountRangeSql { get; }

    /// <summary>Creates the database and its tables, or brings them up to date.</summary>
    public abstract Task OpenAsync(CancellationToken cancellationToken);

    /// <summary>A context from the pool; to be disposed.</summary>
    public abstract MessagesContext CreateContext();

    /// <summary>Adds to the topics' counters, making the rows that are missing, and sets each one's <see cref="TopicAppend.Id"/>.</summary>
    public abstract Task WriteTopicsAsync(IReadOnlyCollection<TopicAppend> topics, StoreTransaction transaction, CancellationToken cancellationToken);

    /// <summary>Inserts message rows, none of which is there.</summary>
    public abstract Task InsertMessagesAsync(IReadOnlyList<MessageAppend> messages, StoreTransaction transaction, CancellationToken cancellationToken);

    /// <summary>Closes the connections that are kept for reuse.</summary>
    public abstract Task CloseAsync();
}

/// <summary>A context with its connection open and a transaction begun. Disposing without a commit rolls back.</summary>
internal sealed class StoreTransaction : IAsyncDisposable
{
    private readonly MessagesContext _context;
    private readonly IDbContextTransaction _transaction;

    private StoreTransaction(MessagesContext context, IDbContextTransaction transaction)
    {
        _context = context;
        _transaction = transaction;
    }

    public static async Task<StoreTransaction> BeginAsync(MessagesContext context, CancellationToken cancellationToken)
    {
        try
        {
            return new StoreTransaction(context, await context.Database.BeginTransactionAsync(cancellationToken).ConfigureAwait(false));
        }
        catch
        {
            await context.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>A command within the transaction, with parameters <c>@p0</c>, <c>@p1</c>, ….</summary>
    public DbCommand CreateCommand(string sql, params ReadOnlySpan<object> values)
    {
        DbCommand command = _context.Database.GetDbConnection().CreateCommand();
        command.Transaction = _transaction.GetDbTransaction();
        command.CommandText = sql;
        for (int i = 0; i < values.Length; i++)
        {
            DbParameter parameter = command.CreateParameter();
            parameter.ParameterName = $"@p{i}";
            parameter.Value = values[i];
            command.Parameters.Add(parameter);
        }

        return command;
    }

    public async Task ExecuteAsync(string sql, object[] values, CancellationToken cancellationToken)
    {
        await using DbCommand command = CreateCommand(sql, values);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    public Task CommitAsync(CancellationToken cancellationToken) => _transaction.CommitAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync().ConfigureAwait(false);
        await _context.DisposeAsync().ConfigureAwait(false);
    }
}
