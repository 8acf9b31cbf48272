using SkyTree.Core.Messages;

namespace SkyTree.Store.Redis;

/// <summary>One topic's log within a <see cref="RedisMessageStore"/>. Holds nothing itself.</summary>
internal sealed class RedisMessageQueue(RedisMessageStore store, string topic) : MessageQueue
{
    public override string Topic => topic;

    public override ValueTask<IReadOnlyList<StoredMessage>> ReadByOffsetAsync(long offset, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return store.ReadByOffsetAsync(topic, offset, limit, cancellationToken);
    }

    public override ValueTask DeleteByOffsetAsync(long offset, CancellationToken cancellationToken = default) =>
        store.DeleteByOffsetAsync(topic, offset, cancellationToken);

    public override ValueTask<TopicSummary> GetSummaryAsync(CancellationToken cancellationToken = default) =>
        store.GetSummaryAsync(topic, cancellationToken);
}
