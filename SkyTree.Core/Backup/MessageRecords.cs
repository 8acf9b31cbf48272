using System.Buffers.Binary;
using SkyTree.Core.Messages;

namespace SkyTree.Core.Backup;

/// <summary>Messages as bytes: for each its offset (8), its record's length (4), both little-endian, and the record.</summary>
internal static class MessageRecords
{
    private const int HeaderSize = 12;

    /// <summary>Writes messages.</summary>
    public static byte[] Write(IReadOnlyList<StoredMessage> messages)
    {
        byte[] bytes = new byte[messages.Sum(m => HeaderSize + StoredMessageFormat.SizeOf(m))];
        int at = 0;
        foreach (StoredMessage message in messages)
        {
            int size = StoredMessageFormat.Write(message, bytes.AsSpan(at + HeaderSize));
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(at), message.Offset);
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at + 8), size);
            at += HeaderSize + size;
        }

        return bytes;
    }

    /// <summary>Reads them.</summary>
    /// <exception cref="InvalidDataException">They make no sense.</exception>
    public static List<StoredMessage> Read(ReadOnlySpan<byte> bytes)
    {
        List<StoredMessage> messages = [];
        while (!bytes.IsEmpty)
        {
            int size = bytes.Length < HeaderSize ? -1 : BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]);
            if (size < 0 || size > bytes.Length - HeaderSize)
            {
                throw new InvalidDataException("The backup's messages end in the middle of one.");
            }

            messages.Add(StoredMessageFormat.Read(BinaryPrimitives.ReadInt64LittleEndian(bytes), bytes.Slice(HeaderSize, size)));
            bytes = bytes[(HeaderSize + size)..];
        }

        return messages;
    }
}
