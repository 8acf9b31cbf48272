using System.Text.RegularExpressions;

namespace SkyTree.Docs.Tests.Conformance;

/// <summary>The tests of the working copy, as their sources name them.</summary>
internal static partial class TestIndex
{
    private const string Scenarios = "tests/SkyTree.Broker.Tests/Scenarios";

    private static readonly Lazy<IReadOnlyList<(string Path, string Text)>> s_sources = new(() =>
        [.. Files("tests", "*.cs").Where(path => !path.Contains("/obj/", StringComparison.Ordinal)).Select(path => (path, File.ReadAllText(Repository.PathOf(path))))]);

    /// <summary>Names of classes with tests.</summary>
    public static IReadOnlySet<string> Classes { get; } =
        s_sources.Value.Where(source => source.Text.Contains("[Fact", StringComparison.Ordinal) || source.Text.Contains("[Theory", StringComparison.Ordinal))
            .SelectMany(source => ClassName().Matches(source.Text).Select(match => match.Groups[1].Value)).ToHashSet();

    /// <summary>Scenarios and their folders, as <c>qos/1-inbound</c> and <c>qos</c>.</summary>
    public static IReadOnlySet<string> ScenarioNames { get; } =
        Files(Scenarios, "*.txt").Select(NameOf).SelectMany(name => (string[])[name, name.Split('/')[0]]).ToHashSet();

    /// <summary>Who tests a statement: scenarios and classes.</summary>
    public static ILookup<string, string> ByStatement { get; } = Read().Distinct().ToLookup(test => test.Statement, test => test.Test);

    private static IEnumerable<(string Statement, string Test)> Read()
    {
        IEnumerable<(string, string)> scenarios =
            from path in Files(Scenarios, "*.txt")
            from line in File.ReadLines(Repository.PathOf(path))
            where line.StartsWith("spec:", StringComparison.Ordinal)
            from id in line[5..].Split(' ', StringSplitOptions.RemoveEmptyEntries)
            select (id, NameOf(path));
        IEnumerable<(string, string)> classes =
            from source in s_sources.Value
            from Match trait in Trait().Matches(source.Text)
            from id in trait.Groups[1].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            select (id.Trim('[', ']', ','), Path.GetFileNameWithoutExtension(source.Path));
        return scenarios.Concat(classes);
    }

    private static string NameOf(string scenario) => Path.ChangeExtension(Path.GetRelativePath(Scenarios, scenario), null);

    private static IEnumerable<string> Files(string folder, string pattern) => Directory.EnumerateFiles(Repository.PathOf(folder), pattern, SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(Repository.Root, path)).Order(StringComparer.Ordinal);

    [GeneratedRegex(@"\bclass (\w+)")]
    private static partial Regex ClassName();

    [GeneratedRegex("""\[Trait\("Spec",\s*"(MQTT-\d[^"]*)"\)\]""")]
    private static partial Regex Trait();
}
