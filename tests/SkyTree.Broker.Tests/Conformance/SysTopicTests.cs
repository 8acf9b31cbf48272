using SkyTree.Broker.Tests.Harness;
using SkyTree.Core;

namespace SkyTree.Broker.Tests.Conformance;

/// <summary>The broker's own topics.</summary>
public sealed class SysTopicTests
{
    private static readonly BrokerOptions EverySecond = new() { SysTopicsSeconds = 1 };

    [Fact]
    [Trait("Spec", "MQTT-4.7.2-1")]
    public async Task Sys_topics_reach_those_who_ask_for_them_and_nobody_else()
    {
        await using TestBroker broker = await TestBroker.StartAsync(EverySecond);
        TestClient everything = await broker.ConnectAsync("client=everything");
        await everything.SubscribeAsync("# qos=0");
        TestClient operations = await broker.ConnectAsync("client=operations");
        await operations.SubscribeAsync("$SYS/# qos=0");
        await broker.AdvanceAsync(TimeSpan.FromSeconds(3));
        Packet packet = await operations.ReceiveAsync("PUBLISH");
        Assert.StartsWith("$SYS/", packet.Topic, StringComparison.Ordinal);
        await everything.ExpectSilenceAsync();
    }

    [Fact]
    public async Task Clients_cannot_publish_to_sys_topics()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        TestClient operations = await broker.ConnectAsync("client=operations");
        await operations.SubscribeAsync("$SYS/# qos=0");
        await operations.SendAsync("UNSUBSCRIBE id=9 none");
        while ((await operations.ReceiveAsync()).Name != "UNSUBACK")
        {
            // Values that are there already come first.
        }

        TestClient client = await broker.ConnectAsync("client=a");
        await client.SendAsync("PUBLISH $SYS/broker/uptime qos=1 id=1 \"forged\"");
        await client.ExpectAsync("PUBACK id=1 not-authorized reason=?");
        await operations.ExpectSilenceAsync();
    }
}
