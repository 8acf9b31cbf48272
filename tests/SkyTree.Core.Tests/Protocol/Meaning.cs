using System.Text;
using MQTTnet.Packets;
using SkyTree.Core.Protocol;

namespace SkyTree.Core.Tests.Protocol;

/// <summary>
/// What a packet means, in words that both codecs can say. MQTTnet does not tell absent from empty or 0, so neither
/// does this; the round trips test that our codec does.
/// </summary>
internal static class Meaning
{
    public static string Of(object packet) => packet switch
    {
        ConnectPacket p => Say("CONNECT", p.CleanStart, p.KeepAliveSeconds, p.ClientId, p.UserName, Hex(p.Password), p.SessionExpirySeconds, p.ReceiveMaximum, p.MaximumPacketSize, p.TopicAliasMaximum, p.RequestResponseInformation, p.RequestProblemInformation, p.AuthenticationMethod, Hex(p.AuthenticationData), Users(p.UserProperties), Of(p.Will)),
        ConnAckPacket p => Say("CONNACK", p.SessionPresent, p.ReasonCode, p.SessionExpirySeconds, p.ReceiveMaximum, p.MaximumQoS ?? QoS.ExactlyOnce, p.RetainAvailable ?? true, p.MaximumPacketSize, p.AssignedClientId, p.TopicAliasMaximum, p.ReasonString, Users(p.UserProperties), p.WildcardSubscriptionAvailable ?? true, p.SubscriptionIdentifiersAvailable ?? true, p.SharedSubscriptionAvailable ?? true, p.ServerKeepAliveSeconds, p.ResponseInformation, p.ServerReference, p.AuthenticationMethod, Hex(p.AuthenticationData)),
        PublishPacket p => Say("PUBLISH", p.QoS, p.Dup, p.Retain, p.PacketId, p.Topic, Hex(p.Payload), p.PayloadIsUtf8 ?? false, p.MessageExpirySeconds, p.TopicAlias, p.ResponseTopic, Hex(p.CorrelationData), string.Join(',', p.SubscriptionIdentifiers), p.ContentType, Users(p.UserProperties)),
        PublishAckPacket p => Say(p.Type.ToString().ToUpperInvariant(), p.PacketId, p.ReasonCode, p.ReasonString, Users(p.UserProperties)),
        SubscribePacket p => Say("SUBSCRIBE", p.PacketId, p.SubscriptionIdentifier, Users(p.UserProperties), string.Join(';', p.Requests.Select(r => Say(r.Filter, r.QoS, r.NoLocal, r.RetainAsPublished, r.RetainHandling)))),
        UnsubscribePacket p => Say("UNSUBSCRIBE", p.PacketId, Users(p.UserProperties), string.Join(';', p.Filters)),
        SubscriptionAckPacket p => Say(p.Type.ToString().ToUpperInvariant(), p.PacketId, p.ReasonString, Users(p.UserProperties), string.Join(',', p.ReasonCodes.Select(code => (int)code))),
        DisconnectPacket p => Say("DISCONNECT", p.ReasonCode, p.SessionExpirySeconds, p.ReasonString, Users(p.UserProperties), p.ServerReference),
        AuthPacket p => Say("AUTH", p.ReasonCode, p.AuthenticationMethod, Hex(p.AuthenticationData), p.ReasonString, Users(p.UserProperties)),
        PacketType p => p.ToString().ToUpperInvariant(),
        _ => throw new ArgumentException(packet.GetType().Name),
    };

