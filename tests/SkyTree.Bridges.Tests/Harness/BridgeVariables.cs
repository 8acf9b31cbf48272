using System.Globalization;

namespace SkyTree.Bridges.Tests.Harness;

/// <summary>A bridge called <c>m</c> as environment variables of the program.</summary>
internal static class BridgeVariables
{
    public static Dictionary<string, string> Of(Mosquitto mosquitto, params (string Filter, string Direction)[] topics)
    {
        var variables = new Dictionary<string, string>
        {
            ["SkyTree__Bridges__m__Server"] = mosquitto.Address.OriginalString,
            ["SkyTree__Bridges__m__MaximumBackoffSeconds"] = "1",
        };
        for (int i = 0; i < topics.Length; i++)
        {
            string key = string.Create(CultureInfo.InvariantCulture, $"SkyTree__Bridges__m__Topics__{i}__");
            variables[key + "Filter"] = topics[i].Filter;
            variables[key + "Direction"] = topics[i].Direction;
        }

        return variables;
    }
}
