using SkyTree.Core.Protocol;

namespace SkyTree.Core.Tests.Connections;

/// <summary>Encoded PUBLISH packets, one after the other, as a fast client sends them.</summary>
internal static class PublishBatch
{
    /// <summary>Encodes one packet for each topic, in order; packet identifiers count from 1.</summary>
    public static byte[] Encode(IEnumerable<string> topics, QoS qos, ProtocolVersion version = ProtocolVersion.V5, int payloadBytes = 64, ReadOnlySpan<byte> properties = default)
    {
        var bytes = new List<byte>();
        byte[] payload = new byte[payloadBytes];
        byte[] buffer = new byte[payloadBytes + 1024];
        ushort packetId = 0;
        foreach (string topic in topics)
        {
            var publish = new OutboundPublish
            {
                Version = version,
                QoS = qos,
                PacketId = qos == QoS.AtMostOnce ? (ushort)0 : ++packetId,
                Topic = System.Text.Encoding.UTF8.GetBytes(topic),
                ForwardedProperties = properties,
                Payload = payload,
            };
            bytes.AddRange(buffer.AsSpan(0, publish.Write(buffer)));
        }

        return [.. bytes];
    }
}
