using System.Text.Json;
using SkyTree.Core.Admin.Messages;
using SkyTree.Core.Protocol;

namespace SkyTree.AspNetCore.Portal.Traffic.Messages;

/// <summary>Messages in a file, a line of JSON each.</summary>
internal static class MessageLines
{
    /// <summary>Adds one. Its payload is there as text where it is that, else in Base64.</summary>
    public static void Write(Stream file, MessageItem message)
    {
        using (var json = new Utf8JsonWriter(file))
        {
            json.WriteStartObject();
            json.WriteNumber("offset", message.Offset);
            json.WriteString("topic", message.Topic);
            json.WriteString("time", message.Time);
            json.WriteString("publisherId", message.PublisherId);
            json.WriteNumber("qoS", (int)message.QoS);
            json.WriteBoolean("retain", message.Retain);
            if (message.ExpiresAt is { } expires)
            {
                json.WriteString("expiresAt", expires);
            }

            Write(json, message.Properties);
            if (PayloadPreview.TextOf(message.Payload.Span) is { } text)
            {
                json.WriteString("payload", text);
            }
            else
            {
                json.WriteBase64String("payloadBase64", message.Payload.Span);
            }

            json.WriteEndObject();
        }

        file.WriteByte((byte)'\n');
    }

    private static void Write(Utf8JsonWriter json, MessageProperties? properties)
    {
        if (properties is null)
        {
            return;
        }

        json.WriteStartObject("properties");
        if (properties.PayloadIsUtf8 is { } isUtf8)
        {
            json.WriteBoolean("payloadIsUtf8", isUtf8);
        }

        if (properties.ContentType is { } contentType)
        {
            json.WriteString("contentType", contentType);
        }

        if (properties.ResponseTopic is { } responseTopic)
        {
            json.WriteString("responseTopic", responseTopic);
        }

        if (properties.CorrelationData is { } correlation)
        {
            json.WriteBase64String("correlationData", correlation.Span);
        }

        if (properties.UserProperties.Count > 0)
        {
            json.WriteStartArray("userProperties");
            foreach (UserProperty property in properties.UserProperties)
            {
                json.WriteStartObject();
                json.WriteString("name", property.Name);
                json.WriteString("value", property.Value);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }
}
