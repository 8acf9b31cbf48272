using System.Text.RegularExpressions;
using SkyTree.Docs.Tests.Pages;
using Xunit;

namespace SkyTree.Docs.Tests.Configuration;

/// <summary>Tables of options on other pages, which say more than docs/configuration.md can.</summary>
public sealed partial class OptionTableTests
{
    private static readonly ILookup<string, string> s_defaults = ConfigurationPage.Sections.SelectMany(section => section.Options)
        .ToLookup(option => option.Name, option => Plain(option.DefaultText));

    [Fact]
    public void Defaults_are_those_of_the_program()
    {
        List<(string Page, string Option, string Default)> rows = [.. Page.All.Where(page => page.Path != ConfigurationPage.Path).SelectMany(Rows)];
        Assert.True(rows.Count > 20);
        Assert.All(rows, row => Assert.True(
            s_defaults[row.Option].Contains(row.Default, StringComparer.OrdinalIgnoreCase),
            $"{row.Page}: {row.Option} is not {row.Default} by default, but {string.Join(" or ", s_defaults[row.Option])}"));
    }

    [Fact]
    public void Keys_that_are_named_are_options_or_sections()
    {
        // As patterns: {name} and {n} are whatever somebody has called them.
        List<Regex> known = [.. ConfigurationPage.Sections.SelectMany(section => section.Options.Select(option => $"{section.Key}:{option.Name}").Append(section.Key))
            .Select(key => new Regex($"^{Regex.Escape(key).Replace(@"\{name}", "[^:]+", StringComparison.Ordinal).Replace(@"\{n}", "[^:]+", StringComparison.Ordinal)}(:\\d+)?$", RegexOptions.IgnoreCase))];
        string[] sections = [.. ConfigurationPage.Sections.Select(section => section.Key)];
        IEnumerable<string> unknown =
            from page in Page.All
            from code in page.InlineCode
            from Match match in Key().Matches(code.Text.Replace("__", ":", StringComparison.Ordinal))
            where !known.Exists(key => key.IsMatch(match.Value)) && !sections.Any(section => section.StartsWith(match.Value + ":", StringComparison.OrdinalIgnoreCase))
            select $"{page}:{code.Line}: {match.Value}";
        Assert.Empty(unknown);
    }

    // Of tables whose second column is the default: names of options with a number, a name or yes and no. What is said in words stays unread.
    private static IEnumerable<(string Page, string Option, string Default)> Rows(Page page)
    {
        bool isTable = false;
        foreach (string line in File.ReadLines(Repository.PathOf(page.Path)))
        {
            string[] cells = [.. line.Split('|').Select(cell => cell.Trim())];
            isTable = cells.Length > 3 && (isTable || cells[2] == "default");
            if (isTable && Option().Match(cells[1]) is { Success: true } option && Value().IsMatch(cells[2]) && s_defaults.Contains(option.Groups[1].Value))
            {
                yield return (page.Path, option.Groups[1].Value, Plain(cells[2]));
            }
        }
    }

    private static string Plain(string value) => value.Trim('`').Replace(",", "", StringComparison.Ordinal).Replace("+", "", StringComparison.Ordinal);

    [GeneratedRegex(@"\bSkyTree:[A-Z][a-z]\w*(:[A-Za-z0-9{][\w{}]*)*")]
    private static partial Regex Key();

    [GeneratedRegex(@"^`(?:SkyTree:\S+:)?(\w+)`$")]
    private static partial Regex Option();

    [GeneratedRegex(@"^(?:[\d,]+|`\w+`)$")]
    private static partial Regex Value();
}
