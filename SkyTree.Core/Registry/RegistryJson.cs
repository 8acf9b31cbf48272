using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SkyTree.Core.Registry;

/// <summary>Entries as JSON: fields that a later version adds are passed over by an older one.</summary>
internal static class RegistryJson
{
    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // never part of a page as it is
    };

    public static byte[] Encode<T>(T content) => JsonSerializer.SerializeToUtf8Bytes(content, s_options);

    /// <summary>The same as a text, for the audit log.</summary>
    public static string Text<T>(T content) => JsonSerializer.Serialize(content, s_options);

    public static T Decode<T>(RegistryEntry entry)
        where T : class => JsonSerializer.Deserialize<T>(entry.Content.Span, s_options) ?? throw new InvalidDataException("An entry of the registry is empty.");
}
