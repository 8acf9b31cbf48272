namespace SkyTree.Store.EF.Data;

/// <summary>One topic that has messages.</summary>
internal sealed class TopicRow
{
    /// <summary>The offset of the message that the row was made for: unique, and never used twice.</summary>
    public long Id { get; set; }

    /// <summary><see cref="TopicKey.Hash"/>: finds the topic, however long it is and whatever the collation.</summary>
    public byte[] Hash { get; set; } = [];

    public string Topic { get; set; } = "";

    /// <summary><see cref="TopicKey.SortKey"/>: the beginning of the topic, in ordinal order.</summary>
    public byte[] SortKey { get; set; } = [];

    public long MessageCount { get; set; }

    public long ByteCount { get; set; }

    public long LastOffset { get; set; }
}
