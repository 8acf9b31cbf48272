using System.Buffers;
using System.Text.Json;
using SkyTree.Core.Protocol;
using Xunit;

namespace SkyTree.Core.Tests.Protocol;

/// <summary>Any packet, decoded and encoded through the codec's public entry points.</summary>
internal static class AnyPacket
{
    public static readonly ProtocolVersion[] Versions = [ProtocolVersion.V31, ProtocolVersion.V311, ProtocolVersion.V5];

    /// <summary>Decodes one whole packet. A packet that is not there to its last byte is refused, too.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, ProtocolVersion version, out object? packet, out DecodeError error)
    {
        packet = null;
        FrameStatus status = FrameReader.TryReadHeader(bytes, version, out FrameHeader header, out error);
        if (status != FrameStatus.Done || bytes.Length != header.TotalLength)
        {
            error = status == FrameStatus.Invalid ? error : new DecodeError(ReasonCode.MalformedPacket, Incomplete);
            return false;
        }

        return TryDecodeBody(header, bytes[header.HeaderLength..], version, out packet, out error);
    }

    public const string Incomplete = "Incomplete or more than one packet.";

    public static bool TryDecodeBody(FrameHeader header, ReadOnlySpan<byte> body, ProtocolVersion version, out object? packet, out DecodeError error)
    {
        bool isLegal;
        switch (header.Type)
        {
            case PacketType.Connect:
                isLegal = ConnectPacket.TryParse(body, out ConnectPacket? connect, out error, out _);
                packet = connect;
                return isLegal;
            case PacketType.ConnAck:
                isLegal = ConnAckPacket.TryParse(body, version, out ConnAckPacket? connAck, out error);
                packet = connAck;
                return isLegal;
            case PacketType.Publish:
                isLegal = PublishPacket.TryParse(header.First, body, version, out PublishPacket? publish, out error);
                packet = publish;
                return isLegal;
            case PacketType.PubAck or PacketType.PubRec or PacketType.PubRel or PacketType.PubComp:
                isLegal = PublishAckPacket.TryParse(header, body, version, out PublishAckPacket ack, out error);
                packet = isLegal ? ack : null;
                return isLegal;
            case PacketType.Subscribe:
                isLegal = SubscribePacket.TryParse(body, version, out SubscribePacket? subscribe, out error);
                packet = subscribe;
                return isLegal;
            case PacketType.Unsubscribe:
                isLegal = UnsubscribePacket.TryParse(body, version, out UnsubscribePacket? unsubscribe, out error);
                packet = unsubscribe;
                return isLegal;
            case PacketType.SubAck or PacketType.UnsubAck:
                isLegal = SubscriptionAckPacket.TryParse(header, body, version, out SubscriptionAckPacket? subscriptionAck, out error);
                packet = subscriptionAck;
                return isLegal;
            case PacketType.Disconnect:
                isLegal = DisconnectPacket.TryParse(body, version, out DisconnectPacket? disconnect, out error);
                packet = disconnect;
                return isLegal;
            case PacketType.Auth:
                isLegal = AuthPacket.TryParse(body, version, out AuthPacket? auth, out error);
                packet = auth;
                return isLegal;
            default:
                packet = header.Type; // PINGREQ and PINGRESP are all header.
                error = default;
                return true;
        }
    }

    /// <summary>Encodes a packet; null when it does not fit.</summary>
    public static byte[]? Encode(object packet, ProtocolVersion version, uint maximumPacketSize = uint.MaxValue)
    {
        var output = new ArrayBufferWriter<byte>();
        bool isWritten = packet switch
        {
            ConnectPacket connect => connect.Write(output, version, maximumPacketSize),
            ConnAckPacket connAck => connAck.Write(output, version, maximumPacketSize),
            PublishPacket publish => publish.Write(output, version, maximumPacketSize),
            PublishAckPacket ack => ack.Write(output, version, maximumPacketSize),
            SubscribePacket subscribe => subscribe.Write(output, version, maximumPacketSize),
            UnsubscribePacket unsubscribe => unsubscribe.Write(output, version, maximumPacketSize),
            SubscriptionAckPacket subscriptionAck => subscriptionAck.Write(output, version, maximumPacketSize),
            DisconnectPacket when version != ProtocolVersion.V5 => Write(DisconnectPacket.NormalDisconnection),
            DisconnectPacket disconnect => disconnect.Write(output, version, maximumPacketSize),
            AuthPacket auth => auth.Write(output, version, maximumPacketSize),
            PacketType.PingReq => Write(PingPacket.Request),
            PacketType.PingResp => Write(PingPacket.Response),
            _ => throw new ArgumentException($"{packet} is not a packet."),
        };
        Assert.True(isWritten || output.WrittenCount == 0, "a packet that does not fit leaves nothing behind");
        return isWritten ? output.WrittenSpan.ToArray() : null;

        bool Write(ReadOnlySpan<byte> bytes)
        {
            output.Write(bytes);
            return true;
        }
    }

    /// <summary>All that a packet says, so that two can be compared.</summary>
    public static string Describe(object packet) => packet.GetType().Name + JsonSerializer.Serialize(packet, packet.GetType());

    /// <summary>Asserts that a body is refused with a reason code.</summary>
    public static void AssertRefused(ReasonCode expected, byte[] frame, ProtocolVersion version = ProtocolVersion.V5)
    {
        bool isLegal = TryDecode(frame, version, out object? packet, out DecodeError error);
        Assert.False(isLegal, $"{Convert.ToHexString(frame)} was accepted");
        Assert.NotEqual(Incomplete, error.Reason);
        Assert.Equal(expected, error.Code);
        Assert.Null(packet);
        Assert.EndsWith(".", error.Reason, StringComparison.Ordinal);
    }

    /// <summary>Asserts that a packet is legal, and answers it.</summary>
    public static T AssertLegal<T>(byte[] frame, ProtocolVersion version = ProtocolVersion.V5)
    {
        bool isLegal = TryDecode(frame, version, out object? packet, out DecodeError error);
        Assert.True(isLegal, $"{Convert.ToHexString(frame)}: {error}");
        return Assert.IsType<T>(packet);
    }
}