    public static string Of(MqttPacket packet, ProtocolVersion version) => packet switch
    {
        MqttConnectPacket p => Say("CONNECT", p.CleanSession, p.KeepAlivePeriod, p.ClientId, p.Username, Hex(p.Password), p.SessionExpiryInterval, p.ReceiveMaximum == 0 ? ushort.MaxValue : p.ReceiveMaximum, p.MaximumPacketSize, p.TopicAliasMaximum, p.RequestResponseInformation, version != ProtocolVersion.V5 || p.RequestProblemInformation, p.AuthenticationMethod, Hex(p.AuthenticationData), Users(p.UserProperties), Will(p)),
        MqttConnAckPacket p => Say("CONNACK", p.IsSessionPresent, version == ProtocolVersion.V5 ? p.ReasonCode : Of3x((int)p.ReturnCode), p.SessionExpiryInterval, p.ReceiveMaximum, version == ProtocolVersion.V5 ? (int)p.MaximumQoS : 2, version != ProtocolVersion.V5 || p.RetainAvailable, p.MaximumPacketSize, p.AssignedClientIdentifier, p.TopicAliasMaximum, p.ReasonString, Users(p.UserProperties), version != ProtocolVersion.V5 || p.WildcardSubscriptionAvailable, version != ProtocolVersion.V5 || p.SubscriptionIdentifiersAvailable, version != ProtocolVersion.V5 || p.SharedSubscriptionAvailable, p.ServerKeepAlive, p.ResponseInformation, p.ServerReference, p.AuthenticationMethod, Hex(p.AuthenticationData)),
        MqttPublishPacket p => Say("PUBLISH", p.QualityOfServiceLevel, p.Dup, p.Retain, p.PacketIdentifier, p.Topic, Hex(System.Buffers.BuffersExtensions.ToArray(p.Payload)), (int)p.PayloadFormatIndicator == 1, p.MessageExpiryInterval, p.TopicAlias, p.ResponseTopic, Hex(p.CorrelationData), string.Join(',', p.SubscriptionIdentifiers ?? []), p.ContentType, Users(p.UserProperties)),
        MqttPubAckPacket p => Say("PUBACK", p.PacketIdentifier, p.ReasonCode, p.ReasonString, Users(p.UserProperties)),
        MqttPubRecPacket p => Say("PUBREC", p.PacketIdentifier, p.ReasonCode, p.ReasonString, Users(p.UserProperties)),
        MqttPubRelPacket p => Say("PUBREL", p.PacketIdentifier, p.ReasonCode, p.ReasonString, Users(p.UserProperties)),
        MqttPubCompPacket p => Say("PUBCOMP", p.PacketIdentifier, p.ReasonCode, p.ReasonString, Users(p.UserProperties)),
        MqttSubscribePacket p => Say("SUBSCRIBE", p.PacketIdentifier, p.SubscriptionIdentifier, Users(p.UserProperties), string.Join(';', p.TopicFilters.Select(f => Say(f.Topic, f.QualityOfServiceLevel, f.NoLocal, f.RetainAsPublished, f.RetainHandling)))),
        MqttUnsubscribePacket p => Say("UNSUBSCRIBE", p.PacketIdentifier, Users(p.UserProperties), string.Join(';', p.TopicFilters)),
        MqttSubAckPacket p => Say("SUBACK", p.PacketIdentifier, p.ReasonString, Users(p.UserProperties), string.Join(',', p.ReasonCodes.Select(code => (int)code))),
        MqttUnsubAckPacket p => Say("UNSUBACK", p.PacketIdentifier, p.ReasonString, Users(p.UserProperties), string.Join(',', (p.ReasonCodes ?? []).Select(code => (int)code))),
        MqttDisconnectPacket p => Say("DISCONNECT", p.ReasonCode, p.SessionExpiryInterval, p.ReasonString, Users(p.UserProperties), p.ServerReference),
        MqttAuthPacket p => Say("AUTH", p.ReasonCode, p.AuthenticationMethod, Hex(p.AuthenticationData), p.ReasonString, Users(p.UserProperties)),
        MqttPingReqPacket => "PINGREQ",
        MqttPingRespPacket => "PINGRESP",
        _ => throw new ArgumentException(packet.GetType().Name),
    };

    private static string Of(Will? will)
    {
        if (will is null)
        {
            return "";
        }

        byte[] publish = RawPacket.Body.Text("t").Properties(RawPacket.Block.Raw(will.ForwardedProperties.ToArray())).ToArray();
        if (!PublishPacket.TryParse(0x30, publish, ProtocolVersion.V5, out PublishPacket? forwarded, out DecodeError error))
        {
            throw new ArgumentException(error.Reason);
        }

        return Say("will", will.Topic, Hex(will.Payload), will.QoS, will.Retain, will.DelaySeconds, will.MessageExpirySeconds, forwarded!.PayloadIsUtf8 ?? false, forwarded.ResponseTopic, Hex(forwarded.CorrelationData), forwarded.ContentType, Users(forwarded.UserProperties));
    }

    private static string Will(MqttConnectPacket p) => p.WillFlag
        ? Say("will", p.WillTopic, Hex(p.WillMessage), p.WillQoS, p.WillRetain, p.WillDelayInterval, p.WillMessageExpiryInterval, (int)p.WillPayloadFormatIndicator == 1, p.WillResponseTopic, Hex(p.WillCorrelationData), p.WillContentType, Users(p.WillUserProperties))
        : "";

    private static ReasonCode Of3x(int returnCode) => returnCode switch
    {
        0 => ReasonCode.Success,
        1 => ReasonCode.UnsupportedProtocolVersion,
        2 => ReasonCode.ClientIdentifierNotValid,
        3 => ReasonCode.ServerUnavailable,
        4 => ReasonCode.BadUserNameOrPassword,
        5 => ReasonCode.NotAuthorized,
        _ => (ReasonCode)0xFF,
    };

    private static string Say(params object?[] parts) => string.Join('|', parts.Select(part => part switch
    {
        null => "",
        bool flag => flag ? "yes" : "no",
        Enum value => Convert.ToInt64(value, null) is 0 ? "" : Convert.ToInt64(value, null).ToString(System.Globalization.CultureInfo.InvariantCulture),
        ushort or uint or int => Convert.ToInt64(part, null) is 0 ? "" : part.ToString(),
        _ => part.ToString(),
    }));

    private static string Hex(ReadOnlyMemory<byte>? bytes) => bytes is { } present ? Convert.ToHexString(present.Span) : "";

    private static string Hex(byte[]? bytes) => bytes is null ? "" : Convert.ToHexString(bytes);

    private static string Users(IReadOnlyList<UserProperty>? properties) =>
        string.Join(',', (properties ?? []).Select(property => $"{property.Name}={property.Value}"));

    private static string Users(List<MqttUserProperty>? properties) =>
        string.Join(',', (properties ?? []).Select(property => $"{property.Name}={Encoding.UTF8.GetString(property.ValueBuffer.Span)}"));
}
