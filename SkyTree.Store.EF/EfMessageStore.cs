using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using SkyTree.Core.Messages;
using SkyTree.Store.EF.Data;
using SkyTree.Store.EF.Databases;

namespace SkyTree.Store.EF;

/// <summary>Keeps messages in MySQL, MariaDB or SQLite.</summary>
/// <remarks>
/// A batch is appended in one transaction, so that readers see all of it or nothing, and an offset at or below the last
/// one is known to be there or to have been deleted. Appends and deletions hold the log's one row while they last: they
/// take turns, also with another process.
/// </remarks>
public sealed partial class EfMessageStore : MessageStore
{
    // How many rows a filtered read looks at in one go.
    private const int ScanRows = 1024;

    private readonly StoreDatabase _database;
    private readonly SemaphoreSlim _writing = new(1, 1); // waiting here is cheaper than on the row, and holds no connection

    /// <summary>Creates a store. Nothing is reached before it is opened.</summary>
    /// <param name="options">The database.</param>
    /// <exception cref="ArgumentException">The connection string is empty or cannot be parsed.</exception>
    public EfMessageStore(EfStoreOptions options)
        : this(StoreDatabase.Create(options))
    {
    }

    internal EfMessageStore(StoreDatabase database) => _database = database;

    /// <inheritdoc/>
    public override async ValueTask OpenAsync(CancellationToken cancellationToken = default)
    {
        await LeaveCallerAsync(cancellationToken).ConfigureAwait(false);
        await _database.OpenAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask<long> GetLastOffsetAsync(CancellationToken cancellationToken = default)
    {
        await using MessagesContext context = await CreateContextAsync(cancellationToken).ConfigureAwait(false);
        return await context.Log.Select(l => l.LastOffset).SingleAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override MessageQueue GetQueue(string topic)
    {
        ArgumentNullException.ThrowIfNull(topic);
        return new EfMessageQueue(this, topic);
    }

    /// <inheritdoc/>
    public override async ValueTask<LogPage> ReadLogAsync(long after, Func<string, bool>? filter, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        await using MessagesContext context = await CreateContextAsync(cancellationToken).ConfigureAwait(false);

        // Offsets and topics first: messages that the filter passes over are not worth reading whole.
        List<LogEntry> entries = await context.Messages
            .Where(m => m.Offset > after)
            .OrderBy(m => m.Offset)
            .Take(filter is null ? limit : Math.Max(limit, ScanRows))
            .Select(m => new LogEntry(m.Offset, m.TopicId))
            .ToListAsync(cancellationToken).ConfigureAwait(false);
        if (entries.Count == 0)
        {
            return new LogPage([], after);
        }

        Dictionary<long, string> topics = await ReadTopicsAsync(context, entries, cancellationToken).ConfigureAwait(false);
        if (filter is not null)
        {
            topics = topics.Where(t => filter(t.Value)).ToDictionary();
        }

        long next = entries[^1].Offset;
        List<long> wanted = entries.Where(e => topics.ContainsKey(e.TopicId)).Select(e => e.Offset).Take(limit).ToList();
        if (wanted.Count == 0)
        {
            return new LogPage([], next);
        }

        List<MessageRow> rows = await context.Messages.AsNoTracking()
            .Where(m => wanted.Contains(m.Offset))
            .OrderBy(m => m.Offset)
            .ToListAsync(cancellationToken).ConfigureAwait(false);
        return new LogPage(rows.ConvertAll(r => ToMessage(r, topics[r.TopicId])), wanted.Count == limit ? wanted[^1] : next);
    }

    /// <inheritdoc/>
    public override async ValueTask<long?> FindOffsetAsync(long timestampMs, CancellationToken cancellationToken = default)
    {
        await using MessagesContext context = await CreateContextAsync(cancellationToken).ConfigureAwait(false);

        // Every message at or after the time lies here or later. From here to the first is seldom a step: only where the
        // clock was set back and the messages before that are deleted.
        long? start = await context.Messages
            .Where(m => m.ClockMs >= timestampMs)
            .OrderBy(m => m.ClockMs).ThenBy(m => m.Offset)
            .Select(m => (long?)m.Offset)
            .FirstOrDefaultAsync(cancellationToken).ConfigureAwait(false);
        if (start is null)
        {
            return null;
        }

        return await context.Messages
            .Where(m => m.Offset >= start && m.TimestampMs >= timestampMs)
            .OrderBy(m => m.Offset)
            .Select(m => (long?)m.Offset)
            .FirstOrDefaultAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask<IReadOnlyList<TopicSummary>> ListTopicsAsync(Func<string, bool>? filter, string? after, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        await using MessagesContext context = await CreateContextAsync(cancellationToken).ConfigureAwait(false);
        List<TopicSummary> page = [];
        TopicScan scan = new(context, after);
        while (page.Count < limit && await scan.ReadAsync(cancellationToken).ConfigureAwait(false) is { } rows)
        {
            foreach (TopicRow row in rows)
            {
                if (page.Count < limit && (filter is null || filter(row.Topic)))
                {
                    page.Add(ToSummary(row));
                }
            }
        }

        return page;
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync().ConfigureAwait(false);
        await _database.CloseAsync().ConfigureAwait(false);
        _writing.Dispose();
    }

    internal async ValueTask<IReadOnlyList<StoredMessage>> ReadByOffsetAsync(string topic, long offset, int limit, CancellationToken cancellationToken)
    {
        byte[] hash = TopicKey.Hash(topic);
        await using MessagesContext context = await CreateContextAsync(cancellationToken).ConfigureAwait(false);
        long id = await context.Topics.Where(t => t.Hash == hash).Select(t => t.Id).FirstOrDefaultAsync(cancellationToken).ConfigureAwait(false);
        if (id == 0)
        {
            return [];
        }

        List<MessageRow> rows = await context.Messages
            .FromSqlRaw(_database.ReadTopicSql, id, offset, limit)
            .AsNoTracking()
            .ToListAsync(cancellationToken).ConfigureAwait(false);
        return rows.ConvertAll(r => ToMessage(r, topic));
    }

    internal async ValueTask<TopicSummary> GetSummaryAsync(string topic, CancellationToken cancellationToken)
    {
        byte[] hash = TopicKey.Hash(topic);
        await using MessagesContext context = await CreateContextAsync(cancellationToken).ConfigureAwait(false);
        TopicRow? row = await context.Topics.AsNoTracking().FirstOrDefaultAsync(t => t.Hash == hash, cancellationToken).ConfigureAwait(false);
        return row is null ? new TopicSummary(topic, 0, 0, 0) : ToSummary(row);
    }

    private static async Task<Dictionary<long, string>> ReadTopicsAsync(MessagesContext context, List<LogEntry> entries, CancellationToken cancellationToken)
    {
        List<long> ids = entries.Select(e => e.TopicId).Distinct().ToList();
        return await context.Topics
            .Where(t => ids.Contains(t.Id))
            .Select(t => new { t.Id, t.Topic })
            .ToDictionaryAsync(t => t.Id, t => t.Topic, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<MessagesContext> CreateContextAsync(CancellationToken cancellationToken)
    {
        await LeaveCallerAsync(cancellationToken).ConfigureAwait(false);
        return _database.CreateContext();
    }

    /// <summary>Goes to a pool thread when the provider blocks: the caller may be a connection's only thread.</summary>
    private async ValueTask LeaveCallerAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_database.Blocks)
        {
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        }
    }

    private static StoredMessage ToMessage(MessageRow row, string topic) => new()
    {
        Offset = row.Offset,
        Topic = topic,
        TimestampMs = row.TimestampMs,
        ExpiresAtMs = row.ExpiresAtMs,
        QoS = row.QoS,
        Retain = row.Retain,
        PublisherId = row.PublisherId,
        Properties = row.Properties,
        Payload = row.Payload,
    };

    private static TopicSummary ToSummary(TopicRow row) => new(row.Topic, row.MessageCount, row.ByteCount, row.LastOffset);

    private readonly record struct LogEntry(long Offset, long TopicId);
}
