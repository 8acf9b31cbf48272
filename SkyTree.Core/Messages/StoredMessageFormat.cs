using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace SkyTree.Core.Messages;

/// <summary>
/// The bytes of a stored message, for stores that keep records rather than columns. A record begins with a checksum over
/// itself and the offset it belongs to, so one that was damaged, or has come to stand elsewhere, is never served.
/// </summary>
/// <remarks>
/// checksum (8 bytes, XXH3 seeded with the offset) · version 1 · flags (QoS in bits 0-1, RETAIN bit 2, expires bit 3) ·
/// timestamp (8) · expiry (8, when it expires) · lengths of topic, publisher and properties (7 bits a byte each) · topic ·
/// publisher · properties · payload. Numbers are little-endian.
/// </remarks>
internal static class StoredMessageFormat
{
    private const int ChecksumSize = 8;
    private const byte FormatVersion = 1;
    private const int Retain = 4;
    private const int Expires = 8;

    /// <summary>The bytes that <see cref="Write"/> will take for a message.</summary>
    /// <param name="message">The message.</param>
    public static int SizeOf(StoredMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        int topic = message.TopicUtf8.Length;
        int publisher = Encoding.UTF8.GetByteCount(message.PublisherId);
        return ChecksumSize + 2 + 8 + (message.ExpiresAtMs is null ? 0 : 8)
            + LengthSize(topic) + LengthSize(publisher) + LengthSize(message.Properties.Length)
            + topic + publisher + message.Properties.Length + message.Payload.Length;
    }

    /// <summary>Writes a message's record.</summary>
    /// <param name="message">The message; its offset is in the checksum only.</param>
    /// <param name="destination">At least <see cref="SizeOf"/> bytes.</param>
    /// <returns>The bytes written.</returns>
    public static int Write(StoredMessage message, Span<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(message);
        int at = ChecksumSize;
        destination[at++] = FormatVersion;
        destination[at++] = (byte)(message.QoS | (message.Retain ? Retain : 0) | (message.ExpiresAtMs is null ? 0 : Expires));
        BinaryPrimitives.WriteInt64LittleEndian(destination[at..], message.TimestampMs);
        at += 8;
        if (message.ExpiresAtMs is { } expiry)
        {
            BinaryPrimitives.WriteInt64LittleEndian(destination[at..], expiry);
            at += 8;
        }

        byte[] topic = message.TopicUtf8;
        int publisher = Encoding.UTF8.GetByteCount(message.PublisherId);
        at += WriteLength(destination[at..], topic.Length);
        at += WriteLength(destination[at..], publisher);
        at += WriteLength(destination[at..], message.Properties.Length);
        topic.CopyTo(destination[at..]);
        at += topic.Length;
        at += Encoding.UTF8.GetBytes(message.PublisherId, destination[at..]);
        message.Properties.Span.CopyTo(destination[at..]);
        at += message.Properties.Length;
        message.Payload.Span.CopyTo(destination[at..]);
        at += message.Payload.Length;
        BinaryPrimitives.WriteUInt64LittleEndian(destination, Checksum(message.Offset, destination[ChecksumSize..at]));
        return at;
    }

    /// <summary>Writes a message's record into an array of its own.</summary>
    /// <param name="message">The message.</param>
    public static byte[] ToArray(StoredMessage message)
    {
        byte[] record = new byte[SizeOf(message)];
        Write(message, record);
        return record;
    }

