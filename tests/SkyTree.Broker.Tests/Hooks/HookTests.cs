using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using SkyTree.Broker.Tests.Harness;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Hooks;
using SkyTree.Core.Protocol;
using SkyTree.Core.Security;

namespace SkyTree.Broker.Tests.Hooks;

/// <summary>Hooks of the application that hosts the broker.</summary>
public sealed class HookTests
{
    [Fact]
    public async Task A_publish_is_changed_sent_elsewhere_dropped_or_refused()
    {
        await using TestBroker broker = await Hook.StartAsync(Hook.Publish((attempt, _) => new(attempt.Message.Topic switch
        {
            "change" => PublishAnswer.Replace(attempt.Message with { Payload = Encoding.UTF8.GetBytes($"{attempt.Client.ClientId}: {Encoding.UTF8.GetString(attempt.Message.Payload.Span)}") }),
            "redirect" => PublishAnswer.Replace(attempt.Message with { Topic = "elsewhere" }),
            "drop" => PublishAnswer.Drop,
            "refuse" => PublishAnswer.Refuse(ReasonCode.QuotaExceeded, "no more today"),
            _ => PublishAnswer.Continue,
        })));
        TestClient subscriber = await broker.ConnectAsync("client=s");
        await subscriber.SubscribeAsync("# qos=2");
        TestClient publisher = await broker.ConnectAsync("client=p");
        await publisher.SendAsync("PUBLISH plain qos=1 id=1 content-type=text \"1\"");
        await publisher.ExpectAsync("PUBACK id=1");
        Packet plain = await subscriber.ReceiveAsync("PUBLISH");
        Assert.Equal("1", plain.Text);
        await publisher.SendAsync("PUBLISH change qos=1 id=2 \"2\"");
        await publisher.ExpectAsync("PUBACK id=2");
        Assert.Equal("p: 2", (await subscriber.ReceiveAsync("PUBLISH")).Text);
        await publisher.SendAsync("PUBLISH redirect qos=0 \"3\"");
        Packet redirected = await subscriber.ReceiveAsync("PUBLISH");
        Assert.Equal(("elsewhere", "3"), (redirected.Topic, redirected.Text));
        await publisher.SendAsync("PUBLISH drop qos=1 id=3 \"4\"");
        await publisher.ExpectAsync("PUBACK id=3");
        await publisher.SendAsync("PUBLISH refuse qos=1 id=4 \"5\"");
        Packet refused = await publisher.ReceiveAsync("PUBACK");
        Assert.Equal("quota-exceeded", refused.Reasons[0]);
        await publisher.SendAsync("PUBLISH refuse qos=2 id=5 \"6\"");
        Assert.Equal("quota-exceeded", (await publisher.ReceiveAsync("PUBREC")).Reasons[0]);
        await publisher.SendAsync("PUBLISH drop qos=2 id=6 \"7\"");
        await publisher.ExpectAsync("PUBREC id=6");
        await publisher.SendAsync("PUBREL id=6");
        await publisher.ExpectAsync("PUBCOMP id=6");
        await subscriber.ExpectSilenceAsync();
        Assert.Equal(4, broker.Broker.Drops[DropReason.Hook]);
    }

