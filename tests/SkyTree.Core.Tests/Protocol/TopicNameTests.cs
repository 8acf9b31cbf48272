using System.Text;
using SkyTree.Core.Protocol;
using Xunit;

namespace SkyTree.Core.Tests.Protocol;

public sealed class TopicNameTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("/")]
    [InlineData("$SYS/x")]
    [InlineData(" ")]
    [InlineData("日本/語")]
    public void Topic_names_are_valid(string topic) => Assert.True(TopicName.IsValid(Encoding.UTF8.GetBytes(topic)));

    [Theory]
    [InlineData("")]
    [InlineData("+")]
    [InlineData("a/#")]
    [InlineData("a+b")]
    [InlineData("a\0")]
    [Trait("Spec", "MQTT-4.7.1-1")]
    public void Empty_names_wildcards_and_null_are_not(string topic) =>
        Assert.False(TopicName.IsValid(Encoding.UTF8.GetBytes(topic)));

    [Fact]
    [Trait("Spec", "MQTT-4.7.3-3")]
    public void A_topic_name_has_at_most_65535_bytes()
    {
        Assert.True(TopicName.IsValid(Enumerable.Repeat((byte)'x', 65_535).ToArray()));
        Assert.False(TopicName.IsValid(Enumerable.Repeat((byte)'x', 65_536).ToArray()));
    }

    [Fact]
    public void Ill_formed_text_is_no_topic_name() => Assert.False(TopicName.IsValid([(byte)'a', 0xC0, 0x80]));

    [Theory]
    [InlineData("a", 1)]
    [InlineData("/", 2)]
    [InlineData("a/b/c", 3)]
    [InlineData("//", 3)]
    public void Levels_are_what_separators_separate(string topic, int levels) =>
        Assert.Equal(levels, TopicName.CountLevels(Encoding.UTF8.GetBytes(topic)));
}
