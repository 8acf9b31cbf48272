using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace SkyTree.Web.Tests.Deploy;

/// <summary>The files in <c>docs/deploy</c>, and the programs that read them.</summary>
internal static class DeployFile
{
    private const string YamlToJson = "import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(sys.argv[1]))))";

    /// <summary>The working copy that the tests were built from.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Where one of them lies.</summary>
    public static string PathOf(string name) => Path.Combine(Root, "docs", "deploy", name);

    /// <summary>The documents of a YAML file, read by a parser of its own.</summary>
    public static JsonNode[] ReadYaml(string name) => ParseYaml(File.ReadAllText(PathOf(name)));

    /// <summary>The documents of YAML.</summary>
    public static JsonNode[] ParseYaml(string text)
    {
        (int exitCode, string output) = Run("/usr/bin/python3", "-c", YamlToJson, text);
        Assert.True(exitCode == 0, output);
        return JsonSerializer.Deserialize<JsonNode[]>(output)!;
    }

    /// <summary>Runs a program to its end.</summary>
    /// <returns>Its exit code and what it wrote.</returns>
    public static (int ExitCode, string Output) Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "SkyTree.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("SkyTree.sln is in none of the folders above the tests.");
    }
}
