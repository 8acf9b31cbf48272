using System.Text.Json;
using System.Text.Json.Serialization;
using SkyTree.Core.Protocol;

namespace SkyTree.AspNetCore.Api.Http;

/// <summary>QoS as its number.</summary>
internal sealed class QoSJsonConverter : JsonConverter<QoS>
{
    public override QoS Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetByte(out byte value) && value <= 2 ? (QoS)value : throw new JsonException("QoS is 0, 1 or 2.");

    public override void Write(Utf8JsonWriter writer, QoS value, JsonSerializerOptions options) => writer.WriteNumberValue((byte)value);
}

/// <summary>Retain Handling as its number.</summary>
internal sealed class RetainHandlingJsonConverter : JsonConverter<RetainHandling>
{
    public override RetainHandling Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetByte(out byte value) && value <= 2 ? (RetainHandling)value : throw new JsonException("Retain Handling is 0, 1 or 2.");

    public override void Write(Utf8JsonWriter writer, RetainHandling value, JsonSerializerOptions options) => writer.WriteNumberValue((byte)value);
}

/// <summary>A protocol version as people write it: <c>3.1</c>, <c>3.1.1</c>, <c>5.0</c>.</summary>
internal sealed class ProtocolVersionJsonConverter : JsonConverter<ProtocolVersion>
{
    /// <summary>Reads one; null: it is none.</summary>
    public static ProtocolVersion? Parse(string? text) => text switch
    {
        "3.1" => ProtocolVersion.V31,
        "3.1.1" => ProtocolVersion.V311,
        "5" or "5.0" => ProtocolVersion.V5,
        _ => null,
    };

    public override ProtocolVersion Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        (reader.TokenType == JsonTokenType.String ? Parse(reader.GetString()) : null) ?? throw new JsonException("A protocol version is 3.1, 3.1.1 or 5.0.");

    public override void Write(Utf8JsonWriter writer, ProtocolVersion value, JsonSerializerOptions options) => writer.WriteStringValue(value switch
    {
        ProtocolVersion.V31 => "3.1",
        ProtocolVersion.V311 => "3.1.1",
        _ => "5.0",
    });
}
