using SkyTree.Core.Subscriptions;

namespace SkyTree.Rules.Republishing;

/// <summary>
/// Finds rules that could keep each other busy for ever. What a rule publishes does not come to itself; so where there is no circle, a message
/// is published again once by each rule at most.
/// </summary>
internal static class RuleCircle
{
    /// <summary>Finds one.</summary>
    /// <param name="rules">The rules.</param>
    /// <returns>The names of the rules in it, each publishing what may fit the next, the last what may fit the first; null: there is none.</returns>
    public static IReadOnlyList<string>? Find(IReadOnlyList<RepublishRule> rules)
    {
        var done = new HashSet<RepublishRule>();
        List<RepublishRule> path = [];
        foreach (RepublishRule rule in rules)
        {
            if (Visit(rule, rules, path, done) is { } circle)
            {
                return [.. circle.Select(member => member.Name)];
            }
        }

        return null;
    }

    private static List<RepublishRule>? Visit(RepublishRule rule, IReadOnlyList<RepublishRule> rules, List<RepublishRule> path, HashSet<RepublishRule> done)
    {
        if (path.IndexOf(rule) is var at and >= 0)
        {
            return path[at..];
        }

        if (!done.Add(rule))
        {
            return null;
        }

        path.Add(rule);
        foreach (RepublishRule next in rules)
        {
            if (next != rule && Feeds(rule, next) && Visit(next, rules, path, done) is { } circle)
            {
                return circle;
            }
        }

        path.RemoveAt(path.Count - 1);
        return null;
    }

    private static bool Feeds(RepublishRule rule, RepublishRule next) =>
        TopicLevels.Overlap(rule.Reach, next.Options.Filter)
        || (rule.Options.DeadLetterTopic.Length > 0 && TopicFilter.Matches(next.Options.Filter, rule.Options.DeadLetterTopic));
}
