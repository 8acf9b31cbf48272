using System.Runtime.CompilerServices;

namespace SkyTree.Bench.Mqtt;

/// <summary>Walks over the whole packets of a received block without copying.</summary>
internal ref struct FrameReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>How much of the block was whole packets.</summary>
    public int Consumed { get; private set; }

    /// <summary>The first byte of the packet: type and flags.</summary>
    public int First { get; private set; }

    /// <summary>What follows the packet's fixed header.</summary>
    public ReadOnlySpan<byte> Body { get; private set; }

    /// <summary>Moves to the next packet; false when what is left is not whole.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Next()
    {
        ReadOnlySpan<byte> rest = _bytes[Consumed..];
        if (rest.Length < 2)
        {
            return false;
        }

        int length = rest[1];
        int header = 2;
        if (length >= 0x80 && !ReadLength(rest, 1, out length, out header))
        {
            return false;
        }

        if (rest.Length - header < length)
        {
            return false;
        }

        First = rest[0];
        Body = rest.Slice(header, length);
        Consumed += header + length;
        return true;
    }

    /// <summary>The length of a property block together with its own length field.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int PropertiesSize(ReadOnlySpan<byte> bytes)
    {
        return bytes[0] < 0x80 ? bytes[0] + 1
            : ReadLength(bytes, 0, out int length, out int end) ? length + end
            : throw new BenchException("the broker sent a bad property length");
    }

    /// <summary>Reads a variable byte integer; false when it is not whole yet.</summary>
    private static bool ReadLength(ReadOnlySpan<byte> bytes, int at, out int length, out int end)
    {
        length = 0;
        end = at;
        for (int shift = 0; shift <= 21; shift += 7)
        {
            if (end == bytes.Length)
            {
                return false;
            }

            byte b = bytes[end++];
            length |= (b & 0x7F) << shift;
            if (b < 0x80)
            {
                return true;
            }
        }

        throw new BenchException("the broker sent a length of more than four bytes");
    }
}
