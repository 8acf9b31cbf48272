using System.Text;
using SkyTree.Core.Admin;
using SkyTree.Rules.Republishing;
using SkyTree.Rules.Rewriting;
using SkyTree.Rules.Testing;

namespace SkyTree.Rules.Tests;

/// <summary>Rules that make no sense are refused at the start, and what good ones do can be tried.</summary>
public sealed class RulesOptionsTests
{
    [Theory]
    [InlineData("", "x", "Rules:Rewrites:0:Filter")]
    [InlineData("a/#/b", "x", "Rules:Rewrites:0:Filter")]
    [InlineData("$share/g/a", "x", "Rules:Rewrites:0:Filter")]
    [InlineData("$replay/earliest/a", "x", "Rules:Rewrites:0:Filter")]
    [InlineData("a/+", "", "Rules:Rewrites:0:To")]
    [InlineData("a/+", "x/+", "Rules:Rewrites:0:To")]
    [InlineData("a/+", "x/${2}", "Rules:Rewrites:0:To")]
    [InlineData("a/+", "x/${0}", "Rules:Rewrites:0:To")]
    [InlineData("a", "x/${1}", "Rules:Rewrites:0:To")]
    [InlineData("a/+", "x/${1", "Rules:Rewrites:0:To")]
    [InlineData("a/+", "x/${$.value}", "Rules:Rewrites:0:To")]
    [InlineData("a/+", "$SYS/${1}", "Rules:Rewrites:0:To")]
    public void A_rewrite_that_makes_no_sense_is_refused(string filter, string to, string key) =>
        Assert.Equal([key], Mistakes(new RulesOptions { Rewrites = [new RewriteOptions { Name = "r", Filter = filter, To = to }] }));

    [Theory]
    [InlineData("a/+", "x/${1}", "", "@.value >", "If")]
    [InlineData("a/+", "x/${1}", "", "@.value > 80)] | $[?(@", "If")]
    [InlineData("a/+", "x/${$.[}", "", "", "To")]
    [InlineData("a/+", "x/${payload}", "", "", "To")]
    [InlineData("a/+", "x/${clientid}", "", "", "To")]
    [InlineData("a/+", "x/#", "", "", "To")]
    [InlineData("a/+", "x/${1}", "{\"a\":${$.value}}", "", "Payload")]
    [InlineData("a/+", "x/${1}", "{\"${1}\":1}", "", "Payload")]
    [InlineData("a/+", "x/${1}", "value ${2}", "", "Payload")]
    [InlineData("+/", "$SYS", "", "", "To")]
    [InlineData("a#", "x", "", "", "Filter")]
    public void A_rule_that_publishes_again_and_makes_no_sense_is_refused(string filter, string to, string payload, string condition, string option) =>
        Assert.Equal(
            [$"Rules:Republish:r:{option}"],
            Mistakes(new RulesOptions { Republish = new Dictionary<string, RepublishOptions> { ["r"] = new() { Filter = filter, To = to, Payload = payload, If = condition } } }));

    [Fact]
    public void Names_are_plain_and_each_there_once()
    {
        RewriteOptions rewrite = new() { Name = "one", Filter = "a", To = "b" };
        RepublishOptions republish = new() { Filter = "a", To = "b" };
        Assert.Equal(["Rules:Rewrites:1:Name"], Mistakes(new RulesOptions { Rewrites = [rewrite, rewrite] }));
        Assert.Equal(["Rules:Rewrites:0:Name"], Mistakes(new RulesOptions { Rewrites = [rewrite with { Name = "a b" }] }));
        Assert.Equal(["Rules:Republish:ONE"], Mistakes(new RulesOptions { Rewrites = [rewrite], Republish = new Dictionary<string, RepublishOptions> { ["ONE"] = republish } }));
        Assert.Empty(Mistakes(new RulesOptions { Rewrites = [rewrite, rewrite with { Enabled = false, To = "" }] }));
    }

