using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace SkyTree.Rules.Templates;

/// <summary>A payload as JSON. One thread.</summary>
internal sealed class JsonPayload
{
    private const int MaximumDepth = 64;

    // A publisher chooses the texts that an expression of the configuration is tried on.
    private static readonly JsonSelectSettings s_select = new() { ErrorWhenNoMatch = false, RegexMatchTimeout = TimeSpan.FromMilliseconds(100) };

    private readonly JArray _holder; // an expression looks at what is in an array

    private JsonPayload(JToken root) => _holder = new JArray(root);

    private JToken Root => _holder[0];

    /// <summary>Reads a payload.</summary>
    /// <param name="payload">The payload.</param>
    /// <exception cref="RuleException">It is not JSON (RFC 8259), or is nested more than 64 deep.</exception>
    public static JsonPayload Parse(ReadOnlyMemory<byte> payload)
    {
        if (!Utf8.IsValid(payload.Span))
        {
            throw new RuleException("the payload is not JSON: it is not UTF-8");
        }

        try
        {
            // The library that knows JSONPath would take more for JSON than there is.
            var strict = new Utf8JsonReader(payload.Span, new JsonReaderOptions { MaxDepth = MaximumDepth });
            while (strict.Read())
            {
            }

            using var text = new StreamReader(new MemoryStream(payload.ToArray()));
            using var reader = new JsonTextReader(text) { DateParseHandling = DateParseHandling.None, MaxDepth = MaximumDepth };
            return new JsonPayload(JToken.ReadFrom(reader));
        }
        catch (Exception exception) when (exception is System.Text.Json.JsonException or Newtonsoft.Json.JsonException or OverflowException or FormatException)
        {
            throw new RuleException($"the payload is not JSON: {exception.Message}", exception);
        }
    }

    /// <summary>Finds what is wrong with a path.</summary>
    /// <param name="path">A JSONPath that begins with <c>$</c>.</param>
    /// <returns>Null: nothing.</returns>
    public static string? FindPathProblem(string path)
    {
        try
        {
            _ = new JObject().SelectTokens(path, s_select).Count();
            return null;
        }
        catch (Exception exception) when (exception is Newtonsoft.Json.JsonException or ArgumentException or FormatException or OverflowException)
        {
            return $"'{path}' is no JSONPath: {exception.Message}";
        }
    }

    /// <summary>Finds what is wrong with a condition.</summary>
    /// <param name="condition">What stands in a JSONPath filter, without <c>[?(</c> and <c>)]</c>.</param>
    /// <returns>Null: nothing.</returns>
    public static string? FindConditionProblem(string condition) =>
        FindPathProblem(ConditionPath(condition)) is { } ? $"'{condition}' is no condition such as @.value > 80 && @.unit == 'C'" : null;

    /// <summary>What a path finds: its only value, or an array of several.</summary>
    /// <param name="path">The path.</param>
    /// <exception cref="RuleException">It finds nothing.</exception>
    public JToken Select(string path)
    {
        JToken[] found = Select(Root, path);
        return found switch
        {
            [] => throw new RuleException($"the payload has no {path}"),
            [var one] => one,
            _ => new JArray(found),
        };
    }

    /// <summary>Whether a condition holds.</summary>
    /// <param name="condition">As of <see cref="FindConditionProblem"/>.</param>
    /// <exception cref="RuleException">Its values cannot be compared.</exception>
    public bool Fits(string condition) => Select(_holder, ConditionPath(condition)).Length > 0;

    /// <summary>A value as a text: a string as it is, everything else as JSON.</summary>
    /// <param name="value">The value.</param>
    /// <exception cref="RuleException">It is a number that JSON has no word for.</exception>
    public static string ToText(JToken value) => value switch
    {
        { Type: JTokenType.String } => (string)value!,
        JValue { Value: double number } when !double.IsFinite(number) => throw new RuleException("a number is too large"),
        JValue { Value: double number } => number.ToString("R", CultureInfo.InvariantCulture),
        _ => value.ToString(Formatting.None),
    };

    private static string ConditionPath(string condition) => $"$[?({condition})]";

    private static JToken[] Select(JToken from, string path)
    {
        try
        {
            return [.. from.SelectTokens(path, s_select)];
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Comparing a text with a number throws what the conversion throws.
            throw new RuleException($"{path} cannot be found out: {exception.Message}", exception);
        }
    }
}
