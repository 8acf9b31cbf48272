using System.Buffers;
using System.Text;
using MQTTnet;
using MQTTnet.Packets;
using MQTTnet.Protocol;
using SkyTree.Core.Admin.Messages;
using SkyTree.Core.Admin.Publishing;
using SkyTree.Core.InProcess;
using SkyTree.Core.Protocol;

namespace SkyTree.Bridges;

/// <summary>Messages as the client of the other broker has them, and as this one does.</summary>
internal static class MessageMapping
{
    /// <summary>The user properties of a message from there.</summary>
    public static IReadOnlyList<UserProperty> UserPropertiesOf(MqttApplicationMessage message) =>
        message.UserProperties is { Count: > 0 } properties
            ? [.. properties.Select(property => new UserProperty(property.Name, Encoding.UTF8.GetString(property.ValueBuffer.Span)))]
            : [];

    /// <summary>A message from here, for there.</summary>
    /// <param name="message">The message.</param>
    /// <param name="topic">Its topic there.</param>
    /// <param name="qos">Its QoS there.</param>
    /// <param name="retain">Whether it is retained there.</param>
    /// <param name="responseTopic">Where it is answered there; null: nowhere.</param>
    /// <param name="userProperties">Its user properties there.</param>
    /// <param name="hasProperties">Whether the other broker knows properties.</param>
    public static MqttApplicationMessage ToRemote(
        ReceivedMessage message, string topic, QoS qos, bool retain, string? responseTopic, IReadOnlyList<UserProperty> userProperties, bool hasProperties)
    {
        var result = new MqttApplicationMessage
        {
            Topic = topic,
            Payload = new ReadOnlySequence<byte>(message.Payload),
            QualityOfServiceLevel = (MqttQualityOfServiceLevel)qos,
            Retain = retain,
        };
        if (!hasProperties)
        {
            return result;
        }

        result.ContentType = message.ContentType;
        result.ResponseTopic = responseTopic;
        result.CorrelationData = message.CorrelationData?.ToArray();
        result.MessageExpiryInterval = message.MessageExpirySeconds ?? 0;
        result.PayloadFormatIndicator = message.PayloadIsUtf8 == true ? MqttPayloadFormatIndicator.CharacterData : MqttPayloadFormatIndicator.Unspecified;
        result.UserProperties = [.. userProperties.Select(property => new MqttUserProperty(property.Name, (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(property.Value)))];
        return result;
    }

    /// <summary>A message from there, for here.</summary>
    /// <param name="message">The message.</param>
    /// <param name="topic">Its topic here.</param>
    /// <param name="qos">Its QoS here.</param>
    /// <param name="responseTopic">Where it is answered here; null: nowhere.</param>
    /// <param name="userProperties">Its user properties here.</param>
    /// <param name="publisher">The client in whose name it is published.</param>
    public static PublishRequest ToLocal(
        MqttApplicationMessage message, string topic, QoS qos, string? responseTopic, IReadOnlyList<UserProperty> userProperties, string publisher) => new()
        {
            Topic = topic,
            Payload = message.Payload.IsSingleSegment ? message.Payload.First : message.Payload.ToArray(),
            QoS = qos,
            Retain = message.Retain,
            ExpirySeconds = message.MessageExpiryInterval > 0 ? message.MessageExpiryInterval : null,
            PublisherId = publisher,
            Properties = new MessageProperties
            {
                ContentType = message.ContentType,
                ResponseTopic = responseTopic,
                CorrelationData = message.CorrelationData is { } data ? (ReadOnlyMemory<byte>?)data : null,
                PayloadIsUtf8 = message.PayloadFormatIndicator == MqttPayloadFormatIndicator.CharacterData ? true : null,
                UserProperties = userProperties,
            },
        };

    /// <summary>At least so many bytes as a message's packet has.</summary>
    public static long SizeOf(MqttApplicationMessage message) =>
        64 + message.Payload.Length + Bytes(message.Topic) + Bytes(message.ContentType) + Bytes(message.ResponseTopic) + (message.CorrelationData?.Length ?? 0)
        + (message.UserProperties?.Sum(property => 5L + Bytes(property.Name) + property.ValueBuffer.Length) ?? 0);

    private static int Bytes(string? text) => text is null ? 0 : Encoding.UTF8.GetByteCount(text);
}
