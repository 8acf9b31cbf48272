using System.Collections.Concurrent;
using SkyTree.Broker.Tests.Harness;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Hooks;
using SkyTree.Core.Security.Access;

namespace SkyTree.Broker.Tests.Hooks;

/// <summary>Hooks that say what clients may do with topics.</summary>
public sealed class AuthorizeHookTests
{
    private readonly ConcurrentQueue<string> _asked = new();
    private readonly ConcurrentDictionary<string, AuthorizeAnswer> _answers = new();
    private readonly AuthorizeMemory _memory = new();

    [Fact]
    public async Task Publishes_are_allowed_denied_or_left_to_the_rules()
    {
        _answers["Publish allowed"] = AuthorizeAnswer.Allow;
        _answers["Publish denied"] = AuthorizeAnswer.Deny;
        _answers["Publish $SYS/x"] = AuthorizeAnswer.Allow;
        await using TestBroker broker = await StartAsync();
        broker.Authorizer.DeniedPublishes = ["allowed", "ruled-out"];
        TestClient client = await broker.ConnectAsync("client=c");
        foreach ((string topic, string answer) in new[]
        {
            ("allowed", "no-matching-subscribers"), ("denied", "not-authorized"), ("ruled-out", "not-authorized"), ("else", "no-matching-subscribers"), ("$SYS/x", "not-authorized"),
        })
        {
            await client.SendAsync($"PUBLISH {topic} qos=1 id=1 \"x\"");
            Assert.Equal((topic, answer), (topic, (await client.ReceiveAsync("PUBACK")).Reasons[0]));
            await client.SendAsync($"PUBLISH {topic} qos=2 id=2 \"x\"");
            Assert.Equal((topic, answer), (topic, (await client.ReceiveAsync("PUBREC")).Reasons[0]));
            if (answer != "not-authorized")
            {
                await client.SendAsync("PUBREL id=2");
                await client.ExpectAsync("PUBCOMP id=2");
            }
        }
    }

    [Fact]
    public async Task An_answer_is_remembered_unless_it_is_for_once_until_it_is_to_be_forgotten()
    {
        _answers["Publish kept"] = AuthorizeAnswer.Allow;
        _answers["Publish once"] = AuthorizeAnswer.Allow with { IsOnce = true };
        await using TestBroker broker = await StartAsync();
        TestClient client = await broker.ConnectAsync("client=c");
        await PublishAsync(client, "kept", "no-matching-subscribers");
        await PublishAsync(client, "kept", "no-matching-subscribers");
        await PublishAsync(client, "once", "no-matching-subscribers");
        await PublishAsync(client, "once", "no-matching-subscribers");
        Assert.Equal(["Publish kept", "Publish once", "Publish once"], _asked);
        _answers["Publish kept"] = AuthorizeAnswer.Deny;
        await PublishAsync(client, "kept", "no-matching-subscribers");
        await _memory.ForgetAsync("another client");
        await PublishAsync(client, "kept", "no-matching-subscribers");
        await _memory.ForgetAsync("c");
        await PublishAsync(client, "kept", "not-authorized");
        Assert.Equal(2, _asked.Count(asked => asked == "Publish kept"));
    }

    [Fact]
    public async Task More_topics_than_are_remembered_are_judged_rightly_and_in_order()
    {
        for (int i = 0; i < 1000; i += 3)
        {
            _answers[$"Publish t/{i}"] = AuthorizeAnswer.Deny;
        }

        await using TestBroker broker = await StartAsync();
        TestClient client = await broker.ConnectAsync("client=c receive-max=65535");
        int seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        int[] topics = [.. Enumerable.Range(0, 5000).Select(_ => random.Next(1000))];
        Task sending = Task.Run(async () =>
        {
            for (int i = 0; i < topics.Length; i++)
            {
                await client.SendAsync($"PUBLISH t/{topics[i]} qos=1 id={i + 1} \"x\"");
            }
        });
        for (int i = 0; i < topics.Length; i++)
        {
            Packet ack = await client.ReceiveAsync("PUBACK");
            Assert.Equal((i + 1, topics[i] % 3 == 0 ? "not-authorized" : "no-matching-subscribers"), (ack.Id, ack.Reasons[0]));
        }

        await sending;
    }

    [Fact]
    public async Task A_subscription_that_is_no_longer_allowed_is_read_no_more_and_again_when_it_is()
    {
        _answers["Subscribe allowed/#"] = AuthorizeAnswer.Allow;
        _answers["Subscribe denied/#"] = AuthorizeAnswer.Deny;
        await using TestBroker broker = await StartAsync();
        broker.Authorizer.DeniedSubscriptions = ["allowed", "ruled-out"];
        TestClient client = await broker.ConnectAsync("client=c");
        await client.SendAsync("SUBSCRIBE id=1 allowed/# qos=1 denied/# qos=1 ruled-out/# qos=1 else/# qos=1 $share/g/allowed/# qos=1");
        Assert.Equal(["granted-qos-1", "not-authorized", "not-authorized", "granted-qos-1", "granted-qos-1"], (await client.ReceiveAsync("SUBACK")).Reasons);
        await client.SendAsync("UNSUBSCRIBE id=2 $share/g/allowed/#");
        await client.ReceiveAsync("UNSUBACK");
        TestClient publisher = await broker.ConnectAsync("client=p");
        await publisher.SendAsync("PUBLISH allowed/1 qos=0 \"1\"");
        Assert.Equal("1", (await client.ReceiveAsync("PUBLISH")).Text);
        _answers["Subscribe allowed/#"] = AuthorizeAnswer.Deny;
        await _memory.ForgetAsync();
        await PublishAsync(publisher, "allowed/1", "success");
        await PublishAsync(publisher, "else/1", "success");
        Packet other = await client.ReceiveAsync("PUBLISH");
        Assert.Equal("else/1", other.Topic);
        Assert.Equal(1, broker.Broker.Drops[DropReason.DeliveryNotAuthorized]);
        _answers["Subscribe allowed/#"] = AuthorizeAnswer.Allow;
        await _memory.ForgetAsync();
        await PublishAsync(publisher, "allowed/1", "success");
        Assert.Equal("allowed/1", (await client.ReceiveAsync("PUBLISH")).Topic);
    }

