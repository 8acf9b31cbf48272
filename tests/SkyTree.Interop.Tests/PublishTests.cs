using SkyTree.Interop.Tests.Broker;
using SkyTree.Interop.Tests.Clients;
using Xunit;

namespace SkyTree.Interop.Tests;

public sealed class PublishTests(BrokerFixture broker) : InteropTest(broker)
{
    [Theory]
    [MemberData(nameof(Peer.All), MemberType = typeof(Peer))]
    public async Task Messages_of_each_QoS_reach_a_client_that_subscribed(string client, string scheme, int version)
    {
        IInteropClient subscriber = await ConnectedClient(client, scheme, version);
        IInteropClient witness = await Witness();
        Message[] messages = [new(Topic, "zero", 0), new(Topic, "one", 1), new(Topic, "two", 2), new(Topic, "", 1)];

        Assert.Equal(2, await subscriber.SubscribeAsync(Topic, 2));
        foreach (Message message in messages)
        {
            await witness.PublishAsync(message);
        }

        await AssertReceives(subscriber, messages);
    }

    [Theory]
    [MemberData(nameof(Peer.All), MemberType = typeof(Peer))]
    public async Task Messages_of_each_QoS_reach_others_from_a_client(string client, string scheme, int version)
    {
        IInteropClient publisher = await ConnectedClient(client, scheme, version);
        IInteropClient witness = await Witness();
        await witness.SubscribeAsync(Topic, 2);
        Message[] messages = [new(Topic, "zero", 0), new(Topic, "one", 1), new(Topic, "two", 2)];

        foreach (Message message in messages)
        {
            await publisher.PublishAsync(message);
            await AssertReceives(witness, message);
        }
    }

    [Theory]
    [MemberData(nameof(Peer.All), MemberType = typeof(Peer))]
    public async Task A_subscription_lowers_the_QoS_to_what_it_was_granted(string client, string scheme, int version)
    {
        IInteropClient subscriber = await ConnectedClient(client, scheme, version);
        IInteropClient witness = await Witness();

        Assert.Equal(1, await subscriber.SubscribeAsync($"{Topic}/+/#", 1));
        await witness.PublishAsync(new Message($"{Topic}/a", "two", 2));
        await witness.PublishAsync(new Message($"{Topic}/a/b", "zero", 0));

        await AssertReceives(subscriber, new($"{Topic}/a", "two", 1), new($"{Topic}/a/b", "zero", 0));
    }

    [Theory]
    [MemberData(nameof(Peer.All), MemberType = typeof(Peer))]
    public async Task A_large_message_comes_through_whole_in_both_directions(string client, string scheme, int version)
    {
        // Larger than any buffer on the way, and more than one WebSocket frame and TLS record.
        byte[] payload = new byte[300_000];
        new Random(version).NextBytes(payload);
        IInteropClient tested = await ConnectedClient(client, scheme, version);
        IInteropClient witness = await Witness();
        await tested.SubscribeAsync($"{Topic}/to", 1);
        await witness.SubscribeAsync($"{Topic}/from", 1);

        await tested.PublishAsync(new Message($"{Topic}/from", payload, 1));
        await AssertReceives(witness, new Message($"{Topic}/from", payload, 1));
        await witness.PublishAsync(new Message($"{Topic}/to", payload, 1));
        await AssertReceives(tested, new Message($"{Topic}/to", payload, 1));
    }

    [Theory]
    [MemberData(nameof(Peer.AllOfVersion5), MemberType = typeof(Peer))]
    public async Task The_properties_of_a_message_pass_unchanged_in_both_directions(string client, string scheme, int version)
    {
        var properties = new MessageProperties("text/plain", "answers/here", "636f7272", new Dictionary<string, string> { ["unit"] = "K" });
        IInteropClient tested = await ConnectedClient(client, scheme, version);
        IInteropClient witness = await Witness();
        await tested.SubscribeAsync($"{Topic}/to", 1);
        await witness.SubscribeAsync($"{Topic}/from", 1);
        var from = new Message($"{Topic}/from", "290", 1, properties: properties);
        var to = new Message($"{Topic}/to", "291", 1, properties: properties);

        await tested.PublishAsync(from);
        await AssertReceives(witness, from);
        await witness.PublishAsync(to);
        await AssertReceives(tested, to);
    }
}
