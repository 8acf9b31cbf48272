using System.Buffers;
using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using MySqlConnector;

namespace SkyTree.Sinks.Sql;

/// <summary>Inserts the messages of a batch in one transaction. One that is there already, by its id, is left as it is.</summary>
internal sealed class SqlSink : ISink
{
    private readonly SqlSinkOptions _options;
    private readonly DbProviderFactory _provider;
    private readonly string _connection;
    private readonly string _statement;
    private bool _hasTable;

    /// <summary>Creates one. Nothing is opened yet.</summary>
    /// <param name="options">Its options; validated by the caller.</param>
    /// <exception cref="IOException">The file with the connection string cannot be read.</exception>
    public SqlSink(SqlSinkOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _provider = options.Provider == SqlSinkProvider.MySql ? MySqlConnectorFactory.Instance : SqliteFactory.Instance;
        DbConnectionStringBuilder builder = SqlText.Builder(options.Provider, SecretFile.Read(options.Connection, options.ConnectionPath));
        _connection = builder.ConnectionString;
        _statement = options.Statement.Length > 0 ? options.Statement : SqlText.Insert(options.Provider, options.Table);
        Target = options.Statement.Length > 0 ? SqlText.Target(builder) : $"{SqlText.Target(builder)} {options.Table}";
    }

    /// <inheritdoc/>
    public string Target { get; }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(SinkBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        try
        {
            await using DbConnection connection = _provider.CreateConnection()!; // the providers pool them
            connection.ConnectionString = _connection;
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            await EnsureTableAsync(connection, cancellationToken).ConfigureAwait(false);
            await InsertAsync(connection, batch, cancellationToken).ConfigureAwait(false);
        }
        catch (DbException exception) when (IsFinal(exception))
        {
            throw new SinkRejectedException(exception.Message, exception);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => default;

    // The classes of mistakes that are the row's own: data (22), constraints (23), and what is larger than the server takes.
    private static bool IsFinal(DbException exception) => exception switch
    {
        MySqlException { ErrorCode: MySqlErrorCode.PacketTooLarge } => true,
        SqliteException sqlite => sqlite.SqliteErrorCode is 18 or 19 or 20, // too big, constraint, mismatch
        _ => exception.SqlState is ['2', '2' or '3', ..],
    };

    [SuppressMessage("Security", "CA2100", Justification = "The table's name is checked; what is in messages is a parameter.")]
    private async ValueTask EnsureTableAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        if (_hasTable || !_options.CreateTable)
        {
            return;
        }

        await using DbCommand command = connection.CreateCommand();
        command.CommandText = SqlText.Create(_options.Provider, _options.Table);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        _hasTable = true;
    }

    [SuppressMessage("Security", "CA2100", Justification = "The statement is the operator's; what is in messages is a parameter.")]
    private async ValueTask InsertAsync(DbConnection connection, SinkBatch batch, CancellationToken cancellationToken)
    {
        await using DbTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using DbCommand command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = _statement;
        foreach (SinkMessage message in batch.Messages)
        {
            command.Parameters.Clear();
            AddParameters(command, message);
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }

        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    private void AddParameters(DbCommand command, SinkMessage message)
    {
        Add(command, "@id", DbType.String, message.Id);
        Add(command, "@offset", DbType.Int64, message.Offset);
        Add(command, "@time", _options.Provider == SqlSinkProvider.MySql ? DbType.DateTime : DbType.String, Time(message.StoredAt));
        Add(command, "@topic", DbType.String, message.Topic);
        Add(command, "@payload", DbType.Binary, message.Payload.ToArray());
        Add(command, "@text", DbType.String, message.Text);
        Add(command, "@qos", DbType.Int32, (int)message.QoS);
        Add(command, "@retain", DbType.Int32, message.Retain ? 1 : 0);
        Add(command, "@content_type", DbType.String, message.ContentType);
        Add(command, "@response_topic", DbType.String, message.ResponseTopic);
        Add(command, "@correlation_data", DbType.Binary, message.CorrelationData?.ToArray());
        Add(command, "@user_properties", DbType.String, message.UserProperties.Count == 0 ? null : Properties(message));
    }

    private static void Add(DbCommand command, string name, DbType type, object? value)
    {
        DbParameter parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.DbType = type;
        parameter.Value = value ?? DBNull.Value;
        command.Parameters.Add(parameter);
    }

    // SQLite has no type for it: a text, which its functions for dates understand.
    private object? Time(DateTimeOffset? at) => at is not { } time ? null
        : _options.Provider == SqlSinkProvider.MySql ? DateTime.SpecifyKind(time.UtcDateTime, DateTimeKind.Unspecified)
        : time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);

    private static string Properties(SinkMessage message)
    {
        var text = new ArrayBufferWriter<byte>();
        using (Utf8JsonWriter json = SinkMessageJson.CreateWriter(text))
        {
            SinkMessageJson.Write(json, message.UserProperties);
        }

        return Encoding.UTF8.GetString(text.WrittenSpan);
    }
}
