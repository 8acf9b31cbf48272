using SkyTree.Interop.Tests.Broker;
using SkyTree.Interop.Tests.Clients;
using Xunit;

namespace SkyTree.Interop.Tests;

/// <summary>Any client can ask for what is stored: the start is part of the filter.</summary>
public sealed class ReplayTests(BrokerFixture broker) : InteropTest(broker)
{
    [Theory]
    [MemberData(nameof(Peer.All), MemberType = typeof(Peer))]
    public async Task A_client_gets_what_was_stored_in_the_last_hour_then_what_is_live(string client, string scheme, int version)
    {
        Message[] stored = [.. Enumerable.Range(0, 10).Select(i => new Message(Topic, $"stored {i}", 1))];
        IInteropClient witness = await Witness();
        IInteropClient keeper = Client("MQTTnet", "mqtt", 5);
        await keeper.ConnectAsync(new ConnectSettings(NewName("c"), CleanStart: false, SessionExpirySeconds: 3600));
        await keeper.SubscribeAsync(Topic, 1);
        await keeper.DisconnectAsync(); // for a session that is away everything is stored
        foreach (Message message in stored)
        {
            await witness.PublishAsync(message);
        }

        IInteropClient late = await ConnectedClient(client, scheme, version);
        Assert.Equal(1, await late.SubscribeAsync($"$replay/-1h/{Topic}", 1));
        await AssertReceives(late, stored);
        await witness.PublishAsync(new Message(Topic, "live", 1));
        await AssertReceives(late, new Message(Topic, "live", 1));
    }
}
