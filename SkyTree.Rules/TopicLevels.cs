namespace SkyTree.Rules;

/// <summary>What rules ask of topic names and filters.</summary>
internal static class TopicLevels
{
    /// <summary>Whether a value may stand for a level, or a part of one: it cannot make more levels, or a wildcard, of it.</summary>
    public static bool IsPlain(ReadOnlySpan<char> value) => !value.IsEmpty && !value.ContainsAny("+#/\0");

    /// <summary>Whether a filter can be given in a rule: well-formed, neither shared nor a replay.</summary>
    public static bool IsPlainFilter(string filter) =>
        Core.Subscriptions.TopicFilter.TryParse(filter, out Core.Subscriptions.TopicFilter parsed)
        && !parsed.IsShared
        && !filter.Contains('\0', StringComparison.Ordinal)
        && !filter.StartsWith("$replay/", StringComparison.Ordinal)
        && !filter.StartsWith("$share/", StringComparison.Ordinal);

    /// <summary>The wildcards of a filter.</summary>
    public static int CountWildcards(string filter) => filter.Split('/').Count(level => level is "+" or "#");

    /// <summary>The levels of a topic that the wildcards of a filter match, which does match.</summary>
    /// <param name="filter">The filter.</param>
    /// <param name="topic">A topic, or a filter that it covers.</param>
    /// <returns>One for each wildcard; null: "#" that matches no level, but the one above it.</returns>
    public static string?[] Capture(string filter, string topic)
    {
        string[] levels = filter.Split('/');
        string[] given = topic.Split('/');
        List<string?> captured = [];
        for (int i = 0; i < levels.Length; i++)
        {
            if (levels[i] == "+")
            {
                captured.Add(given[i]);
            }
            else if (levels[i] == "#")
            {
                captured.Add(i < given.Length ? string.Join('/', given[i..]) : null);
            }
        }

        return [.. captured];
    }

    /// <summary>Whether some topic fits both filters.</summary>
    public static bool Overlap(string one, string other)
    {
        string[] a = one.Split('/');
        string[] b = other.Split('/');
        if ((a[0] is "+" or "#" && b[0].StartsWith('$')) || (b[0] is "+" or "#" && a[0].StartsWith('$')))
        {
            return false;
        }

        for (int i = 0; ; i++)
        {
            bool aEnds = i == a.Length;
            bool bEnds = i == b.Length;
            if ((!aEnds && a[i] == "#") || (!bEnds && b[i] == "#"))
            {
                return true; // "x/#" fits "x", too
            }

            if (aEnds || bEnds)
            {
                return aEnds && bEnds;
            }

            if (a[i] != "+" && b[i] != "+" && a[i] != b[i])
            {
                return false;
            }
        }
    }
}
