using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace SkyTree.Broker.Tests.Harness;

/// <summary>Turns the text form of a packet into bytes as a client would send them; it forbids nothing that is illegal.</summary>
internal static class PacketEncoder
{
    private static readonly string[] Names =
    [
        "RESERVED", "CONNECT", "CONNACK", "PUBLISH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP",
        "SUBSCRIBE", "SUBACK", "UNSUBSCRIBE", "UNSUBACK", "PINGREQ", "PINGRESP", "DISCONNECT", "AUTH",
    ];

    public static byte[] Encode(Packet packet, int level)
    {
        int type = Array.IndexOf(Names, packet.Name);
        List<byte> body = [];
        int flags = packet.Name is "PUBREL" or "SUBSCRIBE" or "UNSUBSCRIBE" ? 2 : 0;
        switch (packet.Name)
        {
            case "CONNECT":
                Connect(body, packet, packet.Level ?? level);
                break;
            case "PUBLISH":
                flags = (packet.Has("dup") ? 8 : 0) | (packet.QoS << 1) | (packet.Has("retain") ? 1 : 0);
                Publish(body, packet, level);
                break;
            case "PUBACK" or "PUBREC" or "PUBREL" or "PUBCOMP":
                Acknowledge(body, packet, level);
                break;
            case "SUBSCRIBE" or "UNSUBSCRIBE":
                Subscribe(body, packet, level);
                break;
            case "DISCONNECT" or "AUTH":
                Reason(body, packet, level);
                break;
            case "PINGREQ":
                break;
            default:
                throw new FormatException($"{packet.Name} is not sent by clients; write it as hex");
        }

        return Frame((byte)((type << 4) | flags), body.ToArray());
    }

    /// <summary>A packet from its first byte and its body.</summary>
    public static byte[] Frame(byte first, ReadOnlySpan<byte> body)
    {
        List<byte> bytes = [first];
        VariableInteger(bytes, (uint)body.Length);
        return [.. bytes, .. body];
    }

    /// <summary>Bytes written as pairs of hexadecimal digits, <c>"text"</c> (as it is) and <c>s"text"</c> (with its length before it).</summary>
    public static byte[] Hex(IEnumerable<string> tokens)
    {
        List<byte> bytes = [];
        foreach (string token in tokens)
        {
            if (token[0] == '"')
            {
                bytes.AddRange(TextValue.ToBytes(token));
            }
            else if (token.StartsWith("s\"", StringComparison.Ordinal))
            {
                Binary(bytes, TextValue.ToBytes(token[1..]));
            }
            else
            {
                bytes.AddRange(Convert.FromHexString(token));
            }
        }

        return [.. bytes];
    }

    private static void Connect(List<byte> body, Packet packet, int level)
    {
        Binary(body, Encoding.ASCII.GetBytes(level == 3 ? "MQIsdp" : "MQTT"));
        body.Add((byte)level);
        string? will = packet["will"];
        int flags = Number(packet["clean"] ?? "1") << 1;
        flags |= will is null ? 0 : 4;
        flags |= Number(packet["will-qos"] ?? "0") << 3;
        flags |= Number(packet["will-retain"] ?? "0") << 5;
        flags |= packet.Has("password") ? 0x40 : 0;
        flags |= packet.Has("username") ? 0x80 : 0;
        body.Add((byte)flags);
        UInt16(body, Number(packet["keepalive"] ?? "0"));
        if (level == 5)
        {
            Properties(body, packet.Fields.Where(f => !f.Key.StartsWith("will-", StringComparison.Ordinal)));
        }

        Binary(body, TextValue.ToBytes(packet["client"] ?? "\"\""));
        if (will is not null)
        {
            if (level == 5)
            {
                Properties(body, packet.Fields.Where(f => f.Key.StartsWith("will-", StringComparison.Ordinal)).Select(f => f with { Key = f.Key[5..] }));
            }

            Binary(body, TextValue.ToBytes(will));
            Binary(body, TextValue.ToBytes(packet["will-payload"] ?? "\"\""));
        }

        if (packet["username"] is { } userName)
        {
            Binary(body, TextValue.ToBytes(userName));
        }

        if (packet["password"] is { } password)
        {
            Binary(body, TextValue.ToBytes(password));
        }
    }

