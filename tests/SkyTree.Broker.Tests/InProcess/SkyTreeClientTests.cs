using System.Globalization;
using System.Text;
using SkyTree.Broker.Tests.Harness;
using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Publishing;
using SkyTree.Core.InProcess;
using SkyTree.Core.Protocol;

namespace SkyTree.Broker.Tests.InProcess;

/// <summary>The broker's client for code of the same process.</summary>
public sealed class SkyTreeClientTests
{
    [Fact]
    public async Task What_is_published_in_the_process_reaches_its_subscribers_and_those_outside()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        var client = new SkyTreeClient(broker.Broker);
        TestClient outside = await broker.ConnectAsync("client=outside");
        await outside.SubscribeAsync("a/# qos=1");
        await using MessageSubscription inside = await client.SubscribeAsync(new SubscribeOptions { Filters = ["a/+", "b"] });
        await using IAsyncEnumerator<ReceivedMessage> messages = inside.GetAsyncEnumerator();

        PublishResult result = await client.PublishAsync("a/1", "hello");
        Assert.Equal(2, result.Matched);
        Assert.Equal("hello", (await outside.ReceiveAsync("PUBLISH")).Text);
        ReceivedMessage message = await NextAsync(messages);
        Assert.Equal(("a/1", "hello", QoS.AtLeastOnce), (message.Topic, Encoding.UTF8.GetString(message.Payload.Span), message.QoS));

