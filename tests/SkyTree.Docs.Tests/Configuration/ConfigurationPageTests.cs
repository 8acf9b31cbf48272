using Microsoft.Extensions.Configuration;
using Xunit;

namespace SkyTree.Docs.Tests.Configuration;

/// <summary>The page of all options.</summary>
public sealed class ConfigurationPageTests
{
    [Fact]
    public void It_says_what_the_program_does() => GeneratedPage.Require(ConfigurationPage.Path, ConfigurationPage.Write());

    [Fact]
    public void Every_option_and_section_is_explained()
    {
        IEnumerable<string> silent = ConfigurationPage.Sections.SelectMany(section => section.Options
            .Select(option => (Key: $"{section.Key}:{option.Name}", option.Text))
            .Append((section.Key, section.Text)))
            .Where(text => text.Text.Length < 15 || !text.Text.EndsWith('.'))
            .Select(text => $"{text.Key}: {text.Text}");
        Assert.Empty(silent);
    }

    [Fact]
    public void The_file_that_comes_with_the_program_has_the_defaults()
    {
        IConfigurationRoot file = new ConfigurationBuilder().AddJsonFile(Repository.PathOf("appsettings.json")).Build();
        IEnumerable<string> others =
            from section in ConfigurationPage.Sections
            from option in section.Options
            let configured = file[$"{section.Key}:{option.Name}"]
            where !string.IsNullOrEmpty(configured) && !Plain(configured).Equals(Plain(option.DefaultText), StringComparison.OrdinalIgnoreCase)
            select $"{section.Key}:{option.Name} is {configured}, by default {option.DefaultText}";
        Assert.Empty(others);
    }

    // 4,096 is written 4096 in the file, and QuorumFsync quorum+fsync.
    private static string Plain(string value) => value.Trim('`').Replace(",", "", StringComparison.Ordinal).Replace("+", "", StringComparison.Ordinal);
}
