using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using SkyTree.Core.Protocol;

namespace SkyTree.Sinks;

/// <summary>Messages as JSON, the same in webhooks and files; <c>docs/sinks.md</c> describes it.</summary>
public static class SinkMessageJson
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }; // never part of a page as it is

    /// <summary>A writer of such JSON.</summary>
    /// <param name="output">Where it goes.</param>
    public static Utf8JsonWriter CreateWriter(System.Buffers.IBufferWriter<byte> output) => new(output, s_options);

    /// <summary>Writes a message as an object in one line.</summary>
    /// <param name="json">Where it goes.</param>
    /// <param name="message">The message.</param>
    public static void Write(Utf8JsonWriter json, SinkMessage message)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(message);
        json.WriteStartObject();
        json.WriteString("id", message.Id);
        json.WriteString("topic", message.Topic);
        WritePayload(json, message);
        json.WriteNumber("qos", (int)message.QoS);
        json.WriteBoolean("retain", message.Retain);
        if (message.Offset is { } offset)
        {
            json.WriteNumber("offset", offset);
        }

        if (message.StoredAt is { } time)
        {
            json.WriteString("time", time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        }

        WriteProperties(json, message);
        json.WriteEndObject();
    }

    /// <summary>Writes User Properties as a list of objects with <c>name</c> and <c>value</c>.</summary>
    /// <param name="json">Where it goes.</param>
    /// <param name="properties">The properties.</param>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<UserProperty> properties)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(properties);
        json.WriteStartArray();
        foreach (UserProperty property in properties)
        {
            json.WriteStartObject();
            json.WriteString("name", property.Name);
            json.WriteString("value", property.Value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WritePayload(Utf8JsonWriter json, SinkMessage message)
    {
        if (System.Text.Unicode.Utf8.IsValid(message.Payload.Span))
        {
            json.WriteString("payload", message.Payload.Span);
        }
        else
        {
            json.WriteBase64String("payloadBase64", message.Payload.Span);
        }
    }

    private static void WriteProperties(Utf8JsonWriter json, SinkMessage message)
    {
        if (message.ExpirySeconds is { } expiry)
        {
            json.WriteNumber("expirySeconds", expiry);
        }

        if (message.PayloadIsUtf8 is { } isUtf8)
        {
            json.WriteBoolean("payloadIsUtf8", isUtf8);
        }

        if (message.ContentType is { } contentType)
        {
            json.WriteString("contentType", contentType);
        }

        if (message.ResponseTopic is { } responseTopic)
        {
            json.WriteString("responseTopic", responseTopic);
        }

        if (message.CorrelationData is { } correlation)
        {
            json.WriteBase64String("correlationDataBase64", correlation.Span);
        }

        if (message.UserProperties.Count > 0)
        {
            json.WritePropertyName("userProperties");
            Write(json, message.UserProperties);
        }
    }
}
