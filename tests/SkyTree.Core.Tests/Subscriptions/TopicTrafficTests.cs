using SkyTree.Core.Subscriptions;
using SkyTree.Core.Tests.Harness;
using Xunit;

namespace SkyTree.Core.Tests.Subscriptions;

public sealed class TopicTrafficTests
{
    [Fact]
    public void The_last_of_few_messages_is_kept_and_of_many_one_of_the_first()
    {
        var core = new TestCore();
        for (int i = 0; i < 3; i++)
        {
            core.Publish("t", payload: $"{i}");
        }

        TopicTraffic traffic = core.Router.Match("t"u8).Traffic;
        Assert.Equal("2"u8.ToArray(), traffic.CopyValue(out int length, out _));
        Assert.Equal(1, length);
        Assert.True(traffic.TryCollect(out long messages, out long bytes));
        Assert.Equal((3L, 3L), (messages, bytes));
        Assert.False(traffic.TryCollect(out _, out _));
        core.Connect("a").Subscribe("#", 0); // the route is another one now, and counts on
        for (int i = 0; i < 20; i++)
        {
            core.Publish("t", payload: $"{i}");
        }

        Assert.Same(traffic, core.Router.Match("t"u8).Traffic);
        Assert.Equal("7"u8.ToArray(), traffic.CopyValue(out _, out _));
        core.Publish("t", payload: new string('x', 1000));
        traffic.TryCollect(out messages, out _);
        Assert.Equal(21, messages);
        core.Publish("t", payload: new string('y', 1000));
        Assert.Equal(TopicTraffic.ValueBytes, traffic.CopyValue(out length, out _)!.Length);
        Assert.Equal(1000, length);
    }
}
