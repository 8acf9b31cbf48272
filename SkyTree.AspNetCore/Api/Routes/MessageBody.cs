using System.Text;
using SkyTree.AspNetCore.Api.Http;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Messages;
using SkyTree.Core.Admin.Publishing;
using SkyTree.Core.Protocol;

namespace SkyTree.AspNetCore.Api.Routes;

/// <summary>A message that is to be published.</summary>
internal record MessageContentBody
{
    /// <summary>The payload as text; or <c>payloadBase64</c>, or neither for an empty one.</summary>
    public string? Payload { get; init; }

    /// <summary>The payload as Base64.</summary>
    public string? PayloadBase64 { get; init; }

    /// <summary>The QoS: 0, 1 or 2.</summary>
    public QoS QoS { get; init; }

    /// <summary>Message Expiry Interval in seconds; absent: it never expires.</summary>
    public uint? ExpirySeconds { get; init; }

    /// <summary>Its MQTT 5.0 properties.</summary>
    public MessageProperties? Properties { get; init; }

    /// <summary>The same for the service.</summary>
    /// <exception cref="AdminException">There are two payloads, or one is no Base64.</exception>
    public PublishRequest ToRequest(string topic, bool retain) => new()
    {
        Topic = topic,
        Payload = ReadPayload(),
        QoS = QoS,
        Retain = retain,
        ExpirySeconds = ExpirySeconds,
        Properties = Properties,
    };

    private ReadOnlyMemory<byte> ReadPayload()
    {
        if (PayloadBase64 is null)
        {
            return Encoding.UTF8.GetBytes(Payload ?? "");
        }

        if (Payload is not null)
        {
            throw ApiValues.Invalid("payload", "two_payloads", "Give the payload as payload or as payloadBase64, not as both.");
        }

        byte[] bytes = new byte[PayloadBase64.Length];
        return Convert.TryFromBase64String(PayloadBase64, bytes, out int length)
            ? bytes.AsMemory(0, length)
            : throw ApiValues.Invalid("payloadBase64", "bad_base64", "This is no Base64.");
    }
}

/// <summary>A message that is to be published, with its topic.</summary>
internal sealed record MessageBody : MessageContentBody
{
    /// <summary>The topic name; not below <c>$SYS</c>.</summary>
    public required string Topic { get; init; }

    /// <summary>Whether it becomes the topic's retained message; with an empty payload that is removed.</summary>
    public bool Retain { get; init; }

    /// <summary>The same for the service.</summary>
    public PublishRequest ToRequest() => ToRequest(Topic, Retain);
}
