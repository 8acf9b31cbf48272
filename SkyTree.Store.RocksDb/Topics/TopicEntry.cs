using SkyTree.Core.Messages;

namespace SkyTree.Store.RocksDb.Topics;

/// <summary>One topic that has messages, as it is kept in memory.</summary>
internal sealed class TopicEntry(byte[] utf8, string name, long queue)
{
    /// <summary>The topic name.</summary>
    public string Name { get; } = name;

    /// <summary>The topic name in UTF-8.</summary>
    public byte[] Utf8 { get; } = utf8;

    /// <summary>Its queue's id.</summary>
    public long Queue { get; } = queue;

    /// <summary>What has been written. Swapped whole, by who holds the database's write lock.</summary>
    public TopicTotals Totals
    {
        get => Volatile.Read(ref field);
        set => Volatile.Write(ref field, value);
    } = TopicTotals.None;

    /// <summary>What it becomes when the batch being written is; null: the batch does not touch it. The write lock's holder's.</summary>
    public TopicTotals? Pending { get; set; }

    /// <summary>Below this offset it holds nothing: reads that begin here need not pass what is deleted. The deleter's; a hint to readers.</summary>
    public long First
    {
        get => Volatile.Read(ref field);
        set => Volatile.Write(ref field, value);
    }

    public TopicSummary Summary
    {
        get
        {
            TopicTotals totals = Totals;
            return new TopicSummary(Name, totals.Count, totals.Bytes, totals.LastOffset);
        }
    }
}
