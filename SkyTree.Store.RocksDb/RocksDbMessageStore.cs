using System.Buffers.Binary;
using SkyTree.Core.Messages;
using SkyTree.Store.RocksDb.Native;
using SkyTree.Store.RocksDb.Topics;

namespace SkyTree.Store.RocksDb;

/// <summary>The stored messages within a <see cref="RocksDbDatabase"/>.</summary>
/// <remarks>
/// What may touch the disk runs on the thread pool, a page at a time. Totals and last offsets are in memory and answered at once.
/// </remarks>
internal sealed partial class RocksDbMessageStore(RocksDbDatabase database) : MessageStore
{
    private const int ScanRecords = 16_384; // looked at for one page, when a filter passes over most
    private const int ScanBytes = 16 * 1024 * 1024;
    private const int PageBytes = 1024 * 1024;

    /// <inheritdoc/>
    public override async ValueTask OpenAsync(CancellationToken cancellationToken = default)
    {
        if (!database.IsOpen)
        {
            await LeaveCallerAsync(cancellationToken).ConfigureAwait(false);
            database.Open();
        }
    }

    /// <inheritdoc/>
    public override async ValueTask AppendAsync(IReadOnlyList<StoredMessage> messages, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        await LeaveCallerAsync(cancellationToken).ConfigureAwait(false);
        if (messages.Count == 0)
        {
            return;
        }

        using RocksDbBatch batch = new();
        foreach (StoredMessage message in messages)
        {
            batch.Append(message);
        }

        database.Write(batch, sync: true);
    }

