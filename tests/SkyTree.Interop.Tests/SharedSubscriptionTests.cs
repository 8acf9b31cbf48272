using System.Text;
using SkyTree.Interop.Tests.Broker;
using SkyTree.Interop.Tests.Clients;
using Xunit;

namespace SkyTree.Interop.Tests;

public sealed class SharedSubscriptionTests(BrokerFixture broker) : InteropTest(broker)
{
    [Theory]
    [MemberData(nameof(Peer.All), MemberType = typeof(Peer))]
    public async Task Each_message_reaches_one_member_of_the_group_and_everybody_outside(string client, string scheme, int version)
    {
        var group = new Inbox();
        IInteropClient one = await ConnectedClient(client, scheme, version, inbox: group);
        IInteropClient other = await ConnectedClient(client, scheme, version, inbox: group);
        IInteropClient witness = await Witness();
        await one.SubscribeAsync($"$share/group/{Topic}/#", 1);
        await other.SubscribeAsync($"$share/group/{Topic}/#", 1);
        await witness.SubscribeAsync($"{Topic}/#", 1);

        Message[] messages = [.. Enumerable.Range(0, 20).Select(i => new Message($"{Topic}/shared", $"message {i}", 1))];
        foreach (Message message in messages)
        {
            await witness.PublishAsync(message);
        }

        await AssertReceives(witness, messages);
        List<string> received = [];
        foreach (Message _ in messages)
        {
            received.Add(Encoding.UTF8.GetString((await group.TakeAsync()).Payload));
        }

        Assert.Equal(messages.Select(message => Encoding.UTF8.GetString(message.Payload)).Order(), received.Order());

        // A second copy of any of them would come before this one.
        var last = new Message($"{Topic}/shared", "last", 1);
        await witness.PublishAsync(last);
        Assert.Equal(last.ToString(), (await group.TakeAsync()).ToString());
    }
}
