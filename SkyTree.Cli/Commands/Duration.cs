using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace SkyTree.Cli.Commands;

/// <summary>Lengths of time as people write them: <c>90s</c>, <c>15m</c>, <c>2h</c>, <c>7d</c>.</summary>
internal static class Duration
{
    private const double LongestDays = 36_500;

    /// <summary>An option whose value is one.</summary>
    public static Option<TimeSpan?> Option(string name, string description) => new(name)
    {
        Description = $"{description}, such as 90s, 15m, 2h or 7d",
        HelpName = "TIME",
        CustomParser = Parse,
    };

    private static TimeSpan? Parse(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        double seconds = text.Length == 0 ? 0 : text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3_600, 'd' => 86_400, _ => 0 };
        if (seconds > 0 && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0 && number * seconds <= LongestDays * 86_400)
        {
            return TimeSpan.FromSeconds(number * seconds);
        }

        result.AddError($"'{text}' is no length of time such as 90s, 15m, 2h or 7d");
        return null;
    }
}