    /// <inheritdoc/>
    public override ValueTask<long> GetLastOffsetAsync(CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<long>(cancellationToken) : new(database.State.LastOffset);

    /// <inheritdoc/>
    public override MessageQueue GetQueue(string topic)
    {
        ArgumentNullException.ThrowIfNull(topic);
        return new RocksDbMessageQueue(this, topic);
    }

    /// <inheritdoc/>
    public override async ValueTask<LogPage> ReadLogAsync(long after, Func<string, bool>? filter, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        cancellationToken.ThrowIfCancellationRequested();
        if (after >= database.State.LastOffset)
        {
            return new LogPage([], after); // most readers have read everything; they need no thread to learn it
        }

        await LeaveCallerAsync(cancellationToken).ConfigureAwait(false);
        return ReadLog(after, filter, limit);
    }

    /// <inheritdoc/>
    public override async ValueTask<long?> FindOffsetAsync(long timestampMs, CancellationToken cancellationToken = default)
    {
        await LeaveCallerAsync(cancellationToken).ConfigureAwait(false);
        return FindOffset(timestampMs, cancellationToken);
    }

    /// <inheritdoc/>
    public override async ValueTask<IReadOnlyList<TopicSummary>> ListTopicsAsync(Func<string, bool>? filter, string? after, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        await LeaveCallerAsync(cancellationToken).ConfigureAwait(false);
        return database.State.Topics.List(filter, after, limit, cancellationToken);
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync().ConfigureAwait(false);
        await database.DisposeAsync().ConfigureAwait(false);
    }

    internal async ValueTask<IReadOnlyList<StoredMessage>> ReadByOffsetAsync(string topic, long offset, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        cancellationToken.ThrowIfCancellationRequested();
        if (database.State.Topics.Summarize(topic).LastOffset <= offset)
        {
            return [];
        }

        await LeaveCallerAsync(cancellationToken).ConfigureAwait(false);
        return ReadQueue(topic, offset, limit);
    }

    internal ValueTask<TopicSummary> GetSummaryAsync(string topic, CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested
            ? ValueTask.FromCanceled<TopicSummary>(cancellationToken)
            : new(database.State.Topics.Summarize(topic));

    private LogPage ReadLog(long after, Func<string, bool>? filter, int limit)
    {
        using RocksDbDatabase.Reading reading = database.Enter();
        LogState state = database.State;
        TopicFilterCache? verdicts = filter is null ? null : new(state.Topics, filter);
        List<StoredMessage> messages = new(Math.Min(limit, 256));
        long start = state.FirstAfter(after);
        long next = after;
        int scanned = 0;
        long scannedBytes = 0;
        int pageBytes = 0;
        Span<byte> key = stackalloc byte[8];
        Keys.WriteOffset(key, start);
        using Cursor cursor = new(reading.Database, reading.Database.Log);
        for (bool there = cursor.Seek(key); there; there = cursor.Next())
        {
            long offset = Keys.ReadOffset(cursor.Key);
            ReadOnlySpan<byte> record = cursor.Value;
            if (scanned == 0)
            {
                state.LearnFirst(start, offset);
            }

            if (verdicts is null || verdicts.Takes(StoredMessageFormat.ReadTopic(offset, record)))
            {
                messages.Add(StoredMessageFormat.Read(offset, record));
                pageBytes += record.Length;
            }

            next = offset;
            scanned++;
            scannedBytes += record.Length;
            if (messages.Count == limit || pageBytes >= PageBytes || scanned == ScanRecords || scannedBytes >= ScanBytes)
            {
                break;
            }
        }

        return new LogPage(messages, next);
    }

    private List<StoredMessage> ReadQueue(string topic, long after, int limit)
    {
        using RocksDbDatabase.Reading reading = database.Enter();
        OpenedDatabase opened = reading.Database;
        LogState state = database.State;
        List<StoredMessage> messages = [];
        if (state.Topics.Find(topic) is not { } entry || after == long.MaxValue)
        {
            return messages;
        }

        // Both cursors see the same moment, so a message in the queue is in the log.
        using ReadSnapshot snapshot = new(opened);
        using Cursor queue = QueueCursor(opened, entry, snapshot);
        using Cursor log = new(opened, opened.Log, snapshot: snapshot);
        int bytes = 0;
        long last = long.MinValue;
        Span<byte> key = stackalloc byte[Keys.QueueSize];
        Keys.WriteQueue(key, entry.Queue, Math.Max(Math.Max(after, state.Floor) + 1, entry.First));
        for (bool there = queue.Seek(key); there && messages.Count < limit && bytes < PageBytes; there = queue.Next())
        {
            long offset = Keys.ReadQueueOffset(queue.Key);
            ReadOnlySpan<byte> record = Find(log, offset, follows: offset == last + 1, opened);
            messages.Add(StoredMessageFormat.Read(offset, record));
            bytes += record.Length;
            last = offset;
        }

        return messages;
    }

    private static ReadOnlySpan<byte> Find(Cursor log, long offset, bool follows, OpenedDatabase opened)
    {
        Span<byte> key = stackalloc byte[8];
        Keys.WriteOffset(key, offset);
        bool there = follows ? log.Next() : log.Seek(key);
        return there && log.Key.SequenceEqual(key)
            ? log.Value
            : throw Errors.Damaged(opened.Folder, $"the message at offset {offset} is in its topic's queue, but not in the log");
    }

    private long? FindOffset(long timestampMs, CancellationToken cancellationToken)
    {
        using RocksDbDatabase.Reading reading = database.Enter();
        LogState state = database.State;
        if (timestampMs > state.Clock)
        {
            return null;
        }

        long start = state.FirstAfter(FindMark(reading.Database, timestampMs) - 1);
        Span<byte> key = stackalloc byte[8];
        Keys.WriteOffset(key, start);
        using Cursor cursor = new(reading.Database, reading.Database.Log);
        for (bool there = cursor.Seek(key); there; there = cursor.Next())
        {
            cancellationToken.ThrowIfCancellationRequested();
            long offset = Keys.ReadOffset(cursor.Key);
            if (StoredMessageFormat.ReadTimestampMs(offset, cursor.Value) >= timestampMs)
            {
                return offset;
            }
        }

        return null;
    }

    /// <summary>An offset below which every timestamp is below one.</summary>
    private static long FindMark(OpenedDatabase opened, long timestampMs)
    {
        if (timestampMs == long.MinValue)
        {
            return 1;
        }

        Span<byte> key = stackalloc byte[Keys.TimeMarkSize];
        Keys.WriteTimeMark(key, timestampMs - 1);
        using Cursor marks = new(opened, opened.Topics);
        return marks.SeekBack(key) && Keys.IsTimeMark(marks.Key) ? BinaryPrimitives.ReadInt64BigEndian(marks.Value) : 1;
    }

    private static Cursor QueueCursor(OpenedDatabase opened, TopicEntry entry, ReadSnapshot? snapshot = null)
    {
        Span<byte> end = stackalloc byte[Keys.QueueSize];
        Keys.WriteQueue(end, entry.Queue + 1, 0);
        return new Cursor(opened, opened.Queues, end, snapshot);
    }

    private static async ValueTask LeaveCallerAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
    }
}
