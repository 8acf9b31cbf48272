using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace SkyTree.Broker.Tests.Harness;

/// <summary>
/// Reads what the broker sent, strictly: anything that the specification does not let a server send throws
/// <see cref="FormatException"/>.
/// </summary>
internal ref struct PacketDecoder
{
    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    private readonly int _level;
    private ReadOnlySpan<byte> _rest;

    private PacketDecoder(ReadOnlySpan<byte> body, int level)
    {
        _rest = body;
        _level = level;
    }

    /// <summary>The length of the packet that begins here, or 0 when more bytes are needed to know.</summary>
    public static int FrameLength(ReadOnlySpan<byte> bytes, out int headerLength)
    {
        int length = 0;
        for (int i = 1; i <= 4 && i < bytes.Length; i++)
        {
            length |= (bytes[i] & 0x7F) << (7 * (i - 1));
            if ((bytes[i] & 0x80) == 0)
            {
                headerLength = i + 1;
                return headerLength + length;
            }
        }

        headerLength = 0;
        return bytes.Length >= 5 ? throw new FormatException("a remaining length of more than four bytes") : 0;
    }

    public static Packet Decode(ReadOnlySpan<byte> frame, int level)
    {
        FrameLength(frame, out int headerLength);
        PacketDecoder decoder = new(frame[headerLength..], level);
        Packet packet = decoder.Body(frame[0]);
        if (!decoder._rest.IsEmpty)
        {
            throw new FormatException($"{packet.Name} has {decoder._rest.Length} bytes too many");
        }

        packet.Sort();
        return packet;
    }

    private Packet Body(byte first)
    {
        int type = first >> 4;
        int flags = first & 15;
        if (type != 3 && flags != (type == 6 ? 2 : 0))
        {
            throw new FormatException($"fixed header flags {flags} of packet type {type}");
        }

        return type switch
        {
            2 => ConnAck(),
            3 => Publish(flags),
            4 => Acknowledge("PUBACK"),
            5 => Acknowledge("PUBREC"),
            6 => Acknowledge("PUBREL"),
            7 => Acknowledge("PUBCOMP"),
            9 => SubscriptionAck("SUBACK"),
            11 => SubscriptionAck("UNSUBACK"),
            13 => new Packet { Name = "PINGRESP" },
            14 when _level == 5 => Reason("DISCONNECT"),
            15 when _level == 5 => Reason("AUTH"),
            _ => throw new FormatException($"packet type {type} is not sent by servers to clients of level {_level}"),
        };
    }

    private Packet ConnAck()
    {
        byte flags = Byte();
        byte code = Byte();
        if (flags > 1 || (flags == 1 && code != 0))
        {
            throw new FormatException($"CONNACK flags {flags} with code {code}");
        }

        Packet packet = new()
        {
            Name = "CONNACK",
            Reasons = [_level == 5 || code >= 0x80 ? ReasonNames.Name(code) : ReasonNames.ReturnCodeName(code)],
            Fields = [new Field("session", flags.ToString(CultureInfo.InvariantCulture))],
        };
        Properties(packet);
        return packet;
    }

    private Packet Publish(int flags)
    {
        int qos = (flags >> 1) & 3;
        if (qos == 3 || (qos == 0 && (flags & 8) != 0))
        {
            throw new FormatException($"PUBLISH flags {flags}");
        }

        string topic = TextValue.FromText(Text());
        Packet packet = new() { Name = "PUBLISH", Topic = topic };
        if (qos > 0)
        {
            packet.Fields.Add(new Field("id", PacketId()));
            packet.Fields.Add(new Field("qos", qos.ToString(CultureInfo.InvariantCulture)));
        }

        if ((flags & 8) != 0)
        {
            packet.Fields.Add(new Field("dup", ""));
        }

        if ((flags & 1) != 0)
        {
            packet.Fields.Add(new Field("retain", ""));
        }

        Properties(packet);
        if (topic == "\"\"" && !packet.Has("alias"))
        {
            throw new FormatException("PUBLISH has neither topic nor topic alias");
        }

        packet.Payload = _rest.ToArray();
        _rest = [];
        return packet;
    }

    private Packet Acknowledge(string name)
    {
        Packet packet = new() { Name = name, Fields = [new Field("id", PacketId())] };
        if (_level == 5 && !_rest.IsEmpty)
        {
            byte code = Byte();
            if (code != 0)
            {
                packet.Reasons.Add(ReasonNames.Name(code));
            }

            OptionalProperties(packet);
        }

        return packet;
    }

    private Packet SubscriptionAck(string name)
    {
        Packet packet = new() { Name = name, Fields = [new Field("id", PacketId())] };
        Properties(packet);
        bool codes = name == "SUBACK" || _level == 5;
        while (codes && !_rest.IsEmpty)
        {
            byte code = Byte();
            packet.Reasons.Add(code == 0 && name == "SUBACK" ? "granted-qos-0" : ReasonNames.Name(code));
        }

        return packet;
    }

    private Packet Reason(string name)
    {
        Packet packet = new() { Name = name };
        packet.Reasons.Add(ReasonNames.Name(_rest.IsEmpty ? (byte)0 : Byte()));
        OptionalProperties(packet);
        return packet;
    }

    private void OptionalProperties(Packet packet)
    {
        if (!_rest.IsEmpty)
        {
            Properties(packet);
        }
    }

    private void Properties(Packet packet)
    {
        if (_level < 5)
        {
            return;
        }

        int length = (int)VariableInteger();
        PacketDecoder properties = new(Take(length), _level);
        while (!properties._rest.IsEmpty)
        {
            uint id = properties.VariableInteger();
            PropertyInfo property = PropertyTable.Find((int)id) ?? throw new FormatException($"property {id}");
            if (!property.FromServer.Split(' ').Contains(packet.Name))
            {
                throw new FormatException($"{packet.Name} with {property.Key}");
            }

            if (property.Key is not ("user" or "sub-id") && packet.Has(property.Key))
            {
                throw new FormatException($"{packet.Name} with {property.Key} twice");
            }

            packet.Fields.Add(new Field(property.Key, properties.Value(property.Kind)));
        }
    }

    private string Value(PropertyKind kind) => kind switch
    {
        PropertyKind.Byte => Byte().ToString(CultureInfo.InvariantCulture),
        PropertyKind.UInt16 => UInt16().ToString(CultureInfo.InvariantCulture),
        PropertyKind.UInt32 => BinaryPrimitives.ReadUInt32BigEndian(Take(4)).ToString(CultureInfo.InvariantCulture),
        PropertyKind.VariableInteger => VariableInteger().ToString(CultureInfo.InvariantCulture),
        PropertyKind.Binary => TextValue.FromBytes(Take(UInt16())),
        PropertyKind.Text => TextValue.FromText(Text()),
        _ => TextValue.FromPair(Text(), Text()),
    };

    private ReadOnlySpan<byte> Text()
    {
        ReadOnlySpan<byte> text = Take(UInt16());
        Utf8.GetCharCount(text);
        return text.Contains((byte)0) ? throw new FormatException("a string with U+0000") : text;
    }

    private string PacketId()
    {
        ushort id = UInt16();
        return id == 0 ? throw new FormatException("packet identifier 0") : id.ToString(CultureInfo.InvariantCulture);
    }

    private byte Byte() => Take(1)[0];

    private ushort UInt16() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    private uint VariableInteger()
    {
        uint value = 0;
        for (int shift = 0; shift < 28; shift += 7)
        {
            byte digit = Byte();
            value |= (uint)(digit & 0x7F) << shift;
            if ((digit & 0x80) == 0)
            {
                return digit == 0 && shift > 0 ? throw new FormatException("a variable byte integer that is not minimal") : value;
            }
        }

        throw new FormatException("a variable byte integer of more than four bytes");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (_rest.Length < count)
        {
            throw new FormatException($"the packet ends {count - _rest.Length} bytes early");
        }

        ReadOnlySpan<byte> taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
