using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using SkyTree.Docs.Tests.Pages;
using SkyTree.AspNetCore.Configuration;
using Xunit;

namespace SkyTree.Docs.Tests.Snippets;

/// <summary>JSON: configuration is read and checked as the program does it, everything else parsed.</summary>
internal static class JsonSnippets
{
    private const string Configured = "/etc/skytree/";

    private static readonly JsonDocumentOptions s_reading = new() { CommentHandling = JsonCommentHandling.Skip };

    /// <summary>The text with what is around it: <c>in: SkyTree:Sinks</c> says where a part of the configuration belongs.</summary>
    public static string Whole(CodeBlock block)
    {
        // A part that has no braces of its own is written as it stands in the file: a name and what it is.
        string text = block.Text.Trim();
        text = text[0] == '"' ? $"{{{text}}}" : text;
        return (block.Instruction("in") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).Reverse().Aggregate(text, (inner, name) => $"{{\"{name}\":{inner}}}");
    }

    public static void Check(CodeBlock block)
    {
        string text = Whole(block);
        JsonNode? root;
        try
        {
            root = JsonNode.Parse(text, documentOptions: s_reading);
        }
        catch (JsonException exception)
        {
            Assert.Fail($"{block}: {exception.Message} A part of the configuration says where it belongs: in: SkyTree:Store");
            return;
        }

        if (root is JsonObject json && (json.ContainsKey("SkyTree") || json.ContainsKey("Logging")))
        {
            CheckConfiguration(block, json);
        }
    }

    private static void CheckConfiguration(CodeBlock block, JsonObject json)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("skytree-config-");
        try
        {
            foreach (JsonValue value in Values(json).Where(value => value.TryGetValue(out string? text) && text.StartsWith(Configured, StringComparison.Ordinal)).ToList())
            {
                string file = Path.Combine(folder.FullName, value.GetValue<string>()[Configured.Length..]);
                GivenFiles.Write(file);
                value.ReplaceWith(file);
            }

            IConfigurationRoot configuration = new ConfigurationBuilder()
                .AddInMemoryCollection([new("SkyTree:Listeners:mqtt:Kind", "Tcp")])
                .AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json.ToJsonString())))
                .Build();
            configuration.ReadSkyTree();
        }
        catch (StartUpException exception)
        {
            Assert.Fail($"{block}: {exception.Message}\n{string.Join('\n', exception.Lines)}");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static IEnumerable<JsonValue> Values(JsonNode? node) => node switch
    {
        JsonValue value => [value],
        JsonObject members => members.SelectMany(member => Values(member.Value)),
        JsonArray items => items.SelectMany(Values),
        _ => [],
    };
}
