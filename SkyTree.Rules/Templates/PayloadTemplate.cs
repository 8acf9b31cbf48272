using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Newtonsoft.Json.Linq;

namespace SkyTree.Rules.Templates;

/// <summary>
/// What a payload is made by. One that is JSON is filled value by value, so nothing that a publisher sends can become a member, or end a string;
/// any other is a text.
/// </summary>
internal sealed class PayloadTemplate
{
    private readonly Func<MessageValues, byte[]> _fill;

    private PayloadTemplate(Func<MessageValues, byte[]> fill, bool isJson) => (_fill, IsJson) = (fill, isJson);

    /// <summary>Whether it makes JSON.</summary>
    public bool IsJson { get; }

    /// <summary>Makes one.</summary>
    /// <param name="text">The template; JSON if it begins with a brace or a bracket.</param>
    /// <param name="wildcards">The wildcards of the rule's filter.</param>
    /// <param name="problem">What is wrong with it; empty: nothing.</param>
    /// <returns>Null: something is wrong.</returns>
    public static PayloadTemplate? TryCreate(string text, int wildcards, out string problem)
    {
        if (text.TrimStart() is not ['{' or '[', ..])
        {
            return Parse(text, wildcards, out problem) is { } parts ? new PayloadTemplate(values => Encoding.UTF8.GetBytes(values.Fill(parts)), isJson: false) : null;
        }

        problem = "";
        JsonNode? json;
        try
        {
            json = JsonNode.Parse(text);
        }
        catch (JsonException exception)
        {
            problem = $"it begins like JSON and is none, placeholders stand within quotes: {exception.Message}";
            return null;
        }

        return Compile(json, wildcards, ref problem) is { } write && problem.Length == 0 ? new PayloadTemplate(values => FillJson(values, write), isJson: true) : null;
    }

    /// <summary>Makes the payload of a message.</summary>
    /// <exception cref="RuleException">One of its placeholders stands for nothing.</exception>
    public byte[] Fill(MessageValues values) => _fill(values);

    /// <summary>Takes a text template apart, and looks at its placeholders.</summary>
    /// <param name="text">The template.</param>
    /// <param name="wildcards">The wildcards of the rule's filter.</param>
    /// <param name="problem">What is wrong with it; empty: nothing.</param>
    /// <returns>Null: something is wrong.</returns>
    public static IReadOnlyList<TemplatePart>? Parse(string text, int wildcards, out string problem)
    {
        if (Template.TryParse(text, out IReadOnlyList<TemplatePart> parts, out problem))
        {
            problem = parts.Where(part => part.IsPlaceholder).Select(part => MessageValues.FindProblem(part.Text, wildcards)).FirstOrDefault(found => found is not null) ?? "";
        }

        return problem.Length == 0 ? parts : null;
    }

    private static byte[] FillJson(MessageValues values, Action<Utf8JsonWriter, MessageValues> write)
    {
        using var output = new MemoryStream();
        using (var writer = new Utf8JsonWriter(output))
        {
            try
            {
                write(writer, values);
            }
            catch (JsonException exception)
            {
                throw new RuleException("a value has a number in it that is too large", exception);
            }
        }

        return output.ToArray();
    }

    private static Action<Utf8JsonWriter, MessageValues>? Compile(JsonNode? json, int wildcards, ref string problem)
    {
        switch (json)
        {
            case JsonObject members:
                List<(string Name, Action<Utf8JsonWriter, MessageValues> Value)> all = [];
                foreach ((string name, JsonNode? value) in members)
                {
                    if (name.Contains("${", StringComparison.Ordinal))
                    {
                        problem = $"'{name}' is a member's name; placeholders stand for values";
                        return null;
                    }

                    if (Compile(value, wildcards, ref problem) is not { } write)
                    {
                        return null;
                    }

                    all.Add((name, write));
                }

                return (writer, values) =>
                {
                    writer.WriteStartObject();
                    foreach ((string name, Action<Utf8JsonWriter, MessageValues> value) in all)
                    {
                        writer.WritePropertyName(name);
                        value(writer, values);
                    }

                    writer.WriteEndObject();
                };
            case JsonArray items:
                List<Action<Utf8JsonWriter, MessageValues>> writes = [];
                foreach (JsonNode? item in items)
                {
                    if (Compile(item, wildcards, ref problem) is not { } write)
                    {
                        return null;
                    }

                    writes.Add(write);
                }

                return (writer, values) =>
                {
                    writer.WriteStartArray();
                    writes.ForEach(write => write(writer, values));
                    writer.WriteEndArray();
                };
            case JsonValue value when value.TryGetValue(out string? text):
                return CompileText(text, wildcards, out problem);
            default:
                string literal = json?.ToJsonString() ?? "null";
                return (writer, _) => writer.WriteRawValue(literal);
        }
    }

    private static Action<Utf8JsonWriter, MessageValues>? CompileText(string text, int wildcards, out string problem)
    {
        if (Parse(text, wildcards, out problem) is not { } parts)
        {
            return null;
        }

        // A placeholder alone keeps its type: a number stays one.
        return parts is [{ IsPlaceholder: true } only]
            ? (writer, values) => WriteValue(writer, values.Find(only.Text))
            : (writer, values) => writer.WriteStringValue(values.Fill(parts));
    }

    private static void WriteValue(Utf8JsonWriter writer, JToken value)
    {
        if (value.Type == JTokenType.String)
        {
            writer.WriteStringValue((string)value!);
        }
        else
        {
            writer.WriteRawValue(JsonPayload.ToText(value));
        }
    }
}
