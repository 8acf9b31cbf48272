using System.Text.RegularExpressions;
using SkyTree.Docs.Tests.Pages;
using Xunit;

namespace SkyTree.Docs.Tests;

/// <summary>Metrics that pages and the dashboard name. That docs/metrics.md lists what there is, other tests say.</summary>
public sealed partial class MetricNameTests
{
    // Tables of SkyTree.Store.EF, which are named in the same way.
    private static readonly string[] s_tables = ["skytree_messages", "skytree_topics", "skytree_log"];

    [Fact]
    public void Every_metric_that_is_named_is_listed()
    {
        HashSet<string> listed = [.. Row().Matches(Read("docs/metrics.md")).Select(match => match.Groups[1].Value)];
        Assert.True(listed.Count > 30);
        IEnumerable<string> named = Page.All.Select(page => page.Path).Append("docs/grafana-dashboard.json")
            .SelectMany(path => Name().Matches(Read(path)).Select(match => (path, Metric: Histogram().Replace(match.Value, ""))))
            .Where(name => !listed.Contains(name.Metric) && !s_tables.Contains(name.Metric))
            .Select(name => $"{name.path}: {name.Metric}")
            .Distinct();
        Assert.Empty(named);
    }

    private static string Read(string path) => File.ReadAllText(Repository.PathOf(path));

    [GeneratedRegex(@"^\| `skytree\.[^`]*` \| `(skytree_[a-z0-9_]+)`", RegexOptions.Multiline)]
    private static partial Regex Row();

    // Not of a file's or a table's name, nor of a family, as in skytree_messages_*.
    [GeneratedRegex(@"(?<![\w/.-])skytree_[a-z0-9_]+[a-z0-9](?![\w*.-])")]
    private static partial Regex Name();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex Histogram();
}
