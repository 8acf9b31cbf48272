using SkyTree.Interop.Tests.Broker;
using SkyTree.Interop.Tests.Clients;
using Xunit;

namespace SkyTree.Interop.Tests;

public sealed class RetainedTests(BrokerFixture broker) : InteropTest(broker)
{
    [Theory]
    [MemberData(nameof(Peer.All), MemberType = typeof(Peer))]
    public async Task A_retained_message_reaches_who_subscribes_later_until_it_is_cleared(string client, string scheme, int version)
    {
        IInteropClient publisher = await ConnectedClient(client, scheme, version);
        await publisher.PublishAsync(new Message(Topic, "kept", 1, retain: true));

        IInteropClient early = await ConnectedClient(client, scheme, version);
        await early.SubscribeAsync(Topic, 1);
        await AssertReceives(early, new Message(Topic, "kept", 1, retain: true));

        await publisher.PublishAsync(new Message(Topic, "", 1, retain: true));
        await AssertReceives(early, new Message(Topic, "", 1));

        // Were the message still kept, it would come before the one that is published after subscribing.
        IInteropClient late = await ConnectedClient(client, scheme, version);
        await late.SubscribeAsync(Topic, 1);
        await publisher.PublishAsync(new Message(Topic, "fresh", 1));
        await AssertReceives(late, new Message(Topic, "fresh", 1));
    }
}
