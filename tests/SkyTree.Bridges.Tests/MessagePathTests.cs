using SkyTree.Core;
using SkyTree.Core.Protocol;
using Xunit;

namespace SkyTree.Bridges.Tests;

public sealed class MessagePathTests
{
    private static readonly MessagePath s_a = new("A");
    private static readonly MessagePath s_b = new("B");

    [Fact]
    public void What_comes_in_may_leave_by_another_bridge_but_neither_again()
    {
        IReadOnlyList<UserProperty> came = s_a.Enter([new UserProperty("own", "1")])!;
        IReadOnlyList<UserProperty> left = s_a.Leave(came)!;
        Assert.Equal(["own=1", "skytree-path=A/in", "skytree-path=A"], left.Select(property => $"{property.Name}={property.Value}"));
        Assert.Null(s_a.Enter(came));
        Assert.Null(s_a.Enter(left));
        Assert.Null(s_a.Leave(left));
    }

    [Fact]
    public void A_ring_of_brokers_ends_where_it_began()
    {
        IReadOnlyList<UserProperty> atB = s_b.Enter(s_a.Leave([])!)!;
        Assert.Null(s_a.Enter(s_b.Leave(atB)!));
    }

    [Fact]
    public void A_wait_doubles_up_to_the_longest_and_is_cut_by_chance()
    {
        double chance = 0;
        var backoff = new BackOff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), () => chance);
        Assert.Equal([1, 2, 4, 5, 5], Enumerable.Range(0, 5).Select(_ => backoff.Next().TotalSeconds));
        backoff.Reset();
        chance = 1;
        Assert.Equal(0.5, backoff.Next().TotalSeconds);
    }
}
