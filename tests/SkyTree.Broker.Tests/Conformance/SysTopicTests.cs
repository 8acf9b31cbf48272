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
    public async Task Sys_topics_have_the_names_that_are_usual()
    {
        await using TestBroker broker = await TestBroker.StartAsync(EverySecond);
        await broker.AdvanceAsync(TimeSpan.FromSeconds(3));
        TestClient operations = await broker.ConnectAsync("client=operations");
        await operations.SubscribeAsync("$SYS/# qos=0");
        string[] counters = ["messages/received", "messages/sent", "publish/received", "publish/sent", "publish/dropped", "bytes/received", "bytes/sent", "sockets", "connections"];
        string[] names =
        [
            "version", "uptime", "clients/connected", "clients/disconnected", "clients/active", "clients/inactive", "clients/total", "clients/maximum",
            "clients/expired", "messages/received", "messages/sent", "messages/stored", "store/messages/count", "store/messages/bytes",
            "publish/messages/received", "publish/messages/sent", "publish/messages/dropped", "publish/bytes/received", "publish/bytes/sent",
            "bytes/received", "bytes/sent", "subscriptions/count", "shared_subscriptions/count", "retained messages/count", "heap/current", "heap/maximum",
            .. counters.SelectMany(counter => new[] { $"load/{counter}/1min", $"load/{counter}/5min", $"load/{counter}/15min" }),
        ];
        HashSet<string> missing = [.. names];
        while (missing.Count > 0)
        {
            string name = (await operations.ReceiveAsync("PUBLISH")).Topic!.Trim('"')["$SYS/broker/".Length..]; // one has a space, and is quoted
            Assert.Contains(name, names);
            missing.Remove(name); // it may come again, with a new value
        }
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
