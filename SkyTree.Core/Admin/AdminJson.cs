using System.Text.Json;
using System.Text.Json.Serialization;

namespace SkyTree.Core.Admin;

/// <summary>JSON as the HTTP API and the audit log have it.</summary>
internal static class AdminJson
{
    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>A value as JSON.</summary>
    public static string Write<T>(T value) => JsonSerializer.Serialize(value, s_options);
}
