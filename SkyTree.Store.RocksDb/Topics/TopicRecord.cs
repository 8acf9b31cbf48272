using System.Buffers.Binary;

namespace SkyTree.Store.RocksDb.Topics;

/// <summary>A topic's value in the database: queue id, count, bytes, last offset, 8 bytes each, big-endian.</summary>
internal static class TopicRecord
{
    public const int Size = 32;

    public static void Write(Span<byte> value, long queue, TopicTotals totals)
    {
        BinaryPrimitives.WriteInt64BigEndian(value, queue);
        BinaryPrimitives.WriteInt64BigEndian(value[8..], totals.Count);
        BinaryPrimitives.WriteInt64BigEndian(value[16..], totals.Bytes);
        BinaryPrimitives.WriteInt64BigEndian(value[24..], totals.LastOffset);
    }

    public static long ReadQueue(ReadOnlySpan<byte> value) => BinaryPrimitives.ReadInt64BigEndian(value);

    public static TopicTotals ReadTotals(ReadOnlySpan<byte> value) => new(
        BinaryPrimitives.ReadInt64BigEndian(value[8..]),
        BinaryPrimitives.ReadInt64BigEndian(value[16..]),
        BinaryPrimitives.ReadInt64BigEndian(value[24..]));
}
