using System.ComponentModel.DataAnnotations;
using System.Globalization;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Messages.Retention;

/// <summary>
/// Messages that are stored and kept although nobody durable waits for them (<c>SkyTree:Store:Retention:n</c>). A rule keeps
/// a message while it is within all limits that are set; without any, it keeps every message for good. Where several
/// rules match a topic, a message is kept while one of them keeps it.
/// </summary>
/// <remarks>
/// A rule only ever adds: what a durable session or shared group has still to read is kept whatever the limits. Deletion
/// is from the front of a topic, so a message also stays while an older one of its topic is kept.
/// </remarks>
internal sealed record RetentionRule
{
    private const double LargestCount = 1_000_000_000_000;
    private const double LargestSize = 1_000_000_000_000_000;

    /// <summary>The topics that it is for: a topic filter, which must not be a shared one (<c>$share/...</c>). A wildcard in front leaves <c>$</c>-topics out.</summary>
    public string Filter { get; init; } = "";

    /// <summary>Keeps messages that are no older than so many seconds, 0 to 2,147,483,647; 0: however old.</summary>
    [Range(0, int.MaxValue)]
    public int MaximumAgeSeconds { get; init; }

    /// <summary>Keeps so many of a topic's last messages, 0 to 1,000,000,000,000; 0: however many.</summary>
    [Range(0, LargestCount)]
    public long MaximumMessages { get; init; }

    /// <summary>Keeps so many bytes of a topic's last messages, payload and properties, 0 to 1,000,000,000,000,000; 0: however many.</summary>
    [Range(0, LargestSize)]
    public long MaximumBytes { get; init; }

    /// <summary>Keeps the last message of each topic whatever the limits; without limits, exactly that one.</summary>
    public bool LastPerTopic { get; init; }

    /// <summary>Whether any of the limits is set.</summary>
    internal bool HasLimits => MaximumAgeSeconds > 0 || MaximumMessages > 0 || MaximumBytes > 0;

    /// <summary>Checks rules. All that is wrong is reported, not only the first.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="section">The configuration key that they are under, such as <c>SkyTree:Store:Retention</c>.</param>
    /// <param name="errors">Receives one line for each mistake, beginning with the full key.</param>
    public static void Validate(IReadOnlyList<RetentionRule> rules, string section, ICollection<string> errors)
    {
        ArgumentNullException.ThrowIfNull(rules);
        ArgumentNullException.ThrowIfNull(errors);
        for (int i = 0; i < rules.Count; i++)
        {
            RetentionRule rule = rules[i];
            string key = $"{section}:{i}";
            if (FilterProblem(rule.Filter) is { } problem)
            {
                errors.Add($"{key}:{nameof(Filter)}: {problem}");
            }

            RequireRange($"{key}:{nameof(MaximumAgeSeconds)}", rule.MaximumAgeSeconds, int.MaxValue, errors);
            RequireRange($"{key}:{nameof(MaximumMessages)}", rule.MaximumMessages, (long)LargestCount, errors);
            RequireRange($"{key}:{nameof(MaximumBytes)}", rule.MaximumBytes, (long)LargestSize, errors);
        }
    }

    private static string? FilterProblem(string? filter)
    {
        if (string.IsNullOrEmpty(filter))
        {
            return "a topic filter is needed, such as sensors/#; # is every topic";
        }

        if (!TopicFilter.TryParse(filter, out TopicFilter parsed))
        {
            return $"'{filter}' is not a topic filter: + stands alone in its level, # alone in the last";
        }

        return parsed.IsShared ? $"'{filter}' is a shared subscription; name the topics only, here {parsed.Filter}" : null;
    }

    private static void RequireRange(string key, long value, long maximum, ICollection<string> errors)
    {
        if (value < 0 || value > maximum)
        {
            errors.Add(string.Create(CultureInfo.InvariantCulture, $"{key}: {value} is not a whole number from 0 to {maximum}"));
        }
    }
}