    [Fact]
    public async Task Where_filters_overlap_one_that_is_allowed_suffices()
    {
        await using TestBroker broker = await StartAsync();
        TestClient client = await broker.ConnectAsync("client=c");
        await client.SubscribeAsync("a/# qos=1 a/b qos=0 c qos=0");
        TestClient publisher = await broker.ConnectAsync("client=p");
        _answers["Subscribe a/#"] = AuthorizeAnswer.Deny;
        await _memory.ForgetAsync("c");
        await publisher.SendAsync("PUBLISH a/b qos=0 \"1\"");
        Assert.Equal("1", (await client.ReceiveAsync("PUBLISH")).Text);
        await publisher.SendAsync("PUBLISH a/c qos=0 \"2\"");
        await publisher.SendAsync("PUBLISH c qos=0 \"3\"");
        Assert.Equal("3", (await client.ReceiveAsync("PUBLISH")).Text);
    }

    [Fact]
    public async Task Replays_are_asked_about_after_their_subscription()
    {
        _answers["Replay old/#"] = AuthorizeAnswer.Deny;
        await using TestBroker broker = await StartAsync();
        TestClient client = await broker.ConnectAsync("client=c clean=0 expiry=100");
        await client.SendAsync("SUBSCRIBE id=1 $replay/earliest/old/# qos=1 $replay/earliest/new/# qos=1 old/# qos=1");
        Assert.Equal(["not-authorized", "granted-qos-1", "granted-qos-1"], (await client.ReceiveAsync("SUBACK")).Reasons);
        Assert.Equal(["Subscribe old/#", "Replay old/#", "Subscribe new/#", "Replay new/#", "Subscribe old/#"], _asked);
    }

    [Fact]
    public async Task A_session_that_is_resumed_is_judged_anew()
    {
        _answers["Subscribe a"] = AuthorizeAnswer.Allow;
        _answers["Subscribe b"] = AuthorizeAnswer.Allow;
        await using TestBroker broker = await StartAsync();
        TestClient client = await broker.ConnectAsync("client=c clean=0 expiry=100");
        await client.SubscribeAsync("a qos=1 b qos=1");
        await client.DropAsync();
        TestClient publisher = await broker.ConnectAsync("client=p");
        await PublishAsync(publisher, "a", "success");
        await PublishAsync(publisher, "b", "success");
        _answers["Subscribe a"] = AuthorizeAnswer.Deny;
        client = await broker.ConnectAsync("client=c clean=0 expiry=100");
        Assert.Equal("b", (await client.ReceiveAsync("PUBLISH")).Topic);
        Assert.Equal(1, broker.Broker.Drops[DropReason.DeliveryNotAuthorized]);
    }

    [Fact]
    public async Task A_hook_that_fails_when_a_session_is_resumed_loses_nothing_of_it()
    {
        bool fails = false;
        await using TestBroker broker = await Hook.StartAsync(Hook.Authorize(attempt => fails ? throw new InvalidOperationException("a fault") : default));
        TestClient client = await broker.ConnectAsync("client=c clean=0 expiry=100");
        await client.SubscribeAsync("a qos=1");
        await client.DropAsync();
        TestClient publisher = await broker.ConnectAsync("client=p");
        await PublishAsync(publisher, "a", "success");
        fails = true;
        client = broker.Open();
        await client.SendAsync("CONNECT client=c clean=0 expiry=100");
        Assert.Equal("server-unavailable", (await client.ReceiveAsync("CONNACK")).Reasons[0]);
        await client.ExpectCloseAsync();
        await PublishAsync(publisher, "b", "not-authorized");
        fails = false;
        await PublishAsync(publisher, "b", "no-matching-subscribers"); // a failure is not remembered
        client = await broker.ConnectAsync("client=c clean=0 expiry=100");
        Assert.Equal("a", (await client.ReceiveAsync("PUBLISH")).Topic);
    }

    [Fact]
    public async Task A_Will_is_judged_as_the_publish_that_it_is()
    {
        _answers["Publish will"] = AuthorizeAnswer.Deny;
        await using TestBroker broker = await StartAsync();
        TestClient client = broker.Open();
        await client.SendAsync("CONNECT client=c will=will will-payload=\"x\"");
        Assert.Equal("not-authorized", (await client.ReceiveAsync("CONNACK")).Reasons[0]);
    }

    private static async Task PublishAsync(TestClient client, string topic, string answer)
    {
        await client.SendAsync($"PUBLISH {topic} qos=1 id=9 \"x\"");
        Assert.Equal(answer, (await client.ReceiveAsync("PUBACK")).Reasons.FirstOrDefault("success"));
    }

    private Task<TestBroker> StartAsync() => Hook.StartAsync(_memory, new HookOptions(), Hook.Authorize(attempt =>
    {
        string question = $"{attempt.Action} {attempt.Topic}";
        _asked.Enqueue(question);
        return _answers.GetValueOrDefault(question);
    }));
}
