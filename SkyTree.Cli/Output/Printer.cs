using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SkyTree.Cli.Output;

/// <summary>Answers on standard output: tables for people, JSON for programs.</summary>
/// <param name="parsed">Says which.</param>
internal sealed class Printer(ParseResult parsed)
{
    private const string Json = "json";
    private const string Table = "table";

    private static readonly Option<string> s_output = CreateOption();

    /// <summary>JSON in one line, with texts as they are.</summary>
    public static JsonSerializerOptions Compact { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static JsonSerializerOptions Indented { get; } = new(Compact) { WriteIndented = true };

    /// <summary>Whether programs read it.</summary>
    public bool IsJson { get; } = parsed.GetValue(s_output) == Json;

    /// <summary>Adds the option.</summary>
    public static void AddTo(RootCommand root) => root.Options.Add(s_output);

    /// <summary>Rows.</summary>
    public void Rows(IReadOnlyList<JsonNode> rows, IReadOnlyList<Column> columns)
    {
        if (IsJson)
        {
            Console.Out.WriteLine(new JsonArray([.. rows.Select(row => row.DeepClone())]).ToJsonString(Indented));
            return;
        }

        string[][] cells = [[.. columns.Select(column => column.Title)], .. rows.Select(row => columns.Select(column => column.Read(row)).ToArray())];
        int[] widths = [.. columns.Select((_, i) => cells.Max(row => row[i].Length))];
        foreach (string[] row in cells)
        {
            Console.Out.WriteLine(string.Join("  ", row.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
        }
    }

    /// <summary>One thing, a line for each of its members.</summary>
    public void Details(JsonNode? thing)
    {
        if (IsJson)
        {
            Console.Out.WriteLine(thing?.ToJsonString(Indented) ?? "null");
            return;
        }

        List<(string Name, string Value)> lines = [];
        Flatten("", thing, lines);
        int width = lines.Max(line => (int?)line.Name.Length) ?? 0;
        foreach ((string name, string value) in lines)
        {
            Console.Out.WriteLine($"{name.PadRight(width)}  {value}");
        }
    }

    /// <summary>What was done: a sentence for people, the server's answer for programs; without one, nothing.</summary>
    public void Done(string sentence, JsonNode? answer = null)
    {
        if (!IsJson)
        {
            Console.Out.WriteLine(Cells.Printable(sentence));
        }
        else if (answer is not null)
        {
            Details(answer);
        }
    }

    /// <summary>One of many that come as time goes by: a line, for programs a line of JSON.</summary>
    public void Line(string text, JsonNode thing) => Console.Out.WriteLine(IsJson ? thing.ToJsonString(Compact) : text);

    private static void Flatten(string name, JsonNode? node, List<(string, string)> lines)
    {
        switch (node)
        {
            case JsonObject { Count: > 0 } members:
                foreach ((string member, JsonNode? value) in members)
                {
                    Flatten(name.Length == 0 ? member : $"{name}.{member}", value, lines);
                }

                break;
            case JsonArray array when array.Any(item => item is JsonObject):
                for (int i = 0; i < array.Count; i++)
                {
                    Flatten($"{name}[{i}]", array[i], lines);
                }

                break;
            default:
                lines.Add((Cells.Printable(name), Cells.Text(node)));
                break;
        }
    }

    private static Option<string> CreateOption()
    {
        Option<string> option = new("--output", "-o")
        {
            Description = "table for people, json for programs",
            Recursive = true,
            DefaultValueFactory = _ => Table,
        };
        option.AcceptOnlyFromAmong(Table, Json);
        return option;
    }
}
