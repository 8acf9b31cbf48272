using System.Diagnostics;
using System.Net;
using SkyTree.Broker.Tests.Harness;
using SkyTree.Core.Listeners;

namespace SkyTree.Broker.Tests.Robustness;

/// <summary>The limits of a listener, as the broker tells its gate who has completed CONNECT.</summary>
public sealed class LimitTests
{
    [Fact]
    public async Task Connections_before_CONNECT_are_bounded_in_number()
    {
        await using TestBroker broker = await TestBroker.StartAsync(limits: new ListenerLimits { MaxUnauthenticated = 3 });
        TestClient[] waiting = [broker.Open(), broker.Open(), broker.Open()];
        TestClient refused = broker.Open();
        await refused.ExpectCloseAsync();

        await waiting[0].SendAsync("CONNECT client=a");
        await waiting[0].ReceiveAsync("CONNACK");
        TestClient admitted = await broker.ConnectAsync("client=b");
        await admitted.ExpectSilenceAsync();
    }

    [Fact]
    public async Task Connections_before_CONNECT_are_bounded_per_address()
    {
        await using TestBroker broker = await TestBroker.StartAsync(limits: new ListenerLimits { MaxUnauthenticatedPerAddress = 2 });
        IPAddress one = IPAddress.Parse("192.0.2.1");
        broker.Open(address: one);
        TestClient second = broker.Open(address: one);
        TestClient refused = broker.Open(address: one);
        await refused.ExpectCloseAsync();

        TestClient other = broker.Open(address: IPAddress.Parse("192.0.2.2"));
        await other.SendAsync("CONNECT client=other");
        await other.ReceiveAsync("CONNACK");
        await second.DropAsync();
        TestClient next = broker.Open(address: one);
        await next.SendAsync("CONNECT client=next");
        await next.ReceiveAsync("CONNACK");
    }

    [Fact]
    public async Task Connections_are_bounded_in_number_and_per_address()
    {
        await using TestBroker broker = await TestBroker.StartAsync(limits: new ListenerLimits { MaxConnections = 3, MaxConnectionsPerAddress = 2 });
        IPAddress one = IPAddress.Parse("192.0.2.1");
        TestClient first = broker.Open(address: one);
        await first.SendAsync("CONNECT client=a");
        await first.ReceiveAsync("CONNACK");
        TestClient second = broker.Open(address: one);
        await second.SendAsync("CONNECT client=b");
        await second.ReceiveAsync("CONNACK");
        await broker.Open(address: one).ExpectCloseAsync();

        TestClient third = broker.Open(address: IPAddress.Parse("192.0.2.2"));
        await third.SendAsync("CONNECT client=c");
        await third.ReceiveAsync("CONNACK");
        await broker.Open(address: IPAddress.Parse("192.0.2.3")).ExpectCloseAsync();

        await first.SendAsync("DISCONNECT");
        await first.ExpectCloseAsync();
        TestClient fourth = broker.Open(address: one);
        await fourth.SendAsync("CONNECT client=d");
        await fourth.ReceiveAsync("CONNACK");
    }

    [Fact]
    public async Task A_thousand_idle_connections_are_closed_at_the_deadline()
    {
        await using TestBroker broker = await TestBroker.StartAsync(limits: new ListenerLimits { MaxUnauthenticatedPerAddress = 2_000 });
        TestClient[] idle = [.. Enumerable.Range(0, 1_000).Select(_ => broker.Open())];
        await idle[^1].SendAsync(PacketEncoder.Hex(["10"]));
        TestClient served = await broker.ConnectAsync("client=served");
        await broker.AdvanceAsync(TimeSpan.FromSeconds(12));
        foreach (TestClient client in idle)
        {
            await client.ExpectCloseAsync();
        }

        await served.ExpectSilenceAsync();
    }

    [Fact]
    public async Task A_client_that_publishes_too_fast_is_read_more_slowly()
    {
        await using TestBroker broker = await TestBroker.StartAsync(limits: new ListenerLimits { PublishesPerSecond = 1_000 }, clock: TimeProvider.System);
        TestClient client = await broker.ConnectAsync("client=a");
        byte[] publish = PacketEncoder.Encode(Packet.Parse("PUBLISH t qos=1 id=1 \"x\""), 5);
        byte[] batch = [.. Enumerable.Repeat(publish, 500).SelectMany(bytes => bytes)];
        Stopwatch elapsed = Stopwatch.StartNew();
        for (int i = 0; i < 5; i++)
        {
            await client.SendAsync(batch);
            for (int j = 0; j < 500; j++)
            {
                await client.ReceiveAsync("PUBACK");
            }
        }

        // A second's worth passes at once, and what arrives in one read passes together.
        Assert.True(elapsed.Elapsed > TimeSpan.FromSeconds(0.8), $"2,500 publishes passed in {elapsed.Elapsed}");
    }

    [Fact]
    [Trait("Spec", "MQTT-3.1.2-22")]
    public async Task A_client_that_is_read_more_slowly_is_not_taken_for_silent()
    {
        await using TestBroker broker = await TestBroker.StartAsync(limits: new ListenerLimits { PublishesPerSecond = 10 });
        TestClient client = await broker.ConnectAsync("client=a keepalive=10");
        byte[] publish = PacketEncoder.Encode(Packet.Parse("PUBLISH t \"x\""), 5);
        await client.SendAsync(Enumerable.Repeat(publish, 500).SelectMany(bytes => bytes).ToArray());

        // What arrives in one read passes together: from here on the broker reads nothing for some 49 seconds.
        await Eventually.HoldsAsync(() => broker.Broker.Traffic.PublishesReceived == 500);
        for (int i = 0; i < 12; i++)
        {
            await client.SendAsync("PINGREQ");
            await broker.AdvanceAsync(TimeSpan.FromSeconds(5));
        }

        for (int i = 0; i < 12; i++)
        {
            await client.ExpectAsync("PINGRESP");
        }
    }
}
