using SkyTree.Broker.Tests.Harness;

namespace SkyTree.Broker.Tests.Conformance;

/// <summary>Wills beyond the scenarios.</summary>
public sealed class WillTests
{
    [Fact]
    public async Task A_will_to_a_topic_that_the_client_may_not_publish_to_reaches_nobody()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        broker.Authorizer.DeniedPublishes = ["secret"];
        TestClient subscriber = await broker.ConnectAsync("client=s");
        await subscriber.SubscribeAsync("# qos=0");
        TestClient client = broker.Open();
        await client.SendAsync("CONNECT client=a will=secret/x will-payload=\"smuggled\"");
        await client.ReceiveAsync("CONNACK");
        await client.DropAsync();
        await subscriber.ExpectSilenceAsync();
    }

    [Fact]
    public async Task A_will_to_the_brokers_own_topics_reaches_nobody()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        TestClient subscriber = await broker.ConnectAsync("client=s");
        await subscriber.SubscribeAsync("$SYS/forged qos=0");
        TestClient client = broker.Open();
        await client.SendAsync("CONNECT client=a will=$SYS/forged will-payload=\"smuggled\"");
        await client.ReceiveAsync("CONNACK");
        await client.DropAsync();
        await subscriber.ExpectSilenceAsync();
    }
}