    [Fact]
    public async Task Later_hooks_see_what_earlier_ones_made_of_it()
    {
        object Append(string letter) => Hook.Publish((attempt, _) =>
            new(PublishAnswer.Replace(attempt.Message with { Payload = (byte[])[.. attempt.Message.Payload.Span, (byte)letter[0]] })));
        await using TestBroker broker = await Hook.StartAsync(Append("a"), Append("b"));
        TestClient client = await broker.ConnectAsync("client=c");
        await client.SubscribeAsync("t qos=0");
        await client.SendAsync("PUBLISH t qos=0 \"x\"");
        Assert.Equal("xab", (await client.ReceiveAsync("PUBLISH")).Text);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task A_flood_keeps_its_order_through_a_hook_that_takes_its_time(int level)
    {
        await using TestBroker broker = await Hook.StartAsync(Hook.Publish(async (attempt, _) =>
        {
            await Task.Yield();
            return attempt.Message.Payload.Span[^1] == (byte)'7' ? PublishAnswer.Replace(attempt.Message with { Retain = false }) : default;
        }));
        TestClient subscriber = await broker.ConnectAsync("client=s clean=0 " + (level == 5 ? "expiry=100" : ""), level);
        await subscriber.SubscribeAsync("t qos=1");
        TestClient publisher = await broker.ConnectAsync("client=p", level);
        Task acknowledged = Task.Run(async () =>
        {
            for (int i = 1; i <= 2000; i++)
            {
                Assert.Equal(i, (await publisher.ReceiveAsync("PUBACK")).Id);
            }
        });
        Task received = Task.Run(async () =>
        {
            for (int i = 1; i <= 2000; i++)
            {
                Packet message = await subscriber.ReceiveAsync("PUBLISH");
                Assert.Equal(i.ToString(CultureInfo.InvariantCulture), message.Text);
                await subscriber.SendAsync($"PUBACK id={message.Id}");
            }
        });
        for (int i = 1; i <= 2000; i++)
        {
            await publisher.SendAsync($"PUBLISH t qos=1 id={i} \"{i}\"");
        }

        await Task.WhenAll(acknowledged, received);
    }

    [Theory]
    [InlineData(HookFailure.Refuse, "implementation-specific-error")]
    [InlineData(HookFailure.Continue, "success")]
    public async Task A_hook_that_throws_or_hangs_has_a_defined_answer(HookFailure onFailure, string answer)
    {
        var never = new TaskCompletionSource<PublishAnswer>();
        await using TestBroker broker = await Hook.StartAsync(
            new HookOptions { OnFailure = onFailure, TimeoutMilliseconds = 2000 },
            Hook.Publish((attempt, _) => attempt.Message.Topic == "throw" ? throw new InvalidOperationException("a fault") : new(never.Task)));
        TestClient client = await broker.ConnectAsync("client=c");
        await client.SubscribeAsync("# qos=0");
        await client.SendAsync("PUBLISH throw qos=1 id=1 \"x\"");
        await ExpectAnswerAsync(client, answer);

        await client.SendAsync("PUBLISH hang qos=1 id=2 \"x\"");
        Task answered = ExpectAnswerAsync(client, answer);
        await broker.AdvanceUntilAsync(answered);
        await answered;
        await client.ExpectSilenceAsync();
    }

    [Fact]
    public async Task What_a_hook_may_not_make_of_a_message_is_refused_and_the_client_goes_on()
    {
        await using TestBroker broker = await Hook.StartAsync(Hook.Publish((attempt, _) => new(PublishAnswer.Replace(attempt.Message.Topic switch
        {
            "wildcard" => attempt.Message with { Topic = "a/+" },
            "empty" => attempt.Message with { Topic = "" },
            "qos" => attempt.Message with { QoS = QoS.ExactlyOnce },
            _ => attempt.Message with { Topic = new string('x', 70_000) },
        }))));
        TestClient client = await broker.ConnectAsync("client=c");
        await client.SubscribeAsync("# qos=1");
        foreach (string topic in (string[])["wildcard", "empty", "qos", "long"])
        {
            await client.SendAsync($"PUBLISH {topic} qos=1 id=1 \"x\"");
            Assert.Equal("implementation-specific-error", (await client.ReceiveAsync("PUBACK")).Reasons[0]);
        }

        await client.ExpectSilenceAsync();
    }

    [Fact]
    public async Task A_reason_code_that_the_client_cannot_be_told_is_a_failure()
    {
        await using TestBroker broker = await Hook.StartAsync(new Confused(), Hook.Publish((attempt, _) => new(PublishAnswer.Refuse(ReasonCode.SessionTakenOver))));
        TestClient refused = broker.Open();
        await refused.SendAsync("CONNECT client=confusing");
        Assert.Equal("server-unavailable", (await refused.ReceiveAsync("CONNACK")).Reasons[0]);
        TestClient client = await broker.ConnectAsync("client=c");
        await client.SendAsync("SUBSCRIBE id=1 t qos=1");
        Assert.Equal(["implementation-specific-error"], (await client.ReceiveAsync("SUBACK")).Reasons);
        await client.SendAsync("PUBLISH t qos=1 id=1 \"x\"");
        Assert.Equal("implementation-specific-error", (await client.ReceiveAsync("PUBACK")).Reasons[0]);
    }

    [Fact]
    public async Task Who_is_connected_at_the_end_is_told_of_too_and_who_never_was_is_not()
    {
        var diary = new Diary();
        await using (TestBroker broker = await Hook.StartAsync(diary, new Gatekeeper()))
        {
            TestClient stranger = broker.Open();
            await stranger.SendAsync("CONNECT client=stranger");
            await stranger.ReceiveAsync("CONNACK");
            await stranger.ExpectCloseAsync();
            await broker.ConnectAsync("client=a");
            await broker.Broker.StopAsync(TestContext.Current.CancellationToken);
            Assert.Equal(["a connected", "a disconnected"], diary.Entries);
        }
    }

    [Fact]
    public async Task Connects_and_subscriptions_are_judged()
    {
        await using TestBroker broker = await Hook.StartAsync(new Gatekeeper());
        TestClient stranger = broker.Open();
        await stranger.SendAsync("CONNECT client=stranger");
        Assert.Equal("banned", (await stranger.ReceiveAsync("CONNACK")).Reasons[0]);
        TestClient friend = await broker.ConnectAsync("client=friend");
        await friend.SendAsync("SUBSCRIBE id=1 public/# qos=1 secret/# qos=1");
        Packet ack = await friend.ReceiveAsync("SUBACK");
        Assert.Equal(["granted-qos-1", "not-authorized"], ack.Reasons);
        TestClient hasty = broker.Open();
        await hasty.SendAsync("CONNECT client=fault");
        Assert.Equal("server-unavailable", (await hasty.ReceiveAsync("CONNACK")).Reasons[0]);
    }

    [Fact]
    public async Task What_becomes_of_clients_is_told_in_order()
    {
        var diary = new Diary();
        await using TestBroker broker = await Hook.StartAsync(diary);
        TestClient client = await broker.ConnectAsync("client=c clean=0 expiry=5");
        await client.SendAsync("DISCONNECT");
        await client.ExpectCloseAsync();
        TestClient other = await broker.ConnectAsync("client=faulty");
        await other.DropAsync();
        await Eventually.HoldsAsync(() => diary.Entries.Count == 4); // before the clock goes on, by which a hook may be too slow
        await broker.AdvanceUntilAsync(diary.HasExpired.Task);
        Assert.Equal(["c connected", "c disconnected", "faulty connected", "faulty disconnected", "c expired"], diary.Entries);
    }

    private static async Task ExpectAnswerAsync(TestClient client, string answer)
    {
        if (answer == "success")
        {
            await client.ReceiveAsync("PUBLISH");
        }

        Assert.Equal(answer, (await client.ReceiveAsync("PUBACK")).Reasons.FirstOrDefault("success"));
    }

    private sealed class Gatekeeper : IConnectHook, ISubscribeHook
    {
        public ValueTask<HookAnswer> OnConnectAsync(ConnectAttempt attempt, CancellationToken cancellationToken) => attempt.Client.ClientId switch
        {
            "stranger" => new(HookAnswer.Refuse(ReasonCode.Banned)),
            "fault" => throw new InvalidOperationException("a fault"),
            _ => new(HookAnswer.Continue),
        };

        public async ValueTask<HookAnswer> OnSubscribeAsync(SubscribeAttempt attempt, CancellationToken cancellationToken)
        {
            await Task.Yield();
            return attempt.Request.Filter.StartsWith("secret", StringComparison.Ordinal) ? HookAnswer.Refuse() : default;
        }
    }

    private sealed class Confused : IConnectHook, ISubscribeHook
    {
        public ValueTask<HookAnswer> OnConnectAsync(ConnectAttempt attempt, CancellationToken cancellationToken) =>
            new(attempt.Client.ClientId == "confusing" ? HookAnswer.Refuse(ReasonCode.SessionTakenOver) : default);

        public ValueTask<HookAnswer> OnSubscribeAsync(SubscribeAttempt attempt, CancellationToken cancellationToken) => new(HookAnswer.Refuse(ReasonCode.SessionTakenOver));
    }

    private sealed class Diary : IClientHook
    {
        private readonly ConcurrentQueue<string> _entries = new();

        public TaskCompletionSource HasExpired { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ConcurrentQueue<string> Entries => _entries;

        public async ValueTask OnConnectedAsync(ClientIdentity client, CancellationToken cancellationToken)
        {
            await Task.Yield();
            _entries.Enqueue($"{client.ClientId} connected");
        }

        public ValueTask OnDisconnectedAsync(ClientIdentity client, string reason, CancellationToken cancellationToken)
        {
            _entries.Enqueue($"{client.ClientId} disconnected");
            return client.ClientId == "faulty" ? throw new InvalidOperationException("a fault") : default;
        }

        public ValueTask OnSessionExpiredAsync(string clientId, CancellationToken cancellationToken)
        {
            _entries.Enqueue($"{clientId} expired");
            HasExpired.TrySetResult();
            return default;
        }
    }
}