    [Theory]
    [InlineData("a/#", "b/${1}", "b/#", "a/${1}")]
    [InlineData("a", "b/c", "b/+", "${1}")]
    [InlineData("a/x", "${$.to}/x", "b/#", "a/${1}")]
    [InlineData("x/#", "y/${1}/z", "y/1/2/3/z", "x")]
    public void Rules_that_could_keep_each_other_busy_for_ever_are_refused(string filter, string to, string otherFilter, string otherTo)
    {
        RulesOptions options = new() { Republish = new Dictionary<string, RepublishOptions> { ["one"] = new() { Filter = filter, To = to }, ["two"] = new() { Filter = otherFilter, To = otherTo } } };
        Assert.Equal(["Rules:Republish:one"], Mistakes(options));
        Assert.Throws<ArgumentException>(() => new RuleSet(options, TimeProvider.System));
    }

    [Fact]
    public void Dead_letters_are_no_way_round()
    {
        Dictionary<string, RepublishOptions> rules = new() { ["one"] = new() { Filter = "a", To = "b", DeadLetterTopic = "c" }, ["two"] = new() { Filter = "c", To = "a" } };
        Assert.Equal(["Rules:Republish:one"], Mistakes(new RulesOptions { Republish = rules }));
        rules["two"] = new() { Filter = "c", To = "d" };
        Assert.Empty(Mistakes(new RulesOptions { Republish = rules }));
        rules["one"] = new() { Filter = "a", To = "b", DeadLetterTopic = "a" };
        Assert.Equal(["Rules:Republish:one:DeadLetterTopic"], Mistakes(new RulesOptions { Republish = rules }));
    }

    [Fact]
    public void A_message_can_be_tried_on_all_rules()
    {
        using var rules = new RuleSet(
            new RulesOptions
            {
                Rewrites = [new() { Name = "legacy", Filter = "old/+", To = "in/${username}/${1}", For = RewriteScope.Publish }],
                Republish = new Dictionary<string, RepublishOptions>
                {
                    ["a"] = new() { Filter = "in/+/+", If = "@.v == 1", To = "mid/${2}", Payload = "{\"v\":\"${$.v}\"}" },
                    ["b"] = new() { Filter = "mid/#", To = "out/${1}", QoS = 2, Retain = true },
                    ["c"] = new() { Filter = "in/#", To = "out/${$.missing}" },
                    ["d"] = new() { Filter = "in/#", If = "@.v == 2", To = "never" },
                },
            },
            TimeProvider.System);
        var tester = new RuleTester(rules, TimeProvider.System);
        RuleTestResult result = tester.Test(new RuleTest { Topic = "old/x", Payload = "{\"v\":1}"u8.ToArray(), UserName = "anna" });
        Assert.Equal(new RewriteTrial("in/anna/x", "legacy", null), result.Publish);
        Assert.Equal(new RewriteTrial("old/x", null, null), result.Subscribe);
        Assert.Equal(
            ["a in/anna/x Published mid/x {\"v\":1} AtLeastOnce False ", "b mid/x Published out/x {\"v\":1} ExactlyOnce True ", "c in/anna/x Failed   AtMostOnce False the payload has no $.missing", "d in/anna/x Passed   AtMostOnce False "],
            result.Republished.Select(trial => $"{trial.Rule} {trial.From} {trial.Outcome} {trial.Topic} {Encoding.UTF8.GetString(trial.Payload.Span)} {trial.QoS} {trial.Retain} {trial.Problem}"));
        RuleTestResult refused = tester.Test(new RuleTest { Topic = "old/x" });
        Assert.Null(refused.Publish!.Topic);
        Assert.NotNull(refused.Publish.Problem);
        Assert.Empty(refused.Republished);
        Assert.Null(tester.Test(new RuleTest { Topic = "old/#" }).Publish);
        Assert.Throws<AdminException>(() => tester.Test(new RuleTest { Topic = "a#" }));
        Assert.All(rules.Rewrites.Rules, rule => Assert.Equal(0, rule.Counters.Hits));
    }

    private static List<string> Mistakes(RulesOptions options)
    {
        List<string> keys = [];
        options.Validate("Rules", (key, _) => keys.Add(key));
        return keys;
    }
}
