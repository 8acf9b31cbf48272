using System.Buffers.Binary;

namespace SkyTree.Store.RocksDb.Topics;

/// <summary>A topic's value in the database: count, bytes, last offset, 8 bytes each, big-endian; then its name in UTF-8.</summary>
internal static class TopicRecord
{
    private const int TotalsSize = 24;

    public static int SizeOf(TopicEntry entry) => TotalsSize + entry.Utf8.Length;

    public static void Write(Span<byte> value, TopicEntry entry, TopicTotals totals)
    {
        BinaryPrimitives.WriteInt64BigEndian(value, totals.Count);
        BinaryPrimitives.WriteInt64BigEndian(value[8..], totals.Bytes);
        BinaryPrimitives.WriteInt64BigEndian(value[16..], totals.LastOffset);
        entry.Utf8.CopyTo(value[TotalsSize..]);
    }

    public static bool IsWhole(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => key.Length == Keys.TopicSize && value.Length > TotalsSize;

    public static ReadOnlySpan<byte> ReadName(ReadOnlySpan<byte> value) => value[TotalsSize..];

    public static TopicTotals ReadTotals(ReadOnlySpan<byte> value) => new(
        BinaryPrimitives.ReadInt64BigEndian(value),
        BinaryPrimitives.ReadInt64BigEndian(value[8..]),
        BinaryPrimitives.ReadInt64BigEndian(value[16..]));
}