    /// <summary>Reads a record.</summary>
    /// <param name="offset">The offset that it was found at.</param>
    /// <param name="record">The record's bytes; copied.</param>
    /// <exception cref="InvalidDataException">It is damaged, belongs to another offset, or was written by a later version.</exception>
    public static StoredMessage Read(long offset, ReadOnlySpan<byte> record)
    {
        Header header = ReadHeader(offset, record);
        ReadOnlySpan<byte> rest = record[header.Topic..];
        byte[] topic = rest[..header.TopicLength].ToArray();
        rest = rest[header.TopicLength..];
        string publisher = Encoding.UTF8.GetString(rest[..header.PublisherLength]);
        byte[] content = rest[header.PublisherLength..].ToArray();
        return new StoredMessage
        {
            Offset = offset,
            Topic = Encoding.UTF8.GetString(topic),
            TopicUtf8 = topic,
            TimestampMs = header.TimestampMs,
            ExpiresAtMs = header.ExpiresAtMs,
            QoS = (byte)(header.Flags & 3),
            Retain = (header.Flags & Retain) != 0,
            PublisherId = publisher,
            Properties = content.AsMemory(0, header.PropertiesLength),
            Payload = content.AsMemory(header.PropertiesLength),
        };
    }

    /// <summary>Reads a record's topic name, in UTF-8, and nothing else of it.</summary>
    /// <param name="offset">The offset that it was found at.</param>
    /// <param name="record">The record's bytes.</param>
    /// <exception cref="InvalidDataException">It is damaged, belongs to another offset, or was written by a later version.</exception>
    public static ReadOnlySpan<byte> ReadTopic(long offset, ReadOnlySpan<byte> record)
    {
        Header header = ReadHeader(offset, record);
        return record.Slice(header.Topic, header.TopicLength);
    }

    /// <summary>When a record's message was appended, in milliseconds since 1970-01-01 UTC.</summary>
    /// <param name="offset">The offset that it was found at.</param>
    /// <param name="record">The record's bytes.</param>
    /// <exception cref="InvalidDataException">It is damaged, belongs to another offset, or was written by a later version.</exception>
    public static long ReadTimestampMs(long offset, ReadOnlySpan<byte> record) => ReadHeader(offset, record).TimestampMs;

    private static Header ReadHeader(long offset, ReadOnlySpan<byte> record)
    {
        if (record.Length < ChecksumSize + 2 + 8 + 3
            || BinaryPrimitives.ReadUInt64LittleEndian(record) != Checksum(offset, record[ChecksumSize..]))
        {
            throw new InvalidDataException($"The record of the stored message at offset {offset} is damaged.");
        }

        int at = ChecksumSize;
        if (record[at++] != FormatVersion)
        {
            throw new InvalidDataException($"The record of the stored message at offset {offset} is of version {record[at - 1]}, which this program does not know.");
        }

        byte flags = record[at++];
        long timestamp = BinaryPrimitives.ReadInt64LittleEndian(record[at..]);
        at += 8;
        long? expiry = null;
        if ((flags & Expires) != 0)
        {
            expiry = BinaryPrimitives.ReadInt64LittleEndian(record[at..]);
            at += 8;
        }

        int topic = ReadLength(record, ref at);
        int publisher = ReadLength(record, ref at);
        int properties = ReadLength(record, ref at);
        return new Header(flags, timestamp, expiry, at, topic, publisher, properties);
    }

    private static ulong Checksum(long offset, ReadOnlySpan<byte> record) => XxHash3.HashToUInt64(record, offset);

    private static int LengthSize(int length)
    {
        int size = 1;
        for (; length > 127; length >>= 7)
        {
            size++;
        }

        return size;
    }

    private static int WriteLength(Span<byte> destination, int length)
    {
        int at = 0;
        for (; length > 127; length >>= 7)
        {
            destination[at++] = (byte)(length | 128);
        }

        destination[at++] = (byte)length;
        return at;
    }

    private static int ReadLength(ReadOnlySpan<byte> record, ref int at)
    {
        int length = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte part = record[at++];
            length |= (part & 127) << shift;
            if (part < 128)
            {
                return length;
            }
        }
    }

    private readonly record struct Header(byte Flags, long TimestampMs, long? ExpiresAtMs, int Topic, int TopicLength, int PublisherLength, int PropertiesLength);
}
