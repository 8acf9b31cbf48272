using SkyTree.Core.Messages;

namespace SkyTree.Store.RocksDb;

/// <summary>One topic's log in a <see cref="RocksDbMessageStore"/>. Holds nothing; costs nothing to make.</summary>
internal sealed class RocksDbMessageQueue(RocksDbMessageStore store, string topic) : MessageQueue
{
    public override string Topic => topic;

    public override ValueTask<IReadOnlyList<StoredMessage>> ReadByOffsetAsync(long offset, int limit, CancellationToken cancellationToken = default) =>
        store.ReadByOffsetAsync(topic, offset, limit, cancellationToken);

    public override ValueTask DeleteByOffsetAsync(long offset, CancellationToken cancellationToken = default) =>
        store.DeleteByOffsetAsync(topic, offset, cancellationToken);

    public override ValueTask<TopicSummary> GetSummaryAsync(CancellationToken cancellationToken = default) =>
        store.GetSummaryAsync(topic, cancellationToken);
}