    private static void Publish(List<byte> body, Packet packet, int level)
    {
        Binary(body, TextValue.ToBytes(packet.Topic ?? "\"\""));
        if (packet.QoS > 0)
        {
            UInt16(body, packet.Id);
        }

        if (level == 5)
        {
            Properties(body, packet.Fields);
        }

        body.AddRange(packet.Payload ?? []);
    }

    private static void Acknowledge(List<byte> body, Packet packet, int level)
    {
        UInt16(body, packet.Id);
        if (level < 5)
        {
            return;
        }

        bool properties = packet.Fields.Exists(f => PropertyTable.Find(f.Key) is not null);
        if (packet.Reasons.Count > 0 || properties)
        {
            body.Add(Code(packet));
        }

        if (properties)
        {
            Properties(body, packet.Fields);
        }
    }

    private static void Subscribe(List<byte> body, Packet packet, int level)
    {
        UInt16(body, packet.Id);
        if (level == 5)
        {
            Properties(body, packet.Fields);
        }

        foreach (Filter filter in packet.Filters)
        {
            Binary(body, TextValue.ToBytes(filter.Name));
            if (packet.Name == "SUBSCRIBE")
            {
                int options = 0;
                foreach (Field option in filter.Options)
                {
                    options |= option.Key switch
                    {
                        "qos" => Number(option.Value),
                        "nl" => 4,
                        "rap" => 8,
                        "rh" => Number(option.Value) << 4,
                        _ => Convert.ToInt32(option.Value, 16),
                    };
                }

                body.Add((byte)options);
            }
        }
    }

    private static void Reason(List<byte> body, Packet packet, int level)
    {
        if (level < 5)
        {
            return;
        }

        bool properties = packet.Fields.Count > 0;
        if (packet.Reasons.Count > 0 || properties)
        {
            body.Add(Code(packet));
        }

        if (properties)
        {
            Properties(body, packet.Fields);
        }
    }

    private static byte Code(Packet packet) =>
        packet.Reasons.Count > 0 && ReasonNames.TryGetCode(packet.Reasons[0], out byte code) ? code : (byte)0;

    private static void Properties(List<byte> body, IEnumerable<Field> fields)
    {
        List<byte> properties = [];
        foreach (Field field in fields)
        {
            if (PropertyTable.Find(field.Key) is { } property)
            {
                properties.Add((byte)property.Id);
                Property(properties, property.Kind, field.Value);
            }
        }

        VariableInteger(body, (uint)properties.Count);
        body.AddRange(properties);
    }

    private static void Property(List<byte> bytes, PropertyKind kind, string value)
    {
        switch (kind)
        {
            case PropertyKind.Byte:
                bytes.Add((byte)Number(value));
                break;
            case PropertyKind.UInt16:
                UInt16(bytes, Number(value));
                break;
            case PropertyKind.UInt32:
                Span<byte> four = stackalloc byte[4];
                BinaryPrimitives.WriteUInt32BigEndian(four, uint.Parse(value, CultureInfo.InvariantCulture));
                bytes.AddRange(four);
                break;
            case PropertyKind.VariableInteger:
                VariableInteger(bytes, uint.Parse(value, CultureInfo.InvariantCulture));
                break;
            case PropertyKind.Pair:
                (byte[] name, byte[] paired) = TextValue.ToPair(value);
                Binary(bytes, name);
                Binary(bytes, paired);
                break;
            default:
                Binary(bytes, TextValue.ToBytes(value));
                break;
        }
    }

    private static void VariableInteger(List<byte> bytes, uint value)
    {
        do
        {
            byte digit = (byte)(value & 0x7F);
            value >>= 7;
            bytes.Add(value > 0 ? (byte)(digit | 0x80) : digit);
        }
        while (value > 0);
    }

    private static void UInt16(List<byte> bytes, int value)
    {
        bytes.Add((byte)(value >> 8));
        bytes.Add((byte)value);
    }

    private static void Binary(List<byte> bytes, ReadOnlySpan<byte> value)
    {
        UInt16(bytes, value.Length);
        bytes.AddRange(value);
    }

    private static int Number(string value) => int.Parse(value, CultureInfo.InvariantCulture);
}
