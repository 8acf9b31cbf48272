using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using SkyTree.Core.Security.Access;

namespace SkyTree.AspNetCore.Api.Http;

/// <summary>JSON of the HTTP API: camel case, enumerations as words, MQTT's numbers as numbers; what is not known is refused.</summary>
internal static class ApiJson
{
    /// <summary>Configured options, for what is not written by a route.</summary>
    public static JsonSerializerOptions Options { get; } = Create();

    /// <summary>Configures options.</summary>
    public static void Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = ApiNames.Policy;
        options.DictionaryKeyPolicy = null; // keys are people's, but for those of enumerations
        options.PropertyNameCaseInsensitive = false;
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping; // the answers are JSON and nosniff, and topics stay readable
        options.NumberHandling = JsonNumberHandling.Strict;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.AllowDuplicateProperties = false;
        options.RespectNullableAnnotations = true;
        options.RespectRequiredConstructorParameters = true;
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        options.TypeInfoResolver = (options.TypeInfoResolver ?? new DefaultJsonTypeInfoResolver()).WithAddedModifier(RequireEffect);
        options.Converters.Add(new QoSJsonConverter());
        options.Converters.Add(new ProtocolVersionJsonConverter());
        options.Converters.Add(new RetainHandlingJsonConverter());
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
    }

    // A rule that does not say so must not permit.
    private static void RequireEffect(JsonTypeInfo type)
    {
        if (type.Type == typeof(AccessRule) && type.Properties.FirstOrDefault(property => property.Name == "effect") is { } effect)
        {
            effect.IsRequired = true;
        }
    }

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web) { TypeInfoResolver = new DefaultJsonTypeInfoResolver() };
        Configure(options);
        options.MakeReadOnly();
        return options;
    }
}
