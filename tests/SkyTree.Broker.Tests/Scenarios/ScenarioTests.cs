using SkyTree.Broker.Tests.Harness;

namespace SkyTree.Broker.Tests.Scenarios;

/// <summary>Plays every file of this folder in each protocol version that it names.</summary>
public sealed class ScenarioTests
{
    public static TheoryData<string, string> All()
    {
        TheoryData<string, string> all = [];
        foreach (string path in Directory.EnumerateFiles(Repository.ScenarioDirectory, "*.txt", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            Scenario scenario = Scenario.Load(path);
            foreach (string version in scenario.Versions)
            {
                all.Add(scenario.Name, version);
            }
        }

        return all;
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task The_broker_does_what_the_file_says(string file, string version)
    {
        Scenario scenario = Scenario.Load(Path.Combine(Repository.ScenarioDirectory, file));
        ScenarioRunner runner = new(scenario, version);
        await runner.RunAsync(toTheEnd: ScenarioFile.Updating);
        if (runner.Changes.Count == 0)
        {
            return;
        }

        if (ScenarioFile.Updating)
        {
            ScenarioFile.Update(scenario, version, runner.Changes);
            return;
        }

        ScenarioChange change = runner.Changes[0];
        string expected = change.Line <= File.ReadLines(Path.Combine(Repository.ScenarioDirectory, file)).Count()
            ? File.ReadLines(Path.Combine(Repository.ScenarioDirectory, file)).ElementAt(change.Line - 1)
            : "the end, and nothing more";
        Assert.Fail($"{file}:{change.Line} ({version})\nexpected: {expected}\nactual:   {change.Text ?? "nothing"}\n\nWhat happened:\n{runner.Transcript}");
    }
}
