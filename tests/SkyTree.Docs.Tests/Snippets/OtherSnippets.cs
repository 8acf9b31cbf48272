using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using SkyTree.Docs.Tests.Pages;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace SkyTree.Docs.Tests.Snippets;

/// <summary>What is parsed, and nothing more.</summary>
internal static partial class OtherSnippets
{
    /// <summary>Anything in YAML; of rules of Prometheus, their expressions, too.</summary>
    public static void CheckYaml(CodeBlock block)
    {
        YamlStream stream = [];
        stream.Load(new StringReader(block.Text));
        Assert.NotEmpty(stream.Documents);
        string[] expressions = [.. stream.Documents.SelectMany(document => document.AllNodes).OfType<YamlMappingNode>()
            .SelectMany(node => node.Children).Where(child => child.Key is YamlScalarNode { Value: "expr" }).Select(child => ((YamlScalarNode)child.Value).Value!)];
        if (expressions.Length > 0)
        {
            JudgePromQL(block, string.Join('\n', expressions));
        }
    }

    /// <summary>An expression a line.</summary>
    public static void CheckPromQL(CodeBlock block) => JudgePromQL(block, block.Text.TrimEnd());

    public static void CheckXml(CodeBlock block) => XDocument.Parse($"<snippet>{block.Text}</snippet>");

    public static void CheckShell(CodeBlock block) => Judge(block, block.Text, "bash", "-n");

    public static void CheckPython(CodeBlock block) => Judge(block, block.Text, "python3", "-c", "import ast, sys; ast.parse(sys.stdin.read())");

    public static void CheckIni(CodeBlock block) =>
        Judge(block, block.Text, "python3", "-c", "import configparser, sys; configparser.RawConfigParser(strict=False, allow_no_value=True).read_string(sys.stdin.read())");

    /// <summary>A request or an answer: its first line, headers, and a body that is JSON if they say so.</summary>
    public static void CheckHttp(CodeBlock block)
    {
        string[] parts = block.Text.Split("\n\n", 2);
        string[] lines = parts[0].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(FirstLine().IsMatch(lines[0]), $"{block}: '{lines[0]}' begins neither a request nor an answer");
        Assert.All(lines[1..], line => Assert.Matches(@"^[A-Za-z0-9-]+: \S.*$", line));
        if (lines.Any(line => line.StartsWith("Content-Type: application/", StringComparison.OrdinalIgnoreCase) && line.Contains("json", StringComparison.Ordinal)))
        {
            JsonDocument.Parse(parts[1]).Dispose();
        }
    }

    private static void JudgePromQL(CodeBlock block, string expressions) =>
        Judge(block, expressions + "\n", "node", Repository.PathOf("tests/interop-js/promql.mjs"));

    private static void Judge(CodeBlock block, string input, string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardError = true })!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{block}: {errors}");
    }

    [GeneratedRegex(@"^([A-Z]+ /\S* HTTP/1\.1|HTTP/1\.1 \d{3} .+)$")]
    private static partial Regex FirstLine();
}
