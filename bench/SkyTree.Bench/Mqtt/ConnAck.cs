using System.Buffers.Binary;

namespace SkyTree.Bench.Mqtt;

/// <summary>What a generator must know of a CONNACK.</summary>
internal readonly record struct ConnAck(bool SessionPresent, int Reason, int ReceiveMaximum, int MaximumQos)
{
    public static ConnAck Parse(ReadOnlySpan<byte> body, ProtocolVersion version)
    {
        ConnAck answer = new((body[0] & 1) != 0, body[1], ushort.MaxValue, 2);
        if (version == ProtocolVersion.V311 || body.Length < 3)
        {
            return answer;
        }

        int size = FrameReader.PropertiesSize(body[2..]);
        ReadOnlySpan<byte> properties = body.Slice(2, size);
        properties = properties[(size <= 128 ? 1 : 2)..];
        while (properties.Length > 0)
        {
            ReadOnlySpan<byte> value = properties[1..];
            switch (properties[0])
            {
                case 0x21:
                    answer = answer with { ReceiveMaximum = BinaryPrimitives.ReadUInt16BigEndian(value) };
                    break;
                case 0x24:
                    answer = answer with { MaximumQos = value[0] };
                    break;
            }

            properties = value[ValueSize(properties[0], value)..];
        }

        return answer;
    }

    private static int ValueSize(byte property, ReadOnlySpan<byte> value) => property switch
    {
        0x24 or 0x25 or 0x28 or 0x29 or 0x2A => 1,
        0x21 or 0x22 or 0x13 => 2,
        0x11 or 0x27 => 4,
        0x26 => StringSize(value) + StringSize(value[StringSize(value)..]),
        0x12 or 0x1F or 0x1A or 0x1C or 0x15 or 0x16 => StringSize(value),
        _ => throw new BenchException($"CONNACK holds the unexpected property 0x{property:X2}"),
    };

    private static int StringSize(ReadOnlySpan<byte> value) => 2 + BinaryPrimitives.ReadUInt16BigEndian(value);
}
