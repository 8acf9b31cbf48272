using SkyTree.Core.Admin.Access;

namespace SkyTree.AspNetCore.Portal.Rules;

/// <summary>Moves rules among each other.</summary>
internal static class RuleOrder
{
    private const int Step = 10;
    private const int Highest = 1_000_000_000;

    /// <summary>The rules that must be changed so that one stands elsewhere: that one alone where there is room, else all.</summary>
    /// <param name="rules">The rules in their order.</param>
    /// <param name="id">The rule that moves.</param>
    /// <param name="place">Its place among the others, from 0.</param>
    /// <returns>The changed rules; none: it stands there already.</returns>
    public static IReadOnlyList<AccessEntry> Move(IReadOnlyList<AccessEntry> rules, string id, int place)
    {
        int from = rules.ToList().FindIndex(rule => rule.Id == id);
        place = Math.Clamp(place, 0, rules.Count - 1);
        if (from < 0 || from == place)
        {
            return [];
        }

        List<AccessEntry> moved = [.. rules];
        AccessEntry rule = moved[from];
        moved.RemoveAt(from);
        moved.Insert(place, rule);
        long before = place > 0 ? moved[place - 1].Order : -1;
        long after = place < moved.Count - 1 ? moved[place + 1].Order : Math.Min(before + (2 * Step), Highest + 1L);
        return after - before >= 2
            ? [rule with { Order = (int)((before + after) / 2) }]
            : [.. moved.Select((entry, index) => entry with { Order = (index + 1) * Step })];
    }
}
