using System.Buffers.Binary;

namespace SkyTree.Cluster.Peers.Frames;

/// <summary>How frames lie in a message, one after the other: the body's length in four bytes, least first; the kind; the body.</summary>
internal static class FrameFormat
{
    /// <summary>Bytes before a body.</summary>
    public const int HeaderSize = 5;

    /// <summary>A message is sent when it has so many bytes, or the one before has gone out; a larger frame has a message of its own.</summary>
    public const int BatchBytes = 256 * 1024;

    /// <summary>Writes a frame whose body comes in two parts; returns its size.</summary>
    public static int Write(Span<byte> target, byte kind, ReadOnlySpan<byte> header, ReadOnlySpan<byte> body)
    {
        BinaryPrimitives.WriteInt32LittleEndian(target, header.Length + body.Length);
        target[4] = kind;
        header.CopyTo(target[HeaderSize..]);
        body.CopyTo(target[(HeaderSize + header.Length)..]);
        return HeaderSize + header.Length + body.Length;
    }

    /// <summary>Reads the header of the frame that begins here.</summary>
    /// <exception cref="InvalidDataException">The rest of the message does not hold the frame.</exception>
    public static (byte Kind, int Length) ReadHeader(ReadOnlySpan<byte> rest)
    {
        if (rest.Length >= HeaderSize)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(rest);
            if (length >= 0 && length <= rest.Length - HeaderSize)
            {
                return (rest[4], length);
            }
        }

        throw new InvalidDataException("a frame reaches beyond its message");
    }
}
