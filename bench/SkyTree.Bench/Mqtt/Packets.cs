using System.Buffers.Binary;
using System.Text;

namespace SkyTree.Bench.Mqtt;

/// <summary>Composes the few packets that a generator sends.</summary>
internal static class Packets
{
    private const uint DurableExpirySeconds = 86_400;

    /// <summary>
    /// CONNECT without keep-alive. A durable session is resumed if it is there and outlives the connection by a day, in
    /// 3.1.1 for ever; any other is new and ends with the connection.
    /// </summary>
    public static byte[] Connect(ProtocolVersion version, string clientId, bool durable, string? user, string? password)
    {
        List<byte> body = [];
        AddString(body, "MQTT");
        body.Add((byte)version);
        body.Add((byte)((durable ? 0 : 0x02) | (user is null ? 0 : 0x80) | (password is null ? 0 : 0x40)));
        body.AddRange([0, 0]);
        if (durable && version == ProtocolVersion.V5)
        {
            AddSessionExpiry(body, DurableExpirySeconds);
        }
        else
        {
            AddNoProperties(body, version);
        }

        AddString(body, clientId);
        if (user is not null)
        {
            AddString(body, user);
        }

        if (password is not null)
        {
            AddString(body, password);
        }

        return Frame(0x10, body);
    }

    public static byte[] Subscribe(ProtocolVersion version, string filter, int qos)
    {
        List<byte> body = [0, 1];
        AddNoProperties(body, version);
        AddString(body, filter);
        body.Add((byte)qos);
        return Frame(0x82, body);
    }

    /// <summary>A whole PUBLISH; the payload is its last <paramref name="size"/> bytes and the packet id, if any, stands before the properties.</summary>
    public static byte[] Publish(ProtocolVersion version, string topic, int qos, int size, out int packetIdAt)
    {
        List<byte> body = [];
        AddString(body, topic);
        int fromEnd = -body.Count;
        if (qos > 0)
        {
            body.AddRange([0, 0]);
        }

        AddNoProperties(body, version);
        for (int i = 0; i < size; i++)
        {
            body.Add((byte)('a' + i % 26));
        }

        fromEnd += body.Count;
        byte[] frame = Frame((byte)(PacketType.Publish | (qos << 1)), body);
        packetIdAt = frame.Length - fromEnd;
        return frame;
    }

    public static byte[] Disconnect() => [PacketType.Disconnect, 0];

    private static byte[] Frame(byte first, List<byte> body)
    {
        List<byte> frame = [first];
        int rest = body.Count;
        do
        {
            frame.Add((byte)(rest % 128 | (rest >= 128 ? 0x80 : 0)));
            rest /= 128;
        }
        while (rest > 0);

        return [.. frame, .. body];
    }

    private static void AddNoProperties(List<byte> body, ProtocolVersion version)
    {
        if (version == ProtocolVersion.V5)
        {
            body.Add(0);
        }
    }

    private static void AddSessionExpiry(List<byte> body, uint seconds)
    {
        Span<byte> value = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(value, seconds);
        body.AddRange([5, 0x11]);
        body.AddRange(value);
    }

    private static void AddString(List<byte> body, string value)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(value);
        Span<byte> length = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)bytes.Length);
        body.AddRange(length);
        body.AddRange(bytes);
    }
}
