using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace SkyTree.Crash.Tests.Wire;

/// <summary>
/// Takes the broker's packets from a stream of bytes. Written apart from the broker's codec, so that a mistake is not made on both sides.
/// </summary>
internal ref struct PacketReader
{
    private ReadOnlySpan<byte> _rest;

    private PacketReader(ReadOnlySpan<byte> body) => _rest = body;

    /// <summary>Takes the next whole packet.</summary>
    /// <param name="buffer">What has arrived; cut behind the packet.</param>
    /// <param name="level">The connection's protocol level, 4 or 5.</param>
    /// <param name="packet">The packet, if there is a whole one.</param>
    /// <exception cref="FormatException">The broker sent what is no packet.</exception>
    public static bool TryTake(ref ReadOnlySequence<byte> buffer, int level, out Packet packet)
    {
        packet = null!;
        Span<byte> head = stackalloc byte[5];
        int available = (int)Math.Min(buffer.Length, head.Length);
        buffer.Slice(0, available).CopyTo(head);
        int length = 0;
        int used = 1;
        for (int shift = 0; ; shift += 7)
        {
            if (used >= available)
            {
                return used == 5 ? throw new FormatException("a remaining length of more than four bytes") : false;
            }

            byte digit = head[used++];
            length |= (digit & 0x7F) << shift;
            if ((digit & 0x80) == 0)
            {
                break;
            }
        }

        if (buffer.Length < used + length)
        {
            return false;
        }

        byte[] body = buffer.Slice(used, length).ToArray();
        packet = new PacketReader(body).Read(head[0], level);
        buffer = buffer.Slice(used + length);
        return true;
    }

    private Packet Read(byte first, int level)
    {
        var type = (PacketType)(first >> 4);
        switch (type)
        {
            case PacketType.ConnAck:
                return new Packet(type) { SessionPresent = Byte() == 1, Reason = Byte(), ServerReference = TakeServerReference() };
            case PacketType.Publish:
                int qos = (first >> 1) & 3;
                string topic = Encoding.UTF8.GetString(Take(UInt16()));
                ushort id = qos == 0 ? (ushort)0 : UInt16();
                if (level == 5)
                {
                    SkipProperties();
                }

                return new Packet(type)
                {
                    QoS = qos,
                    Duplicate = (first & 8) != 0,
                    Retain = (first & 1) != 0,
                    Topic = topic,
                    Id = id,
                    Payload = _rest.ToArray(),
                };
            case PacketType.PubAck or PacketType.PubRec or PacketType.PubRel or PacketType.PubComp:
                return new Packet(type) { Id = UInt16(), Reason = _rest.IsEmpty ? (byte)0 : Byte() };
            case PacketType.SubAck:
                ushort subscribe = UInt16();
                if (level == 5)
                {
                    SkipProperties();
                }

                return new Packet(type) { Id = subscribe, Granted = _rest.ToArray() };
            case PacketType.Disconnect:
                return new Packet(type) { Reason = _rest.IsEmpty ? (byte)0 : Byte(), ServerReference = TakeServerReference() };
            case PacketType.PingResp:
                return new Packet(type);
            default:
                throw new FormatException($"a packet whose first byte is 0x{first:X2}");
        }
    }

    private void SkipProperties() => TakeProperties();

    /// <summary>The one property of CONNACK and DISCONNECT that tests look at; null if there is none, or no properties.</summary>
    private string? TakeServerReference()
    {
        if (_rest.IsEmpty)
        {
            return null;
        }

        string? reference = null;
        PacketReader properties = new(TakeProperties());
        while (!properties._rest.IsEmpty)
        {
            switch (properties.Byte())
            {
                case 0x1C:
                    reference = Encoding.UTF8.GetString(properties.Take(properties.UInt16()));
                    break;
                case 0x24 or 0x25 or 0x28 or 0x29 or 0x2A:
                    properties.Take(1);
                    break;
                case 0x13 or 0x21 or 0x22:
                    properties.Take(2);
                    break;
                case 0x11 or 0x27:
                    properties.Take(4);
                    break;
                case 0x26:
                    properties.Take(properties.UInt16());
                    properties.Take(properties.UInt16());
                    break;
                default: // a text, or bytes, with the length before them
                    properties.Take(properties.UInt16());
                    break;
            }
        }

        return reference;
    }

    private ReadOnlySpan<byte> TakeProperties()
    {
        int length = 0;
        int shift = 0;
        byte digit;
        do
        {
            digit = Byte();
            length |= (digit & 0x7F) << shift;
            shift += 7;
        }
        while ((digit & 0x80) != 0);
        return Take(length);
    }

    private byte Byte() => Take(1)[0];

    private ushort UInt16() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    private ReadOnlySpan<byte> Take(int count)
    {
        if (_rest.Length < count)
        {
            throw new FormatException($"a packet that ends {count - _rest.Length} bytes early");
        }

        ReadOnlySpan<byte> taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
