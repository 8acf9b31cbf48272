using System.Text;
using SkyTree.Core.Messages.Retention;
using SkyTree.Core.Tests.Harness;
using Xunit;

namespace SkyTree.Core.Tests.Messages.Retention;

public sealed class RetentionPolicyTests
{
    [Theory]
    [InlineData("sensors/1/temperature", true)]
    [InlineData("sensors", true)]
    [InlineData("sensor", false)]
    [InlineData("rooms/küche/light", true)]
    [InlineData("rooms/light", false)]
    [InlineData("$SYS/sensors", false)]
    public void Topics_of_a_rule_are_kept(string topic, bool keeps)
    {
        var policy = new RetentionPolicy([new RetentionRule { Filter = "sensors/#" }, new RetentionRule { Filter = "+/küche/+" }]);
        Assert.Equal(keeps, policy.Keeps(topic));
        Assert.Equal(keeps, policy.Keeps(Encoding.UTF8.GetBytes(topic)));
    }

    [Fact]
    public void The_longest_topic_is_judged_like_any_other()
    {
        var policy = new RetentionPolicy([new RetentionRule { Filter = "a/#" }]);
        string rest = new('x', 65_533);
        Assert.True(policy.Keeps(Encoding.UTF8.GetBytes("a/" + rest)));
        Assert.False(policy.Keeps(Encoding.UTF8.GetBytes("b/" + rest)));
    }

    [Fact]
    public void A_wildcard_in_front_leaves_the_brokers_own_topics_out()
    {
        Assert.False(new RetentionPolicy([new RetentionRule { Filter = "#" }]).Keeps("$SYS/uptime"));
        Assert.True(new RetentionPolicy([new RetentionRule { Filter = "$SYS/#" }]).Keeps("$SYS/uptime"));
    }

    [Fact]
    public void To_ask_allocates_nothing()
    {
        var policy = new RetentionPolicy([new RetentionRule { Filter = "a/+/c" }, new RetentionRule { Filter = "b/#" }]);
        byte[] topic = Encoding.UTF8.GetBytes("b/1/2/3");
        Assert.True(policy.Keeps(topic));
        Assert.Equal(0, Allocations.Of(() => policy.Keeps(topic), times: 100));
    }

    [Fact]
    public void Without_rules_nothing_is_kept()
    {
        Assert.False(RetentionPolicy.None.Keeps("a"));
        Assert.True(RetentionPolicy.None.IsEmpty);
    }
}
