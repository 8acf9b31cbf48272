using System.Globalization;
using System.Text;
using SkyTree.AspNetCore.Configuration;

namespace SkyTree.Docs.Tests.Configuration;

/// <summary><c>docs/configuration.md</c>, written from the options and what the source says of them.</summary>
internal static class ConfigurationPage
{
    public const string Path = "docs/configuration.md";

    private static readonly Dictionary<string, string> s_computed = new() { ["SkyTree:Passwords:Concurrency"] = "cores − 1, at least 1" };

    public static IReadOnlyList<OptionSection> Sections { get; } = [.. OptionSection.Of("SkyTree", "What concerns everything.", typeof(SkyTreeOptions), s_computed)];

    public static string Write()
    {
        StringBuilder text = new(File.ReadAllText(Repository.PathOf("tests/SkyTree.Docs.Tests/Configuration/introduction.md")));
        text.Append('\n');
        foreach (OptionSection section in Sections.Where(section => section.Options.Count > 0))
        {
            text.Append(CultureInfo.InvariantCulture, $"- [{section.Key}](#{Anchor(section.Key)})\n");
        }

        foreach (OptionSection section in Sections.Where(section => section.Options.Count > 0))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {section.Key}\n\n{Cell(section.Text)}\n\n| option | values | default | while running | |\n|---|---|---|---|---|\n");
            foreach (OptionRow option in section.Options)
            {
                text.Append(CultureInfo.InvariantCulture, $"| `{option.Name}` | {option.Values} | {option.DefaultText} | {option.Change} | {Cell(option.Text)} |\n");
            }
        }

        return text.ToString();
    }

    private static string Anchor(string key) => string.Concat(key.ToLowerInvariant().Where(char.IsLetterOrDigit));

    private static string Cell(string text) => text.Replace("|", @"\|", StringComparison.Ordinal);
}
