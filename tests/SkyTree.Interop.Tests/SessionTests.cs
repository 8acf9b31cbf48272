using SkyTree.Interop.Tests.Broker;
using SkyTree.Interop.Tests.Clients;
using Xunit;

namespace SkyTree.Interop.Tests;

public sealed class SessionTests(BrokerFixture broker) : InteropTest(broker)
{
    [Theory]
    [MemberData(nameof(Peer.All), MemberType = typeof(Peer))]
    public async Task What_was_published_meanwhile_reaches_a_client_that_comes_back(string client, string scheme, int version)
    {
        var settings = new ConnectSettings(NewName("c"), CleanStart: false, SessionExpirySeconds: 3600);
        Message[] missed = [.. Enumerable.Range(0, 10).Select(i => new Message(Topic, $"missed {i}", 1 + (i % 2)))];
        IInteropClient witness = await Witness();
        IInteropClient absent = Client(client, scheme, version);
        Assert.NotEqual(true, await absent.ConnectAsync(settings));
        await absent.SubscribeAsync(Topic, 2);
        await absent.DisconnectAsync();
        foreach (Message message in missed)
        {
            await witness.PublishAsync(message);
        }

        IInteropClient back = Client(client, scheme, version);
        Assert.NotEqual(false, await back.ConnectAsync(settings));
        if (ClientConnectsOnlyBySubscribing(client))
        {
            await back.SubscribeAsync(Topic, 2);
        }

        await AssertReceives(back, missed);
        await witness.PublishAsync(new Message(Topic, "live", 1));
        await AssertReceives(back, new Message(Topic, "live", 1));
        await back.DisconnectAsync();

        // Nothing was left behind, and a clean start leaves nothing.
        IInteropClient anew = Client(client, scheme, version);
        Assert.NotEqual(true, await anew.ConnectAsync(settings with { CleanStart = true, SessionExpirySeconds = 0 }));
        await anew.SubscribeAsync(Topic, 2);
        await witness.PublishAsync(new Message(Topic, "anew", 2));
        await AssertReceives(anew, new Message(Topic, "anew", 2));
    }

    [Theory]
    [MemberData(nameof(Peer.All), MemberType = typeof(Peer))]
    public async Task A_session_survives_the_crash_of_its_client(string client, string scheme, int version)
    {
        var settings = new ConnectSettings(NewName("c"), CleanStart: false, SessionExpirySeconds: 3600);
        IInteropClient witness = await Witness();
        IInteropClient crashing = Client(client, scheme, version);
        await crashing.ConnectAsync(settings);
        await crashing.SubscribeAsync(Topic, 1);

        await crashing.CrashAsync();
        await witness.PublishAsync(new Message(Topic, "missed", 1));

        IInteropClient back = Client(client, scheme, version);
        Assert.NotEqual(false, await back.ConnectAsync(settings));
        if (ClientConnectsOnlyBySubscribing(client))
        {
            await back.SubscribeAsync(Topic, 1);
        }

        await AssertReceives(back, new Message(Topic, "missed", 1));
    }
}
