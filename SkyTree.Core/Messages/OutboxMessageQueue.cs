namespace SkyTree.Core.Messages;

/// <summary>One topic's log within an <see cref="OutboxMessageStore"/>. Holds nothing itself.</summary>
internal sealed class OutboxMessageQueue(OutboxMessageStore store, string topic) : MessageQueue
{
    public override string Topic => topic;

    public override ValueTask<IReadOnlyList<StoredMessage>> ReadByOffsetAsync(long offset, int limit, CancellationToken cancellationToken = default) =>
        store.ReadByOffsetAsync(topic, offset, limit, cancellationToken);

    public override ValueTask DeleteByOffsetAsync(long offset, CancellationToken cancellationToken = default) =>
        store.DeleteByOffsetAsync(topic, offset, cancellationToken);

    public override ValueTask<TopicSummary> GetSummaryAsync(CancellationToken cancellationToken = default) =>
        store.GetSummaryAsync(topic, cancellationToken);
}
