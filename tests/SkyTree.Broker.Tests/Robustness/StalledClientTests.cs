using SkyTree.Broker.Tests.Harness;
using SkyTree.Core.Listeners;

namespace SkyTree.Broker.Tests.Robustness;

/// <summary>A client whose network takes nothing more: whoever needs it gone does not wait for it.</summary>
public sealed class StalledClientTests
{
    private static readonly ListenerLimits SmallBuffers = new() { MaxOutboundBytes = 16 * 1024 };

    [Fact]
    public async Task A_takeover_does_not_wait_for_the_old_connection()
    {
        await using TestBroker broker = await TestBroker.StartAsync(limits: SmallBuffers);
        TestClient stalled = await StalledAsync(broker);
        TestClient successor = await broker.ConnectAsync("client=stalled clean=0 expiry=100");
        Assert.Equal("1", successor.ConnAck["session"]);
        await broker.AdvanceUntilAsync(stalled.Connection.Served);
    }

    [Fact]
    public async Task A_graceful_stop_does_not_wait_for_it_beyond_its_deadline()
    {
        await using TestBroker broker = await TestBroker.StartAsync(limits: SmallBuffers);
        TestClient stalled = await StalledAsync(broker);
        Task stopping = broker.Broker.StopAsync().AsTask();
        await broker.AdvanceUntilAsync(stopping);
        await stalled.Connection.Served.WaitAsync(Deadline.Default);
    }

    [Fact]
    public async Task A_keep_alive_timeout_ends_it()
    {
        await using TestBroker broker = await TestBroker.StartAsync(limits: SmallBuffers);
        TestClient stalled = await StalledAsync(broker, "keepalive=10");
        await broker.AdvanceAsync(TimeSpan.FromSeconds(15));
        await broker.AdvanceUntilAsync(stalled.Connection.Served);
    }

    [Fact]
    public async Task Its_session_goes_on_with_what_was_not_acknowledged()
    {
        await using TestBroker broker = await TestBroker.StartAsync(limits: SmallBuffers);
        TestClient stalled = await StalledAsync(broker);
        TestClient publisher = await broker.ConnectAsync("client=p2");
        for (int i = 0; i < 300; i++)
        {
            await publisher.SendAsync($"PUBLISH durable qos=1 id=1 \"{i} \"*200");
            await publisher.ReceiveAsync("PUBACK");
        }

        await stalled.DropAsync();
        TestClient successor = await broker.ConnectAsync("client=stalled clean=0 expiry=100");
        for (int i = 0; i < 300; i++)
        {
            Packet packet = await successor.ReceiveAsync("PUBLISH");
            Assert.StartsWith($"{i} ", packet.Text, StringComparison.Ordinal);
            await successor.SendAsync($"PUBACK id={packet.Id}");
        }

        await successor.ExpectSilenceAsync();
    }

    /// <summary>A client that has been sent so much that nothing more fits anywhere.</summary>
    private static async Task<TestClient> StalledAsync(TestBroker broker, string more = "")
    {
        TestClient stalled = await broker.ConnectAsync($"client=stalled clean=0 expiry=100 {more}", bufferBytes: 4096);
        await stalled.SubscribeAsync("flood qos=0 durable qos=1");
        TestClient publisher = await broker.ConnectAsync("client=p");
        for (int i = 0; i < 100; i++)
        {
            await publisher.SendAsync("PUBLISH flood \"x\"*1000");
        }

        await publisher.ExpectSilenceAsync();
        return stalled;
    }
}
