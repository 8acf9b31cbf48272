namespace SkyTree.Core.Messages;

/// <summary>
/// Where stored messages live: one log per topic, all of a shard ordered by offset. This is the contract that a
/// database implements. All members may be called from many threads at once, but appends come one at a time.
/// </summary>
/// <remarks>
/// Offsets are assigned by the broker before the store sees them, and rise with every append. A batch may be appended
/// again after a crash: what is there already stays as it is. Reads see every append that has completed.
/// A broken database is an exception (of any kind), a cancelled call an <see cref="OperationCanceledException"/>, and a
/// limit below 1 an <see cref="ArgumentOutOfRangeException"/>; nothing else is.
/// </remarks>
public abstract class MessageStore : IAsyncDisposable
{
    /// <summary>
    /// Creates what the store needs (tables, files) and brings older layouts up to date. Called before anything else, and
    /// again after it has failed.
    /// </summary>
    public abstract ValueTask OpenAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Appends messages at the offsets they carry. An offset that is there already is left unchanged, and one that has been
    /// deleted does not come back.
    /// </summary>
    /// <param name="messages">The messages in rising order of offset.</param>
    /// <param name="cancellationToken">Gives up waiting; whether the batch was appended is then unknown.</param>
    public abstract ValueTask AppendAsync(IReadOnlyList<StoredMessage> messages, CancellationToken cancellationToken = default);

    /// <summary>The highest offset ever appended, also when its message has been deleted since; 0 when there was none.</summary>
    public abstract ValueTask<long> GetLastOffsetAsync(CancellationToken cancellationToken = default);

    /// <summary>One topic's log. Always answers; a topic without messages has an empty one.</summary>
    /// <param name="topic">The topic name.</param>
    public abstract MessageQueue GetQueue(string topic);

    /// <summary>Reads the shard's log over all topics.</summary>
    /// <param name="after">The offset to read after; 0 reads from the first message.</param>
    /// <param name="filter">Topics to read; null reads all. Called for each topic or message, must be cheap.</param>
    /// <param name="limit">At most so many messages, 1 and up.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>
    /// The page, and the offset to go on after: past messages that the filter passed over, so progress is certain. A store
    /// may give up looking after a while, so a page may be empty although there is more; only <see cref="LogPage.Next"/> tells the end.
    /// </returns>
    public abstract ValueTask<LogPage> ReadLogAsync(long after, Func<string, bool>? filter, int limit, CancellationToken cancellationToken = default);

    /// <summary>The first offset whose message was appended at or after a time; null if there is none.</summary>
    /// <param name="timestampMs">Milliseconds since 1970-01-01 UTC.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    public abstract ValueTask<long?> FindOffsetAsync(long timestampMs, CancellationToken cancellationToken = default);

    /// <summary>Topics that have messages and match, in ordinal order.</summary>
    /// <param name="filter">Topics to list; null lists all.</param>
    /// <param name="after">List topics that sort after this one; null lists from the first.</param>
    /// <param name="limit">At most so many, 1 and up.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    public abstract ValueTask<IReadOnlyList<TopicSummary>> ListTopicsAsync(Func<string, bool>? filter, string? after, int limit, CancellationToken cancellationToken = default);

    /// <summary>Deletes every message of all topics up to and with an offset. Override it where that is cheaper than topic by topic.</summary>
    /// <param name="offset">The last offset to delete.</param>
    /// <param name="cancellationToken">Gives up waiting; deleting again is harmless.</param>
    public virtual async ValueTask DeleteLogAsync(long offset, CancellationToken cancellationToken = default)
    {
        const int PageSize = 1000;
        string? after = null;
        while (true)
        {
            IReadOnlyList<TopicSummary> topics = await ListTopicsAsync(null, after, PageSize, cancellationToken).ConfigureAwait(false);
            foreach (TopicSummary topic in topics)
            {
                await GetQueue(topic.Topic).DeleteByOffsetAsync(offset, cancellationToken).ConfigureAwait(false);
            }

            if (topics.Count == 0)
            {
                return;
            }

            after = topics[^1].Topic;
        }
    }

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}

/// <summary>One topic's log within a <see cref="MessageStore"/>.</summary>
public abstract class MessageQueue
{
    /// <summary>The topic name.</summary>
    public abstract string Topic { get; }

    /// <summary>Reads messages after an offset, in rising order.</summary>
    /// <param name="offset">The offset to read after; 0 reads from the first message.</param>
    /// <param name="limit">At most so many messages, 1 and up. Fewer come only when there are no more.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    public abstract ValueTask<IReadOnlyList<StoredMessage>> ReadByOffsetAsync(long offset, int limit, CancellationToken cancellationToken = default);

    /// <summary>Deletes every message up to and with an offset.</summary>
    /// <param name="offset">The last offset to delete.</param>
    /// <param name="cancellationToken">Gives up waiting; deleting again is harmless.</param>
    public abstract ValueTask DeleteByOffsetAsync(long offset, CancellationToken cancellationToken = default);

    /// <summary>How many messages it holds, their bytes, and its last offset.</summary>
    /// <param name="cancellationToken">Cancels the read.</param>
    public abstract ValueTask<TopicSummary> GetSummaryAsync(CancellationToken cancellationToken = default);
}

/// <summary>What a topic's log holds.</summary>
/// <param name="Topic">The topic name.</param>
/// <param name="Count">Messages in it.</param>
/// <param name="Bytes">Bytes of payload and properties in it.</param>
/// <param name="LastOffset">The highest offset in it; 0 when it is empty.</param>
public readonly record struct TopicSummary(string Topic, long Count, long Bytes, long LastOffset);

/// <summary>A page of the shard's log.</summary>
/// <param name="Messages">The messages in rising order of offset.</param>
/// <param name="Next">The offset to go on after. Equal to the offset that was read after when the log's end is reached.</param>
public readonly record struct LogPage(IReadOnlyList<StoredMessage> Messages, long Next);
