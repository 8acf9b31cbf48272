using System.Text.Json;

namespace SkyTree.AspNetCore.Portal.Audit;

/// <summary>What was changed at one place of a JSON text.</summary>
/// <param name="Path">The place: <c>rule.topics[0]</c>; empty: the whole.</param>
/// <param name="Before">What stood there; null: nothing.</param>
/// <param name="After">What stands there; null: nothing.</param>
public sealed record JsonDifference(string Path, string? Before, string? After)
{
    private const int Most = 2000;

    /// <summary>Whether both are the same.</summary>
    public bool IsSame => Before == After;

    /// <summary>All places of two texts, in the order of the later one; those that it has no more at the end.</summary>
    /// <param name="before">JSON; null: there was nothing. What is no JSON is taken as one value.</param>
    /// <param name="after">JSON; null: there is nothing.</param>
    public static IReadOnlyList<JsonDifference> Of(string? before, string? after)
    {
        Dictionary<string, string> old = Flatten(before);
        Dictionary<string, string> present = Flatten(after);
        return
        [
            .. present.Select(pair => new JsonDifference(pair.Key, old.GetValueOrDefault(pair.Key), pair.Value)),
            .. old.Where(pair => !present.ContainsKey(pair.Key)).Select(pair => new JsonDifference(pair.Key, pair.Value, null)),
        ];
    }

    private static Dictionary<string, string> Flatten(string? json)
    {
        var places = new Dictionary<string, string>(StringComparer.Ordinal);
        if (json is null)
        {
            return places;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            Walk("", document.RootElement, places);
        }
        catch (JsonException)
        {
            places[""] = json;
        }

        return places;
    }

    private static void Walk(string path, JsonElement value, Dictionary<string, string> places)
    {
        if (places.Count >= Most)
        {
            return;
        }

        switch (value.ValueKind)
        {
            case JsonValueKind.Object when value.EnumerateObject().Any():
                foreach (JsonProperty member in value.EnumerateObject())
                {
                    Walk(path.Length == 0 ? member.Name : $"{path}.{member.Name}", member.Value, places);
                }

                break;
            case JsonValueKind.Array when value.GetArrayLength() > 0:
                int index = 0;
                foreach (JsonElement item in value.EnumerateArray())
                {
                    Walk($"{path}[{index++}]", item, places);
                }

                break;
            default:
                places[path] = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
                break;
        }
    }
}
