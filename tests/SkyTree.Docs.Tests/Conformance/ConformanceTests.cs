using System.Text.RegularExpressions;
using Xunit;

namespace SkyTree.Docs.Tests.Conformance;

/// <summary>The pages of conformance.</summary>
public sealed partial class ConformanceTests
{
    [Fact]
    public void The_statements_are_those_that_are_tested() => GeneratedPage.Require(StatementsPage.Path, StatementsPage.Write());

    [Fact]
    public void Every_feature_is_shown_by_tests_that_exist()
    {
        string[] rows = [.. File.ReadLines(Repository.PathOf("docs/conformance.md")).Where(line => line.StartsWith("| ", StringComparison.Ordinal) && line.Split('|').Length == 7)];
        Assert.True(rows.Length > 30);
        Assert.All(rows.Where(row => !row.StartsWith("| feature", StringComparison.Ordinal)), row =>
        {
            string[] tests = [.. Quoted().Matches(row.Split('|')[^2]).Select(match => match.Groups[1].Value)];
            Assert.True(tests.Length > 0, $"no test: {row}");
            Assert.All(tests, test => Assert.True(TestIndex.Classes.Contains(test) || TestIndex.ScenarioNames.Contains(test), $"there is no test {test}: {row}"));
        });
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();
}
