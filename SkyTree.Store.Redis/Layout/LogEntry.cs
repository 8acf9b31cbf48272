using System.Globalization;
using StackExchange.Redis;

namespace SkyTree.Store.Redis.Layout;

/// <summary>A message's entry in <see cref="Keys.Log"/>, whose id is <c>{offset}-0</c>. The record is elsewhere, so that passing over it is cheap.</summary>
/// <param name="Offset">The message's offset.</param>
/// <param name="TopicId">Field <c>t</c>: the offset of the message that the topic began with.</param>
/// <param name="Bytes">Field <c>s</c>: bytes of payload and properties.</param>
/// <param name="RecordBytes">Field <c>r</c>: bytes of the record, which has also the topic and the publisher.</param>
/// <param name="ClockMs">
/// Field <c>c</c>: the highest timestamp up to here. Unlike the message's own it rises with the offset even when the clock
/// was set back, so a time is found by halving.
/// </param>
/// <param name="BehindMs">Field <c>d</c>: how far the message's own timestamp is behind that; nearly always 0, which takes a byte.</param>
internal readonly record struct LogEntry(long Offset, string TopicId, long Bytes, long RecordBytes, long ClockMs, long BehindMs)
{
    public long TimestampMs => ClockMs - BehindMs;

    /// <summary>The id of the entry at an offset.</summary>
    public static RedisValue IdOf(long offset) => string.Create(CultureInfo.InvariantCulture, $"{offset}-0");

    /// <summary>Where a range begins that leaves out an offset and what is before it.</summary>
    public static RedisValue After(long offset) => string.Create(CultureInfo.InvariantCulture, $"({offset}-0");

    /// <exception cref="InvalidDataException">It was not written by this store.</exception>
    public static LogEntry Read(StreamEntry entry)
    {
        string id = entry.Id.ToString();
        NameValueEntry[] fields = entry.Values;
        if (fields.Length != 5 || !id.EndsWith("-0", StringComparison.Ordinal))
        {
            throw new InvalidDataException($"The entry {id} of the log in Redis was not written by this store.");
        }

        long offset = long.Parse(id.AsSpan(0, id.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture);
        return new LogEntry(offset, fields[0].Value.ToString(), (long)fields[1].Value, (long)fields[2].Value, (long)fields[3].Value, (long)fields[4].Value);
    }
}
