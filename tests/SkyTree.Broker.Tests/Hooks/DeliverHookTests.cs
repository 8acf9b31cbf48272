using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using SkyTree.Broker.Tests.Harness;
using SkyTree.Core.Admin.Messages;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Hooks;
using SkyTree.Core.Protocol;

namespace SkyTree.Broker.Tests.Hooks;

/// <summary>Hooks that see what clients are sent.</summary>
public sealed class DeliverHookTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_message_to_one_client_is_changed_redirected_or_dropped_and_others_get_it_as_it_is(int qos)
    {
        await using TestBroker broker = await Hook.StartAsync(Hook.Deliver(
            async (attempt, _) =>
            {
                await Task.Yield();
                Assert.Equal(("p", (QoS)qos), (attempt.PublisherId, attempt.Message.QoS));
                return attempt.Message.Topic switch
                {
                    "change" => DeliverAnswer.Replace(attempt.Message with
                    {
                        Payload = Encoding.UTF8.GetBytes("for " + attempt.Client.ClientId),
                        Properties = new MessageProperties { ContentType = "text", UserProperties = [new UserProperty("k", "v")] },
                    }),
                    "redirect" => DeliverAnswer.Replace(attempt.Message with { Topic = "elsewhere" }),
                    "drop" => DeliverAnswer.Drop,
                    _ => default,
                };
            },
            client => client.ClientId.StartsWith('h')));
        TestClient hooked = await broker.ConnectAsync("client=hooked receive-max=1");
        TestClient durable = await broker.ConnectAsync("client=hooked-too receive-max=1 clean=0 expiry=100");
        TestClient other = await broker.ConnectAsync("client=other receive-max=1");
        TestClient publisher = await broker.ConnectAsync("client=p");
        foreach (TestClient client in (TestClient[])[hooked, durable, other])
        {
            await client.SubscribeAsync($"# qos={qos}");
        }

        string[] topics = ["drop", "change", "drop", "drop", "redirect", "plain", "drop"];
        for (int i = 0; i < topics.Length; i++)
        {
            await publisher.SendAsync($"PUBLISH {topics[i]} qos={qos}{(qos > 0 ? $" id={i + 1}" : "")} \"x\"");
            if (qos == 1)
            {
                await publisher.ReceiveAsync("PUBACK");
            }
            else if (qos == 2)
            {
                await publisher.ReceiveAsync("PUBREC");
                await publisher.SendAsync($"PUBREL id={i + 1}");
                await publisher.ReceiveAsync("PUBCOMP");
            }
        }

        foreach (string topic in topics)
        {
            Packet message = await TakeAsync(other);
            Assert.Equal((topic, "x"), (message.Topic, message.Text));
        }

        foreach ((TestClient client, string name) in ((TestClient, string)[])[(hooked, "hooked"), (durable, "hooked-too")])
        {
            await ExpectAsync(client, "for " + name);
        }

        await Eventually.HoldsAsync(() => broker.Broker.Drops[DropReason.Hook] == 8);
        await Eventually.AdvancesAsync(broker, () => broker.Broker.FindLag("hooked-too") == 0); // its cursor is past what was dropped

        static async Task ExpectAsync(TestClient client, string changed)
        {
            Packet first = await TakeAsync(client);
            Assert.Equal(("change", changed, "text", "k:v"), (first.Topic, first.Text, first["content-type"], first["user"]));
            Packet second = await TakeAsync(client);
            Assert.Equal(("elsewhere", "x"), (second.Topic, second.Text));
            Packet third = await TakeAsync(client);
            Assert.Equal(("plain", "x"), (third.Topic, third.Text));
            await client.ExpectSilenceAsync();
        }
    }

    [Fact]
    public async Task What_a_durable_session_is_not_to_get_does_not_come_again_when_it_is_back()
    {
        var seen = new ConcurrentQueue<string>();
        await using TestBroker broker = await Hook.StartAsync(Hook.Deliver(attempt =>
        {
            seen.Enqueue(attempt.Message.Topic + (attempt.IsRepeated ? " again" : "") + (attempt.Offset is null ? " from memory" : ""));
            return attempt.Message.Topic.StartsWith("drop", StringComparison.Ordinal) ? DeliverAnswer.Drop : default;
        }));
        TestClient client = await broker.ConnectAsync("client=c clean=0 expiry=100");
        await client.SubscribeAsync("# qos=2");
        await client.DropAsync();
        TestClient publisher = await broker.ConnectAsync("client=p");
        foreach ((string topic, int qos) in new[] { ("drop/1", 1), ("keep/1", 1), ("drop/2", 2), ("keep/2", 2) })
        {
            await PublishAsync(publisher, topic, qos);
        }

        client = await broker.ConnectAsync("client=c clean=0 expiry=100");
        Assert.Equal("keep/1", (await client.ReceiveAsync("PUBLISH")).Topic);
        Packet last = await client.ReceiveAsync("PUBLISH");
        Assert.Equal("keep/2", last.Topic);
        await client.SendAsync($"PUBREC id={last.Id}");
        await client.ExpectAsync($"PUBREL id={last.Id}");
        await client.DropAsync();
        client = await broker.ConnectAsync("client=c clean=0 expiry=100");
        (Packet first, Packet second) = (await client.ReceiveAsync(), await client.ReceiveAsync());
        Packet again = first.Name == "PUBLISH" ? first : second; // PUBREL is not asked about, so it may come first
        Assert.Equal(("keep/1", true), (again.Topic, again.Has("dup")));
        Assert.Equal("PUBREL", (first.Name == "PUBLISH" ? second : first).Name);
        await client.SendAsync($"PUBACK id={again.Id}");
        await client.SendAsync($"PUBCOMP id={last.Id}");
        await client.ExpectSilenceAsync();
        Assert.Equal(["drop/1", "keep/1", "drop/2", "keep/2", "keep/1 again"], seen);
        await Eventually.AdvancesAsync(broker, () => broker.Broker.FindLag("c") == 0);
        Assert.Equal(2, broker.Broker.Drops[DropReason.Hook]);
    }

    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "")]
    [InlineData(2, "")]
    [InlineData(1, " clean=0 expiry=100")]
    [InlineData(2, " clean=0 expiry=100")]
    public async Task A_flood_comes_in_order_without_what_was_dropped_through_a_small_window(int qos, string durable)
    {
        const int Messages = 1500;
        int seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        bool[] dropped = [.. Enumerable.Range(0, Messages).Select(i => i < Messages - 1 && random.Next(3) == 0)];
        bool[] waits = [.. Enumerable.Range(0, Messages).Select(_ => random.Next(4) == 0)];
        await using TestBroker broker = await Hook.StartAsync(Hook.Deliver(async (attempt, _) =>
        {
            int number = int.Parse(Encoding.UTF8.GetString(attempt.Message.Payload.Span), CultureInfo.InvariantCulture);
            if (waits[number])
            {
                await Task.Yield();
            }

            return dropped[number] ? DeliverAnswer.Drop : DeliverAnswer.Replace(attempt.Message with { Payload = Encoding.UTF8.GetBytes($"{number}!") });
        }));
        TestClient client = await broker.ConnectAsync($"client=c receive-max=7{durable}");
        await client.SubscribeAsync($"t qos={qos}");
        TestClient publisher = await broker.ConnectAsync("client=p");
        Task publishing = Task.Run(async () =>
        {
            for (int i = 0; i < Messages; i++)
            {
                await publisher.SendAsync($"PUBLISH t qos={Math.Min(qos, 1)}{(qos > 0 ? $" id={i + 1}" : "")} \"{i}\"");
                if (qos > 0)
                {
                    await publisher.ReceiveAsync("PUBACK");
                }
            }
        });
        for (int i = 0; i < Messages; i++)
        {
            if (!dropped[i])
            {
                Assert.Equal($"{i}!", (await TakeAsync(client)).Text);
            }
        }

        await publishing;
        Assert.Equal(dropped.Count(drop => drop), broker.Broker.Drops[DropReason.Hook]);
    }

    [Theory]
    [InlineData(HookFailure.Refuse, 1)]
    [InlineData(HookFailure.Refuse, 2)]
    [InlineData(HookFailure.Continue, 1)]
    [InlineData(HookFailure.Continue, 2)]
    public async Task One_that_throws_hangs_or_answers_nonsense_has_a_defined_answer_and_holds_up_nobody_else(HookFailure onFailure, int qos)
    {
        var never = new TaskCompletionSource<DeliverAnswer>();
        await using TestBroker broker = await Hook.StartAsync(
            new HookOptions { OnFailure = onFailure, TimeoutMilliseconds = 2000 },
            Hook.Deliver(
                (attempt, _) => attempt.Message.Topic switch
                {
                    "throw" => throw new InvalidOperationException("a fault"),
                    "hang" => new(never.Task),
                    "wildcard" => new(DeliverAnswer.Replace(attempt.Message with { Topic = "a/+" })),
                    "qos" => new(DeliverAnswer.Replace(attempt.Message with { QoS = QoS.AtMostOnce })),
                    "retain" => new(DeliverAnswer.Replace(attempt.Message with { Retain = true })),
                    _ => default,
                },
                client => client.ClientId == "c"));
        TestClient client = await broker.ConnectAsync("client=c receive-max=1 clean=0 expiry=1000");
        await client.SubscribeAsync($"# qos={qos}");
        TestClient other = await broker.ConnectAsync("client=other");
        await other.SubscribeAsync($"# qos=0");
        TestClient publisher = await broker.ConnectAsync("client=p");
        string[] topics = ["throw", "wildcard", "qos", "retain", "hang", "fine"];
        foreach (string topic in topics)
        {
            await PublishAsync(publisher, topic, qos);
            Assert.Equal(topic, (await other.ReceiveAsync("PUBLISH")).Topic); // while the client's own are held up
        }

        Task taking = Task.Run(async () =>
        {
            foreach (string topic in onFailure == HookFailure.Continue ? topics : ["fine"])
            {
                Assert.Equal(topic, (await TakeAsync(client)).Topic);
            }
        });
        await broker.AdvanceUntilAsync(taking);
        await taking;
        Assert.Equal(onFailure == HookFailure.Continue ? 0 : 5, broker.Broker.Drops[DropReason.Hook]);
        await client.ExpectSilenceAsync();
    }

    [Fact]
    public async Task A_client_that_goes_while_a_hook_is_asked_gets_the_message_when_it_is_back()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int calls = 0;
        await using TestBroker broker = await Hook.StartAsync(Hook.Deliver(async (attempt, token) =>
        {
            if (Interlocked.Increment(ref calls) == 1)
            {
                using CancellationTokenRegistration registration = token.Register(() => told.TrySetResult());
                asked.SetResult();
                await Task.Delay(Timeout.Infinite, token);
            }

            return default;
        }));
        TestClient client = await broker.ConnectAsync("client=c clean=0 expiry=100");
        await client.SubscribeAsync("t qos=1");
        TestClient publisher = await broker.ConnectAsync("client=p");
        await PublishAsync(publisher, "t", 1);
        await asked.Task.WaitAsync(Deadline.Default);
        await client.DropAsync();
        await told.Task.WaitAsync(Deadline.Default);
        client = await broker.ConnectAsync("client=c clean=0 expiry=100");
        Assert.Equal("t", (await client.ReceiveAsync("PUBLISH")).Topic);
        Assert.Equal(0, broker.Broker.Drops[DropReason.Hook]);
    }

    [Fact]
    public async Task Retained_messages_replays_and_shared_groups_are_seen_too()
    {
        var seen = new ConcurrentQueue<string>();
        await using TestBroker broker = await Hook.StartAsync(Hook.Deliver(attempt =>
        {
            seen.Enqueue($"{attempt.Message.Topic} to {attempt.Client.ClientId}{(attempt.Message.Retain ? ", retained" : "")}");
            return attempt.Message.Topic.EndsWith("drop", StringComparison.Ordinal) ? DeliverAnswer.Drop : default;
        }));
        TestClient publisher = await broker.ConnectAsync("client=p");
        await publisher.SendAsync("PUBLISH r/drop qos=1 id=1 retain \"x\"");
        await publisher.ReceiveAsync("PUBACK");
        await publisher.SendAsync("PUBLISH r/keep qos=1 id=1 retain \"x\"");
        await publisher.ReceiveAsync("PUBACK");
        TestClient client = await broker.ConnectAsync("client=c clean=0 expiry=100 receive-max=1");
        await client.SubscribeAsync("r/# qos=1 $share/g/s/# qos=1");
        Assert.Equal("r/keep", (await TakeAsync(client)).Topic);
        foreach (string topic in (string[])["s/drop", "s/1", "s/2/drop", "s/3"])
        {
            await PublishAsync(publisher, topic, 1);
        }

        Assert.Equal("s/1", (await TakeAsync(client)).Topic);
        Assert.Equal("s/3", (await TakeAsync(client)).Topic);
        await client.SubscribeAsync("$replay/earliest/s/# qos=1");
        Assert.Equal("s/1", (await TakeAsync(client)).Topic);
        Assert.Equal("s/3", (await TakeAsync(client)).Topic);
        await client.ExpectSilenceAsync();
        Assert.Equal(2, seen.Count(entry => entry.EndsWith(", retained", StringComparison.Ordinal)));
        Assert.Equal(5, broker.Broker.Drops[DropReason.Hook]);
        await Eventually.AdvancesAsync(broker, () => broker.Broker.FindLag("c") == 0);
    }

    [Fact]
    public async Task Several_are_asked_in_order_and_a_drop_ends_it()
    {
        object Append(string letter) => Hook.Deliver(attempt => attempt.Message.Payload.Length > 2
            ? DeliverAnswer.Drop
            : DeliverAnswer.Replace(attempt.Message with { Payload = (byte[])[.. attempt.Message.Payload.Span, (byte)letter[0]] }));
        await using TestBroker broker = await Hook.StartAsync(Append("a"), Append("b"));
        TestClient client = await broker.ConnectAsync("client=c");
        await client.SubscribeAsync("t qos=0");
        await client.SendAsync("PUBLISH t qos=0 \"x\"");
        Assert.Equal("xab", (await client.ReceiveAsync("PUBLISH")).Text);
        await client.SendAsync("PUBLISH t qos=0 \"xy\"");
        await client.SendAsync("PUBLISH t qos=0 \"\"");
        Assert.Equal("ab", (await client.ReceiveAsync("PUBLISH")).Text);
    }

    [Fact]
    public async Task A_message_made_too_large_for_the_client_is_dropped_as_such()
    {
        await using TestBroker broker = await Hook.StartAsync(Hook.Deliver(attempt =>
            attempt.Message.Topic == "large" ? DeliverAnswer.Replace(attempt.Message with { Payload = new byte[1000] }) : default));
        TestClient client = await broker.ConnectAsync("client=c max-packet=500 receive-max=1");
        await client.SubscribeAsync("# qos=1");
        TestClient publisher = await broker.ConnectAsync("client=p");
        await PublishAsync(publisher, "large", 1);
        await PublishAsync(publisher, "small", 1);
        Assert.Equal("small", (await TakeAsync(client)).Topic);
        Assert.Equal(1, broker.Broker.Drops[DropReason.PacketTooLarge]);
    }

    [Fact]
    public async Task What_waits_for_a_hook_is_bounded()
    {
        var gate = new TaskCompletionSource<DeliverAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestBroker broker = await TestBroker.StartAsync(
            limits: new SkyTree.Core.Listeners.ListenerLimits { MaxOutboundBytes = 64 * 1024 },
            hooks: new HookRegistrations([Hook.Deliver((_, _) => new(gate.Task), client => client.ClientId == "c")], new HookOptions()));
        TestClient client = await broker.ConnectAsync("client=c");
        await client.SubscribeAsync("# qos=0");
        TestClient publisher = await broker.ConnectAsync("client=p");
        string kilobyte = new('x', 1024);
        for (int i = 0; i < 200; i++)
        {
            await publisher.SendAsync($"PUBLISH t qos=0 \"{kilobyte}\"");
        }

        await publisher.ExpectSilenceAsync();
        long dropped = broker.Broker.Drops[DropReason.SlowConsumer];
        Assert.InRange(dropped, 130, 140); // about 64 KiB are held
        gate.SetResult(default);
        for (int i = 0; i < 200 - dropped; i++)
        {
            Assert.Equal(kilobyte, (await client.ReceiveAsync("PUBLISH")).Text);
        }

        await client.ExpectSilenceAsync(); // the answer comes with a later flush: by then nothing of the flood is on its way any more
        await publisher.SendAsync("PUBLISH t qos=0 \"again\"");
        Assert.Equal("again", (await client.ReceiveAsync("PUBLISH")).Text);
    }

    private static async Task PublishAsync(TestClient publisher, string topic, int qos)
    {
        await publisher.SendAsync($"PUBLISH {topic} qos={qos} id=1 \"x\"");
        if (qos == 1)
        {
            await publisher.ReceiveAsync("PUBACK");
        }
        else
        {
            await publisher.ReceiveAsync("PUBREC");
            await publisher.SendAsync("PUBREL id=1");
            await publisher.ReceiveAsync("PUBCOMP");
        }
    }

    /// <summary>Takes a message and acknowledges it.</summary>
    private static async Task<Packet> TakeAsync(TestClient client)
    {
        Packet message = await client.ReceiveAsync("PUBLISH");
        if (message.QoS == 1)
        {
            await client.SendAsync($"PUBACK id={message.Id}");
        }
        else if (message.QoS == 2)
        {
            await client.SendAsync($"PUBREC id={message.Id}");
            await client.ExpectAsync($"PUBREL id={message.Id}");
            await client.SendAsync($"PUBCOMP id={message.Id}");
        }

        return message;
    }
}
