using SkyTree.Interop.Tests.Broker;
using SkyTree.Interop.Tests.Clients;
using Xunit;

namespace SkyTree.Interop.Tests;

public sealed class WillTests(BrokerFixture broker) : InteropTest(broker)
{
    [Theory]
    [MemberData(nameof(Peer.All), MemberType = typeof(Peer))]
    public async Task The_will_of_a_client_that_crashes_is_published(string client, string scheme, int version)
    {
        IInteropClient witness = await Witness();
        await witness.SubscribeAsync(Topic, 2);
        IInteropClient mortal = await ConnectedClient(client, scheme, version, new Message(Topic, "gone", 1, retain: true));
        await mortal.SubscribeAsync($"{Topic}/other", 0);

        await mortal.CrashAsync();

        await AssertReceives(witness, new Message(Topic, "gone", 1));
        IInteropClient late = await Witness();
        await late.SubscribeAsync(Topic, 2);
        await AssertReceives(late, new Message(Topic, "gone", 1, retain: true));
        await witness.PublishAsync(new Message(Topic, "", 1, retain: true));
    }

    [Theory]
    [MemberData(nameof(Peer.All), MemberType = typeof(Peer))]
    public async Task The_will_of_a_client_that_says_goodbye_is_not_unless_it_asks_for_it(string client, string scheme, int version)
    {
        IInteropClient witness = await Witness();
        await witness.SubscribeAsync(Topic, 2);
        IInteropClient polite = await ConnectedClient(client, scheme, version, new Message(Topic, "gone", 1));
        await polite.SubscribeAsync($"{Topic}/other", 0);

        await polite.DisconnectAsync();

        if (client == "mosquitto" && version == 5)
        {
            // mosquitto_sub says goodbye with 0x04, which asks for the will.
            await AssertReceives(witness, new Message(Topic, "gone", 1));
        }

        await witness.PublishAsync(new Message(Topic, "still here", 1));
        await AssertReceives(witness, new Message(Topic, "still here", 1));
    }
}
