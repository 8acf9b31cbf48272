using SkyTree.Core.Messages.Retention;
using Xunit;

namespace SkyTree.Core.Tests.Messages.Retention;

public sealed class RetentionRuleTests
{
    [Theory]
    [InlineData("#")]
    [InlineData("a/+/b")]
    [InlineData("$SYS/#")]
    public void A_topic_filter_is_right(string filter) => Assert.Empty(Validate(new RetentionRule { Filter = filter }));

    [Theory]
    [InlineData("", "a topic filter is needed, such as sensors/#; # is every topic")]
    [InlineData("a/#/b", "'a/#/b' is not a topic filter: + stands alone in its level, # alone in the last")]
    [InlineData("a+", "'a+' is not a topic filter: + stands alone in its level, # alone in the last")]
    [InlineData("$share/g/a/#", "'$share/g/a/#' is a shared subscription; name the topics only, here a/#")]
    public void Anything_else_is_told(string filter, string problem) =>
        Assert.Equal([$"SkyTree:Store:Retention:0:Filter: {problem}"], Validate(new RetentionRule { Filter = filter }));

    [Fact]
    public void All_mistakes_of_all_rules_are_told()
    {
        Assert.Equal(
            [
                "SkyTree:Store:Retention:0:MaximumAgeSeconds: -1 is not a whole number from 0 to 2147483647",
                "SkyTree:Store:Retention:1:Filter: a topic filter is needed, such as sensors/#; # is every topic",
                "SkyTree:Store:Retention:1:MaximumMessages: 1000000000001 is not a whole number from 0 to 1000000000000",
                "SkyTree:Store:Retention:1:MaximumBytes: -5 is not a whole number from 0 to 1000000000000000",
            ],
            Validate(
                new RetentionRule { Filter = "a", MaximumAgeSeconds = -1 },
                new RetentionRule { MaximumMessages = 1_000_000_000_001, MaximumBytes = -5 }));
    }

    [Fact]
    public void A_policy_takes_no_wrong_rules() =>
        Assert.Throws<ArgumentException>(() => new RetentionPolicy([new RetentionRule { Filter = "a#" }]));

    private static List<string> Validate(params RetentionRule[] rules)
    {
        List<string> errors = [];
        RetentionRule.Validate(rules, "SkyTree:Store:Retention", errors);
        return errors;
    }
}
