using System.Buffers.Binary;
using System.Text;
using SkyTree.Core.Protocol;

namespace SkyTree.Core.Admin.Messages;

/// <summary>The properties of a message that are forwarded to subscribers (MQTT 5.0, 3.3.2.3).</summary>
public sealed record MessageProperties
{
    private const int LongestText = ushort.MaxValue;

    /// <summary>Whether the payload is said to be UTF-8; null: nothing is said.</summary>
    public bool? PayloadIsUtf8 { get; init; }

    /// <summary>Content Type.</summary>
    public string? ContentType { get; init; }

    /// <summary>Response Topic.</summary>
    public string? ResponseTopic { get; init; }

    /// <summary>Correlation Data.</summary>
    public ReadOnlyMemory<byte>? CorrelationData { get; init; }

    /// <summary>User properties, in their order; a name may come several times.</summary>
    public IReadOnlyList<UserProperty> UserProperties { get; init; } = [];

    /// <summary>Reads encoded properties.</summary>
    internal static MessageProperties? Read(ReadOnlySpan<byte> encoded)
    {
        if (encoded.IsEmpty)
        {
            return null;
        }

        var properties = new MessageProperties();
        List<UserProperty>? user = null;
        var reader = new PropertyReader(encoded, PropertySets.Publish);
        while (reader.Read())
        {
            switch (reader.Id)
            {
                case PropertyId.PayloadFormatIndicator:
                    properties = properties with { PayloadIsUtf8 = reader.Flag };
                    break;
                case PropertyId.ContentType:
                    properties = properties with { ContentType = reader.Text };
                    break;
                case PropertyId.ResponseTopic:
                    properties = properties with { ResponseTopic = reader.Text };
                    break;
                case PropertyId.CorrelationData:
                    properties = properties with { CorrelationData = reader.Bytes.ToArray() };
                    break;
                case PropertyId.UserProperty:
                    (user ??= []).Add(reader.UserProperty);
                    break;
            }
        }

        return user is null ? properties : properties with { UserProperties = user };
    }

    /// <summary>Encodes them as in PUBLISH.</summary>
    /// <exception cref="AdminException">One has a value that MQTT does not allow.</exception>
    internal byte[] Write()
    {
        var bytes = new List<byte>();
        if (PayloadIsUtf8 is { } isUtf8)
        {
            bytes.AddRange([(byte)PropertyId.PayloadFormatIndicator, isUtf8 ? (byte)1 : (byte)0]);
        }

        if (ContentType is { } contentType)
        {
            bytes.Add((byte)PropertyId.ContentType);
            AddText(bytes, "contentType", contentType);
        }

        if (ResponseTopic is { } responseTopic)
        {
            AdminMistakes.RequireTopic("responseTopic", responseTopic);
            bytes.Add((byte)PropertyId.ResponseTopic);
            AddText(bytes, "responseTopic", responseTopic);
        }

        if (CorrelationData is { } correlation)
        {
            bytes.Add((byte)PropertyId.CorrelationData);
            AddBytes(bytes, "correlationData", correlation.Span);
        }

        foreach (UserProperty property in UserProperties ?? [])
        {
            bytes.Add((byte)PropertyId.UserProperty);
            AddText(bytes, "userProperties", property.Name);
            AddText(bytes, "userProperties", property.Value);
        }

        return [.. bytes];
    }

    private static void AddText(List<byte> bytes, string field, string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text ?? "");
        if (!MqttUtf8.IsWellFormed(utf8))
        {
            throw AdminMistakes.Invalid(field, "bad_text", "The text has U+0000 in it.");
        }

        AddBytes(bytes, field, utf8);
    }

    private static void AddBytes(List<byte> bytes, string field, ReadOnlySpan<byte> value)
    {
        if (value.Length > LongestText)
        {
            throw AdminMistakes.Invalid(field, "too_long", "It is longer than 65,535 bytes.");
        }

        Span<byte> length = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)value.Length);
        bytes.AddRange(length);
        bytes.AddRange(value);
    }
}
