namespace SkyTree.Core.Messages;

/// <summary>One topic's log within an <see cref="InMemoryMessageStore"/>. Holds nothing itself, so it may be kept or thrown away.</summary>
internal sealed class InMemoryMessageQueue : MessageQueue
{
    private readonly InMemoryMessageStore _store;

    internal InMemoryMessageQueue(InMemoryMessageStore store, string topic)
    {
        _store = store;
        Topic = topic;
    }

    /// <inheritdoc/>
    public override string Topic { get; }

    /// <summary>Reads messages after an offset into a list, in rising order.</summary>
    /// <param name="offset">The offset to read after; 0 reads from the first message.</param>
    /// <param name="into">Where the messages are added.</param>
    /// <param name="limit">At most so many messages, 1 and up.</param>
    public void ReadByOffset(long offset, List<StoredMessage> into, int limit)
    {
        ArgumentNullException.ThrowIfNull(into);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        _store.ReadByOffset(Topic, offset, into, limit);
    }

    /// <inheritdoc/>
    public override ValueTask<IReadOnlyList<StoredMessage>> ReadByOffsetAsync(long offset, int limit, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<IReadOnlyList<StoredMessage>>(cancellationToken);
        }

        List<StoredMessage> messages = [];
        ReadByOffset(offset, messages, limit);
        return new(messages);
    }

    /// <summary>Deletes every message up to and with an offset.</summary>
    /// <param name="offset">The last offset to delete.</param>
    public void DeleteByOffset(long offset) => _store.DeleteByOffset(Topic, offset);

    /// <inheritdoc/>
    public override ValueTask DeleteByOffsetAsync(long offset, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        DeleteByOffset(offset);
        return ValueTask.CompletedTask;
    }

    /// <summary>How many messages it holds, their bytes, and its last offset.</summary>
    public TopicSummary GetSummary() => _store.GetSummary(Topic);

    /// <inheritdoc/>
    public override ValueTask<TopicSummary> GetSummaryAsync(CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<TopicSummary>(cancellationToken) : new(GetSummary());
}
