using SkyTree.Broker.Tests.Harness;
using SkyTree.Core.Listeners;

namespace SkyTree.Broker.Tests.Robustness;

/// <summary>What waits only because too many bytes are on their way goes out when there is room, though nothing else happens.</summary>
public sealed class RoomTests
{
    private static readonly ListenerLimits SmallBuffers = new() { MaxOutboundBytes = 16 * 1024 };

    [Theory]
    [InlineData("last qos=1")]
    [InlineData("$share/g/last qos=1")]
    public async Task A_message_behind_a_full_buffer_arrives_when_the_client_reads_on(string subscription)
    {
        await using TestBroker broker = await TestBroker.StartAsync(limits: SmallBuffers);
        TestClient slow = await broker.ConnectAsync("client=slow", bufferBytes: 4096);
        await slow.SubscribeAsync("filler qos=0");
        await slow.SubscribeAsync(subscription);
        TestClient publisher = await broker.ConnectAsync("client=p");
        byte[] filler = PacketEncoder.Encode(Packet.Parse("PUBLISH filler \"x\"*1000"), 5);
        byte[] batch = [.. Enumerable.Repeat(filler, 500).SelectMany(bytes => bytes)];
        await publisher.SendAsync(batch);
        await publisher.SendAsync("PUBLISH last qos=1 id=1 \"waited\"");
        await publisher.ReceiveAsync("PUBACK");

        Packet received;
        do
        {
            received = await slow.ReceiveAsync();
        }
        while (received.Name == "PUBLISH" && !received.ToString().Contains("waited", StringComparison.Ordinal));

        Assert.Contains("waited", received.ToString(), StringComparison.Ordinal);
    }
}
