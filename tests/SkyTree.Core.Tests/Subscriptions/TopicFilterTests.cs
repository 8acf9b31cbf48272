using SkyTree.Core.Subscriptions;
using Xunit;

namespace SkyTree.Core.Tests.Subscriptions;

public sealed class TopicFilterTests
{
    [Theory]
    [Trait("Spec", "MQTT-4.7.1-1")]
    [Trait("Spec", "MQTT-4.7.1-2")]
    [Trait("Spec", "MQTT-4.7.3-1")]
    [InlineData("sport/tennis/#", true)]
    [InlineData("#", true)]
    [InlineData("sport/tennis#", false)]
    [InlineData("sport/tennis/#/ranking", false)]
    [InlineData("#/a", false)]
    [InlineData("##", false)]
    [InlineData("+", true)]
    [InlineData("+/tennis/#", true)]
    [InlineData("sport+", false)]
    [InlineData("+sport", false)]
    [InlineData("sport/+/player1", true)]
    [InlineData("+/+", true)]
    [InlineData("/+", true)]
    [InlineData("", false)]
    [InlineData("/", true)]
    [InlineData("//", true)]
    [InlineData("a b", true)]
    [InlineData("$SYS/#", true)]
    public void Wildcards_stand_alone_in_their_level_and_the_hash_in_the_last(string text, bool legal) =>
        Assert.Equal(legal, TopicFilter.TryParse(text, out _));

    [Theory]
    [Trait("Spec", "MQTT-4.8.2-1")]
    [Trait("Spec", "MQTT-4.8.2-2")]
    [InlineData("$share/g/t", "g", "t")]
    [InlineData("$share/g/#", "g", "#")]
    [InlineData("$share/g//t", "g", "/t")]
    [InlineData("$share/g/$share/h/t", "g", "$share/h/t")]
    [InlineData("$share//t", null, null)]
    [InlineData("$share/g", null, null)]
    [InlineData("$share/g/", null, null)]
    [InlineData("$share/", null, null)]
    [InlineData("$share/a+b/t", null, null)]
    [InlineData("$share/#/t", null, null)]
    [InlineData("$share/g/a#", null, null)]
    public void A_shared_subscription_names_a_group_and_a_filter(string text, string? group, string? filter)
    {
        Assert.Equal(group is not null, TopicFilter.TryParse(text, out TopicFilter parsed));
        Assert.Equal(group, parsed.Group);
        Assert.Equal(filter, parsed.Filter);
        Assert.Equal(group is null ? null : text, parsed.Text);
    }

    [Theory]
    [Trait("Spec", "MQTT-4.7.2-1")]
    [Trait("Spec", "MQTT-4.7.3-4")]
    [InlineData("sport/tennis/player1/#", "sport/tennis/player1", true)]
    [InlineData("sport/tennis/player1/#", "sport/tennis/player1/ranking", true)]
    [InlineData("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true)]
    [InlineData("sport/tennis/player1/#", "sport/tennis/player10", false)]
    [InlineData("sport/#", "sport", true)]
    [InlineData("sport/tennis/+", "sport/tennis/player1", true)]
    [InlineData("sport/tennis/+", "sport/tennis/player1/ranking", false)]
    [InlineData("sport/+", "sport", false)]
    [InlineData("sport/+", "sport/", true)]
    [InlineData("+/+", "/finance", true)]
    [InlineData("/+", "/finance", true)]
    [InlineData("+", "/finance", false)]
    [InlineData("#", "$SYS/broker", false)]
    [InlineData("+/monitor/Clients", "$SYS/monitor/Clients", false)]
    [InlineData("$SYS/#", "$SYS/monitor", true)]
    [InlineData("$SYS/#", "$SYS", true)]
    [InlineData("$SYS/monitor/+", "$SYS/monitor/Clients", true)]
    [InlineData("a/+/#", "a/$b", true)]
    [InlineData("ACCOUNTS", "Accounts", false)]
    [InlineData("a//b", "a/b", false)]
    [InlineData("a/", "a", false)]
    [InlineData("+/#", "a", true)]
    [InlineData("#", "/", true)]
    public void A_filter_matches_as_the_specification_says(string filter, string topic, bool matches) =>
        Assert.Equal(matches, TopicFilter.Matches(filter, topic));
}
