using System.Text;
using SkyTree.Broker.Tests.Harness;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Hooks;
using SkyTree.Core.Protocol;

namespace SkyTree.Broker.Tests.Hooks;

/// <summary>Wills are publishes of clients, and publish hooks see them when they are left.</summary>
public sealed class WillHookTests
{
    [Fact]
    public async Task A_Will_is_changed_dropped_or_refused_when_the_client_connects()
    {
        await using TestBroker broker = await Hook.StartAsync(Hook.Publish(attempt => !attempt.IsWill ? default : Encoding.UTF8.GetString(attempt.Message.Payload.Span) switch
        {
            "change" => PublishAnswer.Replace(attempt.Message with { Topic = "gone/" + attempt.Client.ClientId, Payload = Encoding.UTF8.GetBytes("was changed") }),
            "drop" => PublishAnswer.Drop,
            "refuse" => PublishAnswer.Refuse(ReasonCode.QuotaExceeded, "no Wills today"),
            "wildcard" => PublishAnswer.Replace(attempt.Message with { Topic = "a/#" }),
            _ => default,
        }));
        TestClient watcher = await broker.ConnectAsync("client=watcher");
        await watcher.SubscribeAsync("# qos=1");
        foreach ((string payload, string answer) in new[] { ("refuse", "quota-exceeded"), ("wildcard", "implementation-specific-error") })
        {
            TestClient refused = broker.Open();
            await refused.SendAsync($"CONNECT client=r will=t will-payload={payload}");
            Assert.Equal(answer, (await refused.ReceiveAsync("CONNACK")).Reasons[0]);
        }

        await (await broker.ConnectAsync("client=d will=t will-payload=drop")).DropAsync();
        await (await broker.ConnectAsync("client=c will=t will-payload=change will-qos=1 will-content-type=text")).DropAsync();
        Packet changed = await watcher.ReceiveAsync("PUBLISH");
        Assert.Equal(("gone/c", "was changed", "text"), (changed.Topic, changed.Text, changed["content-type"]));
        await (await broker.ConnectAsync("client=k will=t will-payload=keep")).DropAsync();
        Packet kept = await watcher.ReceiveAsync("PUBLISH");
        Assert.Equal(("t", "keep"), (kept.Topic, kept.Text));
        await watcher.ExpectSilenceAsync();
        Assert.Equal(1, broker.Broker.Drops[DropReason.Hook]);
    }
}
