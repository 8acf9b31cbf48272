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
        foreach (ScenarioChange change in changes.Reverse())
        {
            int index = Math.Min(change.Line - 1, lines.Count);
            string[] others = [];
            if (change.Replaces && index < lines.Count)
            {
                (string[] versions, string text) = Split(lines[index], scenario.Versions);
                others = [.. versions.Where(other => other != version)];
                lines.RemoveAt(index);
                if (others.Length > 0)
                {
                    lines.Insert(index, Join(others, text, scenario.Versions));
                }
            }

            if (change.Text is not null)
            {
                Insert(lines, index, version, change.Text, scenario.Versions);
            }
        }

        File.WriteAllLines(path, lines);
    }

    /// <summary>Inserts a line, or widens the one above when another version did the same.</summary>
    private static void Insert(List<string> lines, int index, string version, string text, string[] all)
    {
        if (index > 0)
        {
            (string[] versions, string above) = Split(lines[index - 1], all);
            if (above == text && !versions.Contains(version))
            {
                lines[index - 1] = Join([.. versions, version], text, all);
                return;
            }
        }

        lines.Insert(index, Join([version], text, all));
    }

    private static (string[] Versions, string Text) Split(string line, string[] all)
    {
        if (line.Length == 0 || line[0] != '[')
        {
            return (all, line);
        }

        int end = line.IndexOf(']', StringComparison.Ordinal);
        string prefix = line[1..end].Replace("v3 ", "v31 v311 ", StringComparison.Ordinal);
        string[] versions = (prefix == "v3" ? "v31 v311" : prefix).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return ([.. versions.Intersect(all)], line[(end + 1)..].Trim());
    }

    private static string Join(string[] versions, string text, string[] all) =>
        all.Except(versions).Any() ? $"[{string.Join(' ', all.Intersect(versions))}] {text}" : text;
}
