namespace SkyTree.Store.RocksDb.Topics;

/// <summary>What a topic's queue holds. Immutable.</summary>
/// <param name="Count">Messages.</param>
/// <param name="Bytes">Bytes of their payloads and properties.</param>
/// <param name="LastOffset">The highest offset; 0 when it is empty.</param>
internal sealed record TopicTotals(long Count, long Bytes, long LastOffset)
{
    public static readonly TopicTotals None = new(0, 0, 0);

    public TopicTotals Add(long offset, int bytes) => new(Count + 1, Bytes + bytes, offset);

    public TopicTotals Fill(long offset, int bytes) => new(Count + 1, Bytes + bytes, Math.Max(LastOffset, offset));

    public TopicTotals Remove(long count, long bytes) => Count == count ? None : new(Count - count, Bytes - bytes, LastOffset);
}
