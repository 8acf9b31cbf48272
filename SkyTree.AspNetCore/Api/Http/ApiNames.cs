using System.Text.Json;

namespace SkyTree.AspNetCore.Api.Http;

/// <summary>Names of members: camel case, and <c>qos</c> as MQTT's users write it.</summary>
internal sealed class ApiNames : JsonNamingPolicy
{
    public static ApiNames Policy { get; } = new();

    public override string ConvertName(string name) =>
        name is "QoS" or "qoS" ? "qos" : CamelCase.ConvertName(name);
}
