namespace SkyTree.Core.Admin;

/// <summary>What can be told of a topic filter.</summary>
internal static class TopicFilters
{
    /// <summary>What all topics begin with that a filter matches: the levels before its first wildcard.</summary>
    /// <param name="filter">The filter, not shared.</param>
    public static string LiteralPrefix(string filter)
    {
        int wildcard = filter.AsSpan().IndexOfAny('+', '#');
        if (wildcard < 0)
        {
            return filter;
        }

        // "a/#" matches "a", too.
        return filter[wildcard] == '#' && wildcard > 0 ? filter[..(wildcard - 1)] : filter[..wildcard];
    }
}
