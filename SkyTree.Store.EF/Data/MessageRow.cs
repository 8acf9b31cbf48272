namespace SkyTree.Store.EF.Data;

/// <summary>One message; the primary key is its offset.</summary>
internal sealed class MessageRow
{
    public long Offset { get; set; }

    public long TopicId { get; set; }

    public long TimestampMs { get; set; }

    /// <summary>
    /// The highest <see cref="TimestampMs"/> up to here. Unlike that one it rises with the offset even when the clock was
    /// set back, so an index on it finds where a time begins.
    /// </summary>
    public long ClockMs { get; set; }

    public long? ExpiresAtMs { get; set; }

    public byte QoS { get; set; }

    public bool Retain { get; set; }

    public string PublisherId { get; set; } = "";

    public byte[] Properties { get; set; } = [];

    public byte[] Payload { get; set; } = [];

    /// <summary>Bytes of <see cref="Properties"/> and <see cref="Payload"/>, so that deleting need not read them.</summary>
    public long ByteCount { get; set; }
}
