using SkyTree.Broker.Tests.Harness;

namespace SkyTree.Broker.Tests.Scenarios;

/// <summary>Rewrites scenario files with what happened; the differences are reviewed as any other change.</summary>
internal static class ScenarioFile
{
    /// <summary>Whether files are to be rewritten instead of compared.</summary>
    public static bool Updating { get; } = Environment.GetEnvironmentVariable("SKYTREE_UPDATE_SCENARIOS") == "1";

    public static void Update(Scenario scenario, string version, IReadOnlyList<ScenarioChange> changes)
    {
        string path = Path.Combine(Repository.ScenarioDirectory, scenario.Name);
        List<string> lines = [.. File.ReadAllLines(path)];
        bool several = scenario.Versions.Length > 1;
        string others = string.Join(' ', scenario.Versions.Where(other => other != version));
        foreach (ScenarioChange change in changes.Reverse())
        {
            int index = change.Line - 1;
            List<string> replacement = [];
            if (change.Text is not null)
            {
                replacement.Add(several ? $"[{version}] {change.Text}" : change.Text);
            }

            if (change.Replaces && index < lines.Count)
            {
                if (several)
                {
                    replacement.Add($"[{others}] {lines[index]}");
                }

                lines.RemoveAt(index);
            }

            lines.InsertRange(Math.Min(index, lines.Count), replacement);
        }

        File.WriteAllLines(path, lines);
    }
}
