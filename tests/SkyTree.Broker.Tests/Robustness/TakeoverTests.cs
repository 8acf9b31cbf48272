using SkyTree.Broker.Tests.Harness;

namespace SkyTree.Broker.Tests.Robustness;

/// <summary>Many connections with one client identifier.</summary>
public sealed class TakeoverTests
{
    [Theory]
    [InlineData("clean=1")]
    [InlineData("clean=0 expiry=100")]
    [Trait("Spec", "MQTT-3.1.4-3")]
    public async Task Of_many_connections_with_one_identifier_one_remains(string session)
    {
        const int Count = 100;
        await using TestBroker broker = await TestBroker.StartAsync();
        TestClient[] clients = [.. Enumerable.Range(0, Count).Select(_ => broker.Open())];
        await Parallel.ForEachAsync(clients, async (client, _) => await client.SendAsync($"CONNECT client=x {session}"));
        await Task.WhenAll(clients.Select(async client =>
        {
            await client.ReceiveAsync("CONNACK");
            await client.SendAsync("PINGREQ");
        }));

        // Each is told that it was taken over, but for one; each may have been answered before.
        List<Task<bool>> ends = [.. clients.Select(EndsAsync)];
        for (int i = 0; i < Count - 1; i++)
        {
            Task<bool> ended = await Task.WhenAny(ends).WaitAsync(Deadline.Default);
            Assert.True(await ended);
            ends.Remove(ended);
        }

        TestClient last = clients.Single(client => !client.Connection.Served.IsCompleted);
        Task<bool> open = Assert.Single(ends);
        Assert.False(open.IsCompleted);
        await last.DropAsync();
    }

    private static async Task<bool> EndsAsync(TestClient client)
    {
        bool told = false;
        while (await client.Connection.ReceiveAsync() is { } frame)
        {
            Packet packet = PacketDecoder.Decode(frame, 5);
            if (packet.Name != "PINGRESP")
            {
                Assert.Equal("session-taken-over", Assert.Single(packet.Reasons));
                told = true;
            }
        }

        await client.Connection.Served.WaitAsync(Deadline.Default);
        return told;
    }
}
