using System.Collections.Concurrent;

namespace SkyTree.Core.Messages;

/// <summary>
/// Keeps messages in this process's memory, bounded only by what is appended and not yet deleted. Everything is gone
/// when the process ends.
/// </summary>
/// <remarks>
/// Every operation completes synchronously, so each also has a synchronous form. Reads take no lock; appends and
/// deletions take turns, and a long deletion lets appends in between. Messages are kept by reference, so their payloads
/// and properties must not be in memory that is reused.
/// </remarks>
internal sealed class InMemoryMessageStore : MessageStore
{
    // Bounds how long one read over topics that nobody asked for can take: well under a millisecond.
    private const int ScanLimit = 16_384;
    private const int DeleteBatch = 256;
    private const int Overhead = 256; // of a message in memory, about, beside its payload and properties

    private readonly Lock _gate = new(); // taken to change anything below, and to read a topic's counters
    private readonly OffsetLog _log = new();
    private readonly ConcurrentDictionary<string, TopicLog> _topics = new(StringComparer.Ordinal);
    private long _lastOffset;
    private long _bytes;

    /// <summary>The highest offset ever appended, also when its message has been deleted since; 0 when there was none.</summary>
    public long LastOffset => Volatile.Read(ref _lastOffset);

    /// <summary>About how much memory the messages in it take, in bytes.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <inheritdoc/>
    public override ValueTask OpenAsync(CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

    /// <summary>Appends one message. An offset not above <see cref="LastOffset"/> changes nothing.</summary>
    /// <param name="message">The message.</param>
    public void Append(StoredMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        lock (_gate)
        {
            AppendLocked(message);
        }
    }

    /// <summary>Appends messages at the offsets they carry. An offset not above <see cref="LastOffset"/> changes nothing.</summary>
    /// <param name="messages">The messages in rising order of offset.</param>
    public void Append(IReadOnlyList<StoredMessage> messages)
    {
        ArgumentNullException.ThrowIfNull(messages);
        lock (_gate)
        {
            for (int i = 0; i < messages.Count; i++)
            {
                AppendLocked(messages[i]);
            }
        }
    }

    /// <inheritdoc/>
    public override ValueTask AppendAsync(IReadOnlyList<StoredMessage> messages, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        Append(messages);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask<long> GetLastOffsetAsync(CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<long>(cancellationToken) : new(LastOffset);

    /// <inheritdoc/>
    public override InMemoryMessageQueue GetQueue(string topic)
    {
        ArgumentNullException.ThrowIfNull(topic);
        return new InMemoryMessageQueue(this, topic);
    }

    /// <summary>Reads the shard's log over all topics into a list.</summary>
    /// <param name="after">The offset to read after; 0 reads from the first message.</param>
    /// <param name="filter">Topics to read; null reads all. Called for each message, must be cheap.</param>
    /// <param name="into">Where the messages are added.</param>
    /// <param name="limit">At most so many messages, 1 and up.</param>
    /// <returns>
    /// The offset to go on after; equal to <paramref name="after"/> at the log's end. When the filter passes over many
    /// messages it may be higher although no message was added.
    /// </returns>
    public long ReadLog(long after, Func<string, bool>? filter, List<StoredMessage> into, int limit)
    {
        ArgumentNullException.ThrowIfNull(into);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return _log.Read(after, filter, into, limit, ScanLimit);
    }

    /// <inheritdoc/>
    public override ValueTask<LogPage> ReadLogAsync(long after, Func<string, bool>? filter, int limit, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<LogPage>(cancellationToken);
        }

        List<StoredMessage> messages = [];
        long next = ReadLog(after, filter, messages, limit);
        return new(new LogPage(messages, next));
    }

    /// <inheritdoc/>
    public override ValueTask<long?> FindOffsetAsync(long timestampMs, CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested
            ? ValueTask.FromCanceled<long?>(cancellationToken)
            : new(_log.FindByTimestamp(timestampMs));

    /// <inheritdoc/>
    public override ValueTask<IReadOnlyList<TopicSummary>> ListTopicsAsync(Func<string, bool>? filter, string? after, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<IReadOnlyList<TopicSummary>>(cancellationToken);
        }

        while (true)
        {
            string[] topics = FirstTopics(filter, after, limit);
            List<TopicSummary> page = new(topics.Length);
            foreach (string topic in topics)
            {
                TopicSummary summary = GetSummary(topic);
                if (summary.Count > 0)
                {
                    page.Add(summary);
                }
            }

            if (page.Count > 0 || topics.Length == 0)
            {
                return new(page);
            }

            after = topics[^1]; // All of them were emptied meanwhile, which is not the end of the list.
        }
    }

    internal void ReadByOffset(string topic, long offset, List<StoredMessage> into, int limit)
    {
        if (_topics.TryGetValue(topic, out TopicLog? queue))
        {
            queue.Log.Read(offset, filter: null, into, limit, scanLimit: int.MaxValue);
        }
    }

    internal void DeleteByOffset(string topic, long offset)
    {
        offset = Math.Min(offset, LastOffset); // What is appended from now on stays.
        List<StoredMessage> batch = new(DeleteBatch);
        do
        {
            if (!_topics.TryGetValue(topic, out TopicLog? queue))
            {
                return;
            }

            batch.Clear();
            lock (_gate)
            {
                queue.Log.Read(0, filter: null, batch, DeleteBatch, scanLimit: int.MaxValue);
                foreach (StoredMessage message in batch)
                {
                    if (message.Offset > offset)
                    {
                        return;
                    }

                    RemoveLocked(queue, message);
                }
            }
        }
        while (batch.Count > 0);
    }

    internal TopicSummary GetSummary(string topic)
    {
        if (!_topics.TryGetValue(topic, out TopicLog? queue))
        {
            return new TopicSummary(topic, 0, 0, 0);
        }

        lock (_gate)
        {
            return new TopicSummary(topic, queue.Count, queue.Bytes, queue.Count == 0 ? 0 : queue.LastOffset);
        }
    }

    private void AppendLocked(StoredMessage message)
    {
        if (message.Offset <= _lastOffset)
        {
            return;
        }

        if (!_topics.TryGetValue(message.Topic, out TopicLog? queue))
        {
            queue = new TopicLog();
            _topics[message.Topic] = queue;
        }

        queue.Log.Add(message);
        queue.Count++;
        queue.Bytes += SizeOf(message);
        Volatile.Write(ref _bytes, _bytes + SizeOf(message) + Overhead);
        queue.LastOffset = message.Offset;
        _log.Add(message);
        Volatile.Write(ref _lastOffset, message.Offset);
    }

    private void RemoveLocked(TopicLog queue, StoredMessage message)
    {
        if (!queue.Log.Remove(message.Offset))
        {
            return;
        }

        _log.Remove(message.Offset);
        queue.Bytes -= SizeOf(message);
        Volatile.Write(ref _bytes, _bytes - SizeOf(message) - Overhead);
        if (--queue.Count == 0)
        {
            _topics.TryRemove(message.Topic, out _);
        }
    }

    /// <summary>The first topics in ordinal order after one, without sorting those that are not wanted.</summary>
    private string[] FirstTopics(Func<string, bool>? filter, string? after, int limit)
    {
        PriorityQueue<string, string> first = new(Comparer<string>.Create(static (x, y) => string.CompareOrdinal(y, x)));
        foreach ((string topic, _) in _topics)
        {
            bool wanted = (after is null || string.CompareOrdinal(topic, after) > 0)
                && (first.Count < limit || string.CompareOrdinal(topic, first.Peek()) < 0)
                && (filter is null || filter(topic));
            if (!wanted)
            {
                continue;
            }

            first.Enqueue(topic, topic);
            if (first.Count > limit)
            {
                first.Dequeue();
            }
        }

        string[] topics = new string[first.Count];
        for (int i = topics.Length - 1; i >= 0; i--)
        {
            topics[i] = first.Dequeue();
        }

        return topics;
    }

    private static int SizeOf(StoredMessage message) => message.Payload.Length + message.Properties.Length;

    /// <summary>One topic that has messages; its counters change under the store's lock.</summary>
    private sealed class TopicLog
    {
        public OffsetLog Log { get; } = new();

        public long Count { get; set; }

        public long Bytes { get; set; }

        public long LastOffset { get; set; }
    }
}
