using System.Globalization;
using System.Text;
using SkyTree.Core.Protocol;

namespace SkyTree.Core.Diagnostics.Tracing;

/// <summary>Packets as a line for people. What proves who somebody is, passwords and authentication data, is never in it.</summary>
internal static class PacketText
{
    private const int PayloadBytes = 64; // of each payload
    private const int LongestLine = 1024;

    /// <summary>Describes a packet that is whole.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="version">The connection's version.</param>
    /// <param name="fromServer">Which way it goes.</param>
    /// <param name="topic">A PUBLISH's topic, where an alias stands for it in the packet; else null.</param>
    public static string Describe(ReadOnlySpan<byte> packet, ProtocolVersion version, bool fromServer, string? topic)
    {
        int headerLength = 1;
        while (headerLength < Math.Min(5, packet.Length) && (packet[headerLength++] & 0x80) != 0)
        {
        }

        var header = new FrameHeader(packet[0], headerLength, packet.Length - headerLength);
        string line = string.Create(CultureInfo.InvariantCulture, $"{header.Type.ToString().ToUpperInvariant()} {Fields(header, packet[headerLength..], version, fromServer, topic)} ({packet.Length} bytes)");
        return line.Length <= LongestLine ? line : line[..LongestLine] + "…";
    }

    private static string Fields(FrameHeader header, ReadOnlySpan<byte> body, ProtocolVersion version, bool fromServer, string? topic)
    {
        switch (header.Type)
        {
            case PacketType.Publish when PublishView.TryParse(header.First, body, version, fromServer, out PublishView publish, out _):
                return Text($"topic={topic ?? Encoding.UTF8.GetString(publish.Topic)} qos={(int)publish.QoS}{(publish.Dup ? " dup" : "")}{(publish.Retain ? " retain" : "")}{Optional(" id=", publish.PacketId)}{Optional(" alias=", publish.TopicAlias)}{(publish.HasMessageExpiry ? Text($" expiry={publish.MessageExpirySeconds}") : "")} payload={Payload(publish.Payload)}");
            case PacketType.Connect when ConnectPacket.TryParse(body, out ConnectPacket? connect, out _, out _):
                return Text($"client={connect!.ClientId} version={connect.Version} clean={connect.CleanStart} keepalive={connect.KeepAliveSeconds} expiry={connect.SessionExpirySeconds} receive-maximum={connect.ReceiveMaximum} user={connect.UserName ?? "(none)"} password={(connect.Password is null ? "(none)" : "(given)")}{(connect.AuthenticationMethod is { } method ? " method=" + method : "")}{(connect.Will is { } will ? Text($" will={will.Topic} will-qos={(int)will.QoS}") : "")}");
            case PacketType.ConnAck when ConnAckPacket.TryParse(body, version, out ConnAckPacket? connAck, out _):
                return Text($"{connAck!.ReasonCode} session-present={connAck.SessionPresent}{(connAck.ReasonString is { } reason ? " reason=" + reason : "")}");
            case PacketType.PubAck or PacketType.PubRec or PacketType.PubRel or PacketType.PubComp when PublishAckPacket.TryParse(header, body, version, out PublishAckPacket ack, out _):
                return Text($"id={ack.PacketId} {ack.ReasonCode}");
            case PacketType.Subscribe when SubscribePacket.TryParse(body, version, out SubscribePacket? subscribe, out _):
                return Text($"id={subscribe!.PacketId} {string.Join(", ", subscribe.Requests.Select(request => Text($"{request.Filter} qos={(int)request.QoS}")))}");
            case PacketType.Unsubscribe when UnsubscribePacket.TryParse(body, version, out UnsubscribePacket? unsubscribe, out _):
                return Text($"id={unsubscribe!.PacketId} {string.Join(", ", unsubscribe.Filters)}");
            case PacketType.SubAck or PacketType.UnsubAck when SubscriptionAckPacket.TryParse(header, body, version, out SubscriptionAckPacket? subAck, out _):
                return Text($"id={subAck!.PacketId} {string.Join(", ", subAck.ReasonCodes)}");
            case PacketType.Disconnect when DisconnectPacket.TryParse(body, version, out DisconnectPacket? disconnect, out _):
                return Text($"{disconnect!.ReasonCode}{(disconnect.ReasonString is { } why ? " reason=" + why : "")}");
            case PacketType.Auth when AuthPacket.TryParse(body, version, out AuthPacket? auth, out _):
                return Text($"{auth!.ReasonCode} method={auth.AuthenticationMethod}");
            case PacketType.PingReq or PacketType.PingResp:
                return "";
            default:
                return "(not understood)";
        }
    }

    private static string Optional(string name, int value) => value == 0 ? "" : name + value.ToString(CultureInfo.InvariantCulture);

    private static string Payload(ReadOnlySpan<byte> payload)
    {
        ReadOnlySpan<byte> part = payload[..Math.Min(payload.Length, PayloadBytes)];
        string text = part.IndexOfAnyExceptInRange((byte)0x20, (byte)0x7E) < 0 ? $"\"{Encoding.ASCII.GetString(part)}\"" : "0x" + Convert.ToHexString(part);
        return part.Length == payload.Length ? text : Text($"{text}… of {payload.Length}");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