        await outside.SendAsync("PUBLISH b qos=0 \"from outside\"");
        Assert.Equal("from outside", Encoding.UTF8.GetString((await NextAsync(messages)).Payload.Span));
    }

    [Fact]
    public async Task A_durable_subscription_goes_on_at_what_was_not_acknowledged()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        var client = new SkyTreeClient(broker.Broker);
        var options = new SubscribeOptions { Filters = ["a"], ClientId = "worker", SessionExpirySeconds = 100 };
        await using (MessageSubscription first = await client.SubscribeAsync(options))
        {
            Assert.False(first.SessionPresent);
            for (int i = 0; i < 4; i++)
            {
                await client.PublishAsync("a", i.ToString(CultureInfo.InvariantCulture));
            }

            await using IAsyncEnumerator<ReceivedMessage> messages = first.GetAsyncEnumerator();
            Assert.Equal("0", Text(await NextAsync(messages)));
            Assert.Equal("1", Text(await NextAsync(messages))); // at this one it ends
        }

        await client.PublishAsync("a", "4");
        await using MessageSubscription second = await client.SubscribeAsync(options);
        Assert.True(second.SessionPresent);
        await using IAsyncEnumerator<ReceivedMessage> rest = second.GetAsyncEnumerator();
        foreach (string expected in (string[])["1", "2", "3", "4"])
        {
            ReceivedMessage message = await NextAsync(rest);
            Assert.Equal(expected, Text(message));
        }
    }

    [Fact]
    public async Task Who_reads_slowly_is_not_sent_more_than_its_window_and_loses_nothing()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        var client = new SkyTreeClient(broker.Broker);
        await using MessageSubscription slow = await client.SubscribeAsync(
            new SubscribeOptions { Filters = ["a"], ClientId = "slow", SessionExpirySeconds = 100, Window = 10 });
        for (int i = 0; i < 3000; i++)
        {
            await client.PublishAsync("a", i.ToString(CultureInfo.InvariantCulture));
        }

        Assert.InRange((await broker.Broker.Admin.Sessions.GetAsync(Caller.Application, "slow")).Live!.Inflight, 1, 10);
        await using IAsyncEnumerator<ReceivedMessage> messages = slow.GetAsyncEnumerator();
        for (int i = 0; i < 3000; i++)
        {
            Assert.Equal(i.ToString(CultureInfo.InvariantCulture), Text(await NextAsync(messages)));
        }
    }

    [Fact]
    public async Task QoS_2_comes_once()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        var client = new SkyTreeClient(broker.Broker);
        await using MessageSubscription subscription = await client.SubscribeAsync(
            new SubscribeOptions { Filters = ["a"], QoS = QoS.ExactlyOnce, ClientId = "two", SessionExpirySeconds = 100, Window = 2 });
        await using IAsyncEnumerator<ReceivedMessage> messages = subscription.GetAsyncEnumerator();
        for (int i = 0; i < 20; i++)
        {
            await client.PublishAsync("a", i.ToString(CultureInfo.InvariantCulture), QoS.ExactlyOnce);
            ReceivedMessage message = await NextAsync(messages);
            Assert.Equal((i.ToString(CultureInfo.InvariantCulture), QoS.ExactlyOnce), (Text(message), message.QoS));
        }
    }

    [Fact]
    public async Task It_is_kept_from_nothing_and_not_asked_who_it_is()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        broker.Authenticator.Users["somebody"] = "else";
        broker.Authorizer.DeniedSubscriptions = [""];
        broker.Authorizer.DeniedPublishes = [""];
        var client = new SkyTreeClient(broker.Broker);
        await using MessageSubscription subscription = await client.SubscribeAsync(new SubscribeOptions { Filters = ["a"] });
        await using IAsyncEnumerator<ReceivedMessage> messages = subscription.GetAsyncEnumerator();
        await client.PublishAsync("a", "x");
        Assert.Equal("x", Text(await NextAsync(messages)));
    }

    [Fact]
    public async Task Many_are_acknowledged_by_hand_in_any_order()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        var client = new SkyTreeClient(broker.Broker);
        var options = new SubscribeOptions { Filters = ["a"], ClientId = "hand", SessionExpirySeconds = 100, Window = 3 };
        await using (MessageSubscription subscription = await client.SubscribeAsync(options))
        {
            var got = new List<ReceivedMessage>();
            for (int i = 0; i < 6; i++)
            {
                await client.PublishAsync("a", i.ToString(CultureInfo.InvariantCulture));
            }

            for (int i = 0; i < 3; i++)
            {
                got.Add((await subscription.ReceiveAsync())!);
            }

            await subscription.AcknowledgeAsync(got[2]);
            await subscription.AcknowledgeAsync(got[0]);
            Assert.Equal("3", Text((await subscription.ReceiveAsync())!));
        }

        await using MessageSubscription again = await client.SubscribeAsync(options);
        var rest = new List<string>();
        for (int i = 0; i < 4; i++)
        {
            ReceivedMessage message = (await again.ReceiveAsync())!;
            rest.Add(Text(message));
            await again.AcknowledgeAsync(message);
        }

        Assert.Equal(["1", "3", "4", "5"], rest);
    }

    [Fact]
    public async Task Nobody_from_outside_has_a_client_identifier_that_is_the_programs_own()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        broker.Broker.ReserveClientId("own");
        TestClient stranger = broker.Open();
        await stranger.SendAsync("CONNECT client=own");
        Assert.Equal("client-identifier-not-valid", (await stranger.ReceiveAsync("CONNACK")).Reasons[0]);
        await using MessageSubscription subscription = await new SkyTreeClient(broker.Broker).SubscribeAsync(
            new SubscribeOptions { Filters = ["a"], ClientId = "own", SessionExpirySeconds = 100 });
        Assert.Equal("own", subscription.ClientId);
    }

    [Fact]
    public async Task A_kick_ends_it_with_the_reason()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        var client = new SkyTreeClient(broker.Broker);
        await using MessageSubscription subscription = await client.SubscribeAsync(new SubscribeOptions { Filters = ["a"], ClientId = "kicked" });
        await using IAsyncEnumerator<ReceivedMessage> messages = subscription.GetAsyncEnumerator();
        await broker.Broker.Admin.Sessions.KickAsync(Caller.Application, "kicked");
        SubscriptionEndedException ended = await Assert.ThrowsAsync<SubscriptionEndedException>(() => NextAsync(messages));
        Assert.Equal(ReasonCode.AdministrativeAction, ended.Code);
    }

    [Fact]
    public async Task Another_of_its_identifier_takes_it_over()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        var client = new SkyTreeClient(broker.Broker);
        await using MessageSubscription first = await client.SubscribeAsync(new SubscribeOptions { Filters = ["a"], ClientId = "one" });
        await using IAsyncEnumerator<ReceivedMessage> messages = first.GetAsyncEnumerator();
        await using MessageSubscription second = await client.SubscribeAsync(new SubscribeOptions { Filters = ["a"], ClientId = "one" });
        SubscriptionEndedException ended = await Assert.ThrowsAsync<SubscriptionEndedException>(() => NextAsync(messages));
        Assert.Equal(ReasonCode.SessionTakenOver, ended.Code);
    }

    [Fact]
    public async Task When_the_broker_stops_the_messages_end()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        var client = new SkyTreeClient(broker.Broker);
        await using MessageSubscription subscription = await client.SubscribeAsync(new SubscribeOptions { Filters = ["a"] });
        await using IAsyncEnumerator<ReceivedMessage> messages = subscription.GetAsyncEnumerator();
        Task<bool> next = messages.MoveNextAsync().AsTask();
        Task stopping = broker.Broker.StopAsync().AsTask();
        Assert.False(await next.WaitAsync(Deadline.Default));
        await subscription.DisposeAsync();
        await stopping.WaitAsync(Deadline.Default);
        SubscriptionEndedException refused = await Assert.ThrowsAsync<SubscriptionEndedException>(
            () => client.SubscribeAsync(new SubscribeOptions { Filters = ["a"] }));
        Assert.Equal(ReasonCode.ServerUnavailable, refused.Code);
    }

    [Fact]
    public async Task Its_session_ends_with_it_and_reading_can_be_given_up()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        var client = new SkyTreeClient(broker.Broker);
        using var enough = new CancellationTokenSource();
        Task reading = Task.Run(async () =>
        {
            await foreach (ReceivedMessage message in client.ReadAsync("a", enough.Token))
            {
                Assert.Equal("x", Text(message));
                await enough.CancelAsync();
            }
        });
        while (!reading.IsCompleted)
        {
            await client.PublishAsync("a", "x");
        }

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        Assert.Equal(0, broker.Broker.SessionCount);
    }

    [Theory]
    [InlineData("", null, 0u, (ushort)1, "no topic filter")]
    [InlineData("a/#/b", null, 0u, (ushort)1, "'a/#/b' is not a topic filter")]
    [InlineData("a", null, 5u, (ushort)1, "needs a client identifier")]
    [InlineData("a", "c", 5u, (ushort)0, "window")]
    public async Task What_makes_no_sense_is_said(string filter, string? clientId, uint expiry, ushort window, string message)
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        var client = new SkyTreeClient(broker.Broker);
        ArgumentException wrong = await Assert.ThrowsAnyAsync<ArgumentException>(() => client.SubscribeAsync(
            new SubscribeOptions { Filters = filter.Length == 0 ? [] : [filter], ClientId = clientId, SessionExpirySeconds = expiry, Window = window }));
        Assert.Contains(message.Replace("no topic filter", "must be a topic filter", StringComparison.Ordinal), wrong.Message, StringComparison.Ordinal);
        AdminException topic = await Assert.ThrowsAsync<AdminException>(() => client.PublishAsync("a/+", "x"));
        Assert.Equal("bad_topic", topic.Code);
        Assert.Equal(0, broker.Broker.SessionCount);
    }

    [Fact]
    public async Task What_the_broker_refuses_is_said()
    {
        await using TestBroker broker = await TestBroker.StartAsync(new BrokerOptions { SysTopicsSeconds = 0, SharedSubscriptionAvailable = false });
        var client = new SkyTreeClient(broker.Broker);
        SubscriptionEndedException refused = await Assert.ThrowsAsync<SubscriptionEndedException>(
            () => client.SubscribeAsync(new SubscribeOptions { Filters = ["$share/g/a"] }));
        Assert.Equal(ReasonCode.SharedSubscriptionsNotSupported, refused.Code);
    }

    private static async Task<ReceivedMessage> NextAsync(IAsyncEnumerator<ReceivedMessage> messages)
    {
        Assert.True(await messages.MoveNextAsync().AsTask().WaitAsync(Deadline.Default), "The messages have ended.");
        return messages.Current;
    }

    private static string Text(ReceivedMessage message) => Encoding.UTF8.GetString(message.Payload.Span);
}
