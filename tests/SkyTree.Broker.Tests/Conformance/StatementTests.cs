using System.Text.RegularExpressions;
using SkyTree.Broker.Tests.Harness;
using SkyTree.Broker.Tests.Scenarios;

namespace SkyTree.Broker.Tests.Conformance;

/// <summary>
/// Every normative statement of MQTT 5.0 that binds a server has a test: a scenario that names it after <c>spec:</c>, or
/// a test of any project here with <c>[Trait("Spec", "MQTT-…")]</c>.
/// </summary>
public sealed partial class StatementTests(ITestOutputHelper output)
{
    private static readonly string StatementsPath =
        Path.Combine(Repository.Root, "tests", "SkyTree.Broker.Tests", "Conformance", "Statements.txt");

    [Fact]
    public void Every_statement_that_binds_a_server_has_a_test()
    {
        ILookup<string, string> tests = Tests().ToLookup(test => test.Statement, test => test.Place);
        List<string> missing = [];
        int bound = 0;
        foreach ((string id, string binds, string text) in Statements().Where(s => s.Binds is "server" or "both"))
        {
            bound++;
            if (!tests.Contains(id))
            {
                missing.Add($"{id} ({binds}): {text}");
            }
        }

        output.WriteLine($"{bound} statements bind a server, {missing.Count} of them have no test.");
        Assert.True(missing.Count == 0, "Without a test:\n" + string.Join('\n', missing));
    }

    [Fact]
    public void Every_test_names_statements_that_exist()
    {
        HashSet<string> known = [.. Statements().Select(statement => statement.Id)];
        string[] unknown = [.. Tests().Where(test => !known.Contains(test.Statement)).Select(test => $"{test.Statement} in {test.Place}")];
        Assert.Empty(unknown);
    }

    private static IEnumerable<(string Id, string Binds, string Text)> Statements() =>
        from line in File.ReadLines(StatementsPath)
        where line.Length > 0 && line[0] != '#'
        let parts = line.Split('\t')
        select (parts[0], parts[1], parts[2]);

    private static IEnumerable<(string Statement, string Place)> Tests()
    {
        foreach (string path in Directory.EnumerateFiles(Repository.ScenarioDirectory, "*.txt", SearchOption.AllDirectories))
        {
            foreach (string statement in Scenario.Load(path).Statements)
            {
                yield return (statement, Path.GetFileName(path));
            }
        }

        foreach (string path in SourceFiles())
        {
            foreach (Match trait in SpecTrait().Matches(File.ReadAllText(path)))
            {
                foreach (string statement in trait.Groups[1].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                {
                    yield return (statement.Trim('[', ']', ','), Path.GetFileName(path));
                }
            }
        }
    }

    private static IEnumerable<string> SourceFiles() =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal));

    [GeneratedRegex("""\[Trait\("Spec",\s*"(MQTT-\d[^"]*)"\)\]""")]
    private static partial Regex SpecTrait();
}
