using SkyTree.AspNetCore.Portal.Rules;
using SkyTree.Core.Admin.Access;
using SkyTree.Core.Security.Access;
using Xunit;

namespace SkyTree.Portal.Tests.Access;

public sealed class RuleOrderTests
{
    [Theory]
    [InlineData("a", 2)]
    [InlineData("d", 0)]
    [InlineData("b", 3)]
    [InlineData("c", 1)]
    public void A_rule_moves_alone_where_there_is_room(string id, int place)
    {
        AccessEntry[] rules = [Rule("a", 10), Rule("b", 20), Rule("c", 30), Rule("d", 40)];
        AccessEntry moved = Assert.Single(RuleOrder.Move(rules, id, place));
        Assert.Equal(id, moved.Id);
        Assert.Equal(place, Array.IndexOf(Ordered([.. rules.Where(rule => rule.Id != id), moved]), id));
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(10, 10, 11)]
    [InlineData(0, 1, 1_000_000_000)]
    public void Where_there_is_no_room_all_are_numbered_anew(int first, int second, int third)
    {
        AccessEntry[] rules = [Rule("a", first), Rule("b", second), Rule("c", third)];
        IReadOnlyList<AccessEntry> moved = RuleOrder.Move(rules, "c", 1);
        Assert.Equal(["a", "c", "b"], Ordered(moved.Count == 1 ? [rules[0], rules[1], moved[0]] : [.. moved]));
    }

    [Fact]
    public void A_rule_that_stands_there_already_is_left_alone()
    {
        AccessEntry[] rules = [Rule("a", 10), Rule("b", 20)];
        Assert.Empty(RuleOrder.Move(rules, "b", 1));
        Assert.Empty(RuleOrder.Move(rules, "b", 99));
        Assert.Empty(RuleOrder.Move(rules, "no such rule", 0));
    }

    private static AccessEntry Rule(string id, int order) => new(id, order, new AccessRule());

    private static string[] Ordered(IEnumerable<AccessEntry> rules) => [.. rules.OrderBy(rule => rule.Order).ThenBy(rule => rule.Id, StringComparer.Ordinal).Select(rule => rule.Id)];
}
