using SkyTree.Core.Replication;
using Xunit;

namespace SkyTree.Core.Tests.Replication;

public sealed class ShardIdTests
{
    [Fact]
    public void There_is_one()
    {
        Assert.Equal(ShardId.First, ShardId.Of("a/b"));
        Assert.Equal(ShardId.First, ShardId.OfClient("a"));
        Assert.Equal(ShardId.First, new NodeUp(Guid.NewGuid(), 1).Shard);
    }

    // What is stored lies where these say: they may never change.
    [Theory]
    [InlineData("", 940, 690)]
    [InlineData("sensors/1/temperature", 444, 965)]
    [InlineData("straße/µ", 261, 686)]
    public void A_name_has_the_same_shard_for_ever(string name, int ofTopic, int ofClient)
    {
        Assert.Equal(ofTopic, ShardId.Of(name, 1000).Number);
        Assert.Equal(ofClient, ShardId.OfClient(name, 1000).Number);
    }

    [Fact]
    public void Names_of_any_length_spread_evenly()
    {
        int[] found = new int[8];
        for (int i = 0; i < 8_000; i++)
        {
            string name = string.Concat(Enumerable.Repeat("x", i % 300)) + i;
            found[ShardId.Of(name, found.Length).Number]++;
            found[ShardId.OfClient(name, found.Length).Number]++;
        }

        Assert.All(found, count => Assert.InRange(count, 1_800, 2_200));
    }
}
