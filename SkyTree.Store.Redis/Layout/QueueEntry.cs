using System.Globalization;

namespace SkyTree.Store.Redis.Layout;

/// <summary>A message's entry in the list of its topic: <c>offset:bytes:record bytes</c>.</summary>
/// <param name="Offset">The message's offset.</param>
/// <param name="RecordBytes">Bytes of its record. Those of payload and properties are for the scripts.</param>
internal readonly record struct QueueEntry(long Offset, long RecordBytes)
{
    public static QueueEntry Read(string entry)
    {
        int first = entry.IndexOf(':', StringComparison.Ordinal);
        int last = entry.LastIndexOf(':');
        return new QueueEntry(
            long.Parse(entry.AsSpan(0, first), NumberStyles.None, CultureInfo.InvariantCulture),
            long.Parse(entry.AsSpan(last + 1), NumberStyles.None, CultureInfo.InvariantCulture));
    }
}
