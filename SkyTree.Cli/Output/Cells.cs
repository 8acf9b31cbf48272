using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SkyTree.Cli.Output;

/// <summary>Values of JSON as texts for people.</summary>
internal static class Cells
{
    private const string Nothing = "-";

    /// <summary>A member of an object, or of an object in it: <c>live.address</c>.</summary>
    public static JsonNode? At(this JsonNode? node, string path) =>
        path.Split('.').Aggregate(node, (at, name) => at is JsonObject members ? members[name] : null);

    /// <summary>A member's text; empty: there is none.</summary>
    public static string TextAt(this JsonNode? node, string path) => node.At(path) is { } value ? Raw(value) : "";

    /// <summary>A member's number; 0: there is none.</summary>
    public static long NumberAt(this JsonNode? node, string path) => node.At(path) is JsonValue value && value.TryGetValue(out long number) ? number : 0;

    /// <summary>Whether a member is true.</summary>
    public static bool FlagAt(this JsonNode? node, string path) => node.At(path) is JsonValue value && value.TryGetValue(out bool flag) && flag;

    /// <summary>A value in one line.</summary>
    public static string Text(JsonNode? node) => node switch
    {
        null => Nothing,
        JsonArray { Count: 0 } => Nothing,
        JsonArray array => string.Join(", ", array.Select(Text)),
        JsonObject => Printable(node.ToJsonString(Printer.Compact)),
        _ => Raw(node) is { Length: > 0 } text ? Printable(text) : Nothing,
    };

    /// <summary>What strangers have named, without anything that a terminal would obey.</summary>
    public static string Printable(string text)
    {
        if (!text.Any(IsUnsafe))
        {
            return text;
        }

        StringBuilder safe = new(text.Length + 16);
        foreach (char c in text)
        {
            if (IsUnsafe(c))
            {
                safe.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            }
            else
            {
                safe.Append(c);
            }
        }

        return safe.ToString();
    }

    private static bool IsUnsafe(char c) => char.IsControl(c) || char.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private static string Raw(JsonNode node) => node.GetValueKind() switch
    {
        JsonValueKind.True => "yes",
        JsonValueKind.False => "no",
        JsonValueKind.String => node.GetValue<string>(),
        _ => node.ToJsonString(Printer.Compact),
    };
}
