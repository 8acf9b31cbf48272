using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace SkyTree.Crash.Tests.Wire;

/// <summary>A client's packets as bytes, for 3.1.1 (level 4) and 5.0 (level 5).</summary>
internal static class PacketWriter
{
    private const byte SessionExpiryInterval = 17;
    private const byte WillDelayInterval = 24;
    private const byte ReceiveMaximum = 33;

    public static byte[] Connect(int level, string client, bool cleanStart, uint expirySeconds, ushort receiveMaximum, Will? will = null)
    {
        ArrayBufferWriter<byte> body = new();
        Text(body, "MQTT");
        Byte(body, level);
        int willFlags = will is null ? 0 : 0x04 | (will.QoS << 3);
        Byte(body, willFlags | (cleanStart ? 0x02 : 0));
        UInt16(body, 0); // no keep-alive: a connection ends when one of the two processes does
        if (level == 5)
        {
            ArrayBufferWriter<byte> properties = new();
            Byte(properties, SessionExpiryInterval);
            UInt32(properties, expirySeconds);
            Byte(properties, ReceiveMaximum);
            UInt16(properties, receiveMaximum);
            Properties(body, properties);
        }

        Text(body, client);
        if (will is not null)
        {
            if (level == 5)
            {
                ArrayBufferWriter<byte> properties = new();
                Byte(properties, WillDelayInterval);
                UInt32(properties, will.DelaySeconds);
                Properties(body, properties);
            }

            Text(body, will.Topic);
            Text(body, will.Payload);
        }

        return Frame(PacketType.Connect, 0, body);
    }

    public static byte[] Subscribe(int level, ushort id, IEnumerable<Subscription> subscriptions)
    {
        ArrayBufferWriter<byte> body = new();
        UInt16(body, id);
        if (level == 5)
        {
            Byte(body, 0);
        }

        foreach (Subscription subscription in subscriptions)
        {
            Text(body, subscription.Filter);
            Byte(body, subscription.QoS);
        }

        return Frame(PacketType.Subscribe, 2, body);
    }

    public static byte[] Publish(int level, string topic, int qos, bool retain, bool duplicate, ushort id, ReadOnlySpan<byte> payload)
    {
        ArrayBufferWriter<byte> body = new(payload.Length + topic.Length + 16);
        Text(body, topic);
        if (qos > 0)
        {
            UInt16(body, id);
        }

        if (level == 5)
        {
            Byte(body, 0);
        }

        body.Write(payload);
        return Frame(PacketType.Publish, (duplicate ? 8 : 0) | (qos << 1) | (retain ? 1 : 0), body);
    }

    /// <summary>PUBACK, PUBREC, PUBREL or PUBCOMP with success.</summary>
    public static byte[] Answer(PacketType type, ushort id) =>
        [(byte)(((int)type << 4) | (type == PacketType.PubRel ? 2 : 0)), 2, (byte)(id >> 8), (byte)id];

    public static byte[] Disconnect() => [(byte)PacketType.Disconnect << 4, 0];

    private static byte[] Frame(PacketType type, int flags, ArrayBufferWriter<byte> body)
    {
        ArrayBufferWriter<byte> frame = new(body.WrittenCount + 5);
        Byte(frame, ((int)type << 4) | flags);
        VariableInteger(frame, body.WrittenCount);
        frame.Write(body.WrittenSpan);
        return frame.WrittenSpan.ToArray();
    }

    private static void Properties(ArrayBufferWriter<byte> to, ArrayBufferWriter<byte> properties)
    {
        VariableInteger(to, properties.WrittenCount);
        to.Write(properties.WrittenSpan);
    }

    private static void VariableInteger(ArrayBufferWriter<byte> to, int value)
    {
        do
        {
            int digit = value & 0x7F;
            value >>= 7;
            Byte(to, value > 0 ? digit | 0x80 : digit);
        }
        while (value > 0);
    }

    private static void Text(ArrayBufferWriter<byte> to, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        UInt16(to, (ushort)bytes.Length);
        to.Write(bytes);
    }

    private static void Byte(ArrayBufferWriter<byte> to, int value)
    {
        to.GetSpan(1)[0] = (byte)value;
        to.Advance(1);
    }

    private static void UInt16(ArrayBufferWriter<byte> to, ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(to.GetSpan(2), value);
        to.Advance(2);
    }

    private static void UInt32(ArrayBufferWriter<byte> to, uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(to.GetSpan(4), value);
        to.Advance(4);
    }
}
