using System.Globalization;
using StackExchange.Redis;

namespace SkyTree.Store.Redis.Layout;

/// <summary>
/// A message's entry in the queue of its topic: <c>offset:bytes:record bytes</c>, the offset in 19 digits, so that entries sort
/// by it.
/// </summary>
/// <param name="Offset">The message's offset.</param>
/// <param name="RecordBytes">Bytes of its record. Those of payload and properties are for the scripts.</param>
internal readonly record struct QueueEntry(long Offset, long RecordBytes)
{
    /// <summary>Where a range begins that leaves out an offset and what is before it: a semicolon sorts just behind a colon.</summary>
    public static RedisValue After(long offset) => string.Create(CultureInfo.InvariantCulture, $"({offset:D19};");

    public static QueueEntry Read(string entry)
    {
        int first = entry.IndexOf(':', StringComparison.Ordinal);
        int last = entry.LastIndexOf(':');
        return new QueueEntry(
            long.Parse(entry.AsSpan(0, first), NumberStyles.None, CultureInfo.InvariantCulture),
            long.Parse(entry.AsSpan(last + 1), NumberStyles.None, CultureInfo.InvariantCulture));
    }
}
