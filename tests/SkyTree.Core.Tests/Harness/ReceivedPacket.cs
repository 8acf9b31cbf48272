using System.Text;
using SkyTree.Core.Protocol;

namespace SkyTree.Core.Tests.Harness;

/// <summary>What a client received, as far as tests look at it.</summary>
internal sealed record ReceivedPacket(PacketType Type, byte First, string Topic, QoS QoS, ushort PacketId, string Payload, ushort Alias = 0)
{
    public bool Dup => (First & 8) != 0;

    public bool Retain => (First & 1) != 0;

    public static ReceivedPacket Parse(FrameHeader header, ReadOnlySpan<byte> body)
    {
        if (header.Type != PacketType.Publish)
        {
            ushort id = body.Length >= 2 ? (ushort)((body[0] << 8) | body[1]) : (ushort)0;
            return new ReceivedPacket(header.Type, header.First, "", QoS.AtMostOnce, id, "");
        }

        if (!PublishView.TryParse(header.First, body, ProtocolVersion.V5, fromServer: true, out PublishView publish, out DecodeError error))
        {
            throw new FormatException(error.Reason);
        }

        return new ReceivedPacket(
            PacketType.Publish,
            header.First,
            Encoding.UTF8.GetString(publish.Topic),
            publish.QoS,
            publish.PacketId,
            Encoding.UTF8.GetString(publish.Payload),
            publish.TopicAlias);
    }
}
