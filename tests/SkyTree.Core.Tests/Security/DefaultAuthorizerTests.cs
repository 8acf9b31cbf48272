using System.Text;
using SkyTree.Core.Security;
using SkyTree.Core.Tests.Harness;
using Xunit;

namespace SkyTree.Core.Tests.Security;

public sealed class DefaultAuthorizerTests
{
    private static readonly ClientIdentity Client = new("c", null, null);

    [Theory]
    [InlineData("$SYS", false)]
    [InlineData("$SYS/", false)]
    [InlineData("$SYS/broker/uptime", false)]
    [InlineData("$SYSTEM", true)]
    [InlineData("$SY", true)]
    [InlineData("$sys/x", true)]
    [InlineData("a/$SYS/x", true)]
    [InlineData("/", true)]
    [InlineData("a", true)]
    public void Nobody_publishes_to_the_brokers_own_topics(string topic, bool permitted)
    {
        var authorizer = new DefaultAuthorizer();

        Assert.Equal(permitted, authorizer.MayPublish(Client, Encoding.UTF8.GetBytes(topic)));
        Assert.True(authorizer.MaySubscribe(Client, topic));
    }

    [Fact]
    public void A_judgement_allocates_nothing()
    {
        var authorizer = new DefaultAuthorizer();
        authorizer.MayPublish(Client, "a/b"u8);
        Assert.Equal(0, Allocations.Of(() => authorizer.MayPublish(Client, "a/b"u8), times: 200));
    }
}
