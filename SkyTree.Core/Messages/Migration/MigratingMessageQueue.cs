namespace SkyTree.Core.Messages.Migration;

/// <summary>One topic's log within a <see cref="MigratingMessageStore"/>. Holds nothing itself.</summary>
internal sealed class MigratingMessageQueue(MigratingMessageStore store, string topic) : MessageQueue
{
    public override string Topic => topic;

    public override ValueTask<IReadOnlyList<StoredMessage>> ReadByOffsetAsync(long offset, int limit, CancellationToken cancellationToken = default) =>
        store.ReadByOffsetAsync(topic, offset, limit, cancellationToken);

    public override ValueTask DeleteByOffsetAsync(long offset, CancellationToken cancellationToken = default) =>
        store.DeleteByOffsetAsync(topic, offset, cancellationToken);

    public override ValueTask<TopicSummary> GetSummaryAsync(CancellationToken cancellationToken = default) =>
        store.GetSummaryAsync(topic, cancellationToken);
}
