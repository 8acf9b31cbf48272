using SkyTree.Core.Admin.Bridges;
using SkyTree.Core.Protocol;
using Xunit;

namespace SkyTree.Bridges.Tests;

public sealed class TopicMapTests
{
    private static readonly TopicMap s_map = new(
    [
        new BridgeTopicOptions { Filter = "a/#", Direction = BridgeDirection.Out, LocalPrefix = "here/", RemotePrefix = "there/", QoS = 2 },
        new BridgeTopicOptions { Filter = "b/+", Direction = BridgeDirection.In, LocalPrefix = "plant/", QoS = 0 },
        new BridgeTopicOptions { Filter = "c", Direction = BridgeDirection.Both, RemotePrefix = "x/" },
        new BridgeTopicOptions { Filter = "a/first", Direction = BridgeDirection.Out, LocalPrefix = "here/", RemotePrefix = "never/" },
    ]);

    [Theory]
    [InlineData("here/a", "there/a")]
    [InlineData("here/a/b/c", "there/a/b/c")]
    [InlineData("here/a/first", "there/a/first")]
    [InlineData("c", "x/c")]
    [InlineData("a/b", null)]
    [InlineData("plant/b/1", null)]
    public void What_leaves_is_renamed_by_the_first_filter_that_matches(string here, string? there) => Assert.Equal(there, s_map.ToRemote(here)?.Topic);

    [Theory]
    [InlineData("b/1", "plant/b/1")]
    [InlineData("x/c", "c")]
    [InlineData("b/1/2", null)]
    [InlineData("there/a", null)]
    public void What_comes_is_renamed_the_other_way(string there, string? here) => Assert.Equal(here, s_map.ToLocal(there)?.Topic);

    [Fact]
    public void Each_side_is_subscribed_to_what_passes_from_it()
    {
        Assert.Equal(
            [("c", QoS.AtLeastOnce), ("here/a/#", QoS.ExactlyOnce), ("here/a/first", QoS.AtLeastOnce)],
            s_map.LocalFilters.Select(filter => (filter.Key, filter.Value)).OrderBy(filter => filter.Key, StringComparer.Ordinal));
        Assert.Equal(
            [("b/+", QoS.AtMostOnce), ("x/c", QoS.AtLeastOnce)],
            s_map.RemoteFilters.Select(filter => (filter.Key, filter.Value)).OrderBy(filter => filter.Key, StringComparer.Ordinal));
    }

    [Fact]
    public void An_answer_goes_where_it_comes_back_from()
    {
        Assert.Equal("b/7", s_map.ResponseToRemote("plant/b/7"));
        Assert.Equal("here/a/7", s_map.ResponseToLocal("there/a/7"));
        Assert.Equal("elsewhere", s_map.ResponseToRemote("elsewhere"));
        Assert.Null(s_map.ResponseToLocal(null));
    }
}
