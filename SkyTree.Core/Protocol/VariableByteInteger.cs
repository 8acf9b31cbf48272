using System.Buffers;

namespace SkyTree.Core.Protocol;

/// <summary>The Variable Byte Integer (MQTT 5.0, 1.5.5): seven bits a byte, lowest first, in the fewest bytes possible.</summary>
internal static class VariableByteInteger
{
    /// <summary>The largest value that can be encoded, 268,435,455.</summary>
    public const int MaximumValue = 0x0FFF_FFFF;

    /// <summary>The longest encoding, in bytes.</summary>
    public const int MaximumLength = 4;

    /// <summary>The bytes that a value takes, 1 to 4.</summary>
    /// <param name="value">0 to <see cref="MaximumValue"/>.</param>
    public static int GetLength(uint value) => value switch
    {
        < 0x80 => 1,
        < 0x4000 => 2,
        < 0x20_0000 => 3,
        _ => 4,
    };

    /// <summary>Writes a value.</summary>
    /// <param name="destination">At least <see cref="GetLength"/> bytes.</param>
    /// <param name="value">0 to <see cref="MaximumValue"/>.</param>
    /// <returns>The bytes written, 1 to 4.</returns>
    public static int Write(Span<byte> destination, uint value)
    {
        int length = 0;
        while (value >= 0x80)
        {
            destination[length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        destination[length++] = (byte)value;
        return length;
    }

    /// <summary>Reads a value.</summary>
    /// <param name="source">Bytes that begin with the integer.</param>
    /// <param name="value">The value.</param>
    /// <param name="length">The bytes it took, 1 to 4; 0 unless the answer is <see cref="OperationStatus.Done"/>.</param>
    /// <returns>
    /// <see cref="OperationStatus.NeedMoreData"/> when the bytes end within it, <see cref="OperationStatus.InvalidData"/>
    /// when it is longer than four bytes or than it needs to be [MQTT-1.5.5-1].
    /// </returns>
    public static OperationStatus TryRead(ReadOnlySpan<byte> source, out uint value, out int length)
    {
        value = 0;
        length = 0;
        for (int i = 0; i < MaximumLength; i++)
        {
            if (i >= source.Length)
            {
                return OperationStatus.NeedMoreData;
            }

            byte current = source[i];
            value |= (uint)(current & 0x7F) << (7 * i);
            if (current < 0x80)
            {
                if (current == 0 && i > 0)
                {
                    return OperationStatus.InvalidData;
                }

                length = i + 1;
                return OperationStatus.Done;
            }
        }

        return OperationStatus.InvalidData;
    }
}
