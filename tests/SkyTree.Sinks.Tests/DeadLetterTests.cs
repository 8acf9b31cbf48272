using System.Globalization;
using System.Text;
using SkyTree.Core.InProcess;
using SkyTree.Sinks.Tests.Harness;
using Xunit;

namespace SkyTree.Sinks.Tests;

/// <summary>What the other system will never take.</summary>
public sealed class DeadLetterTests
{
    private static readonly SinkOptions s_options = new() { Filters = ["a/#"], RetryMilliseconds = 10, RetryMaximumSeconds = 1, DeadLetterTopic = "dead" };

    [Fact]
    public async Task Only_the_messages_that_are_refused_are_given_up_and_the_others_keep_their_order()
    {
        await using Receiver receiver = await Receiver.StartAsync(RefusePoison);
        await using SinkBroker broker = await SinkBroker.StartAsync(WebhookTests.Define(receiver, s_options));
        await using MessageSubscription dead = await broker.Client.SubscribeAsync(new SubscribeOptions { Filters = ["dead"], ClientId = "undertaker", SessionExpirySeconds = 100 });
        for (int i = 0; i < 50; i++)
        {
            await broker.Client.PublishAsync("a/0", i is 17 or 31 ? "poison" : i.ToString(CultureInfo.InvariantCulture));
        }

        SinkStatus status = await broker.UntilAsync("hook", now => now is { Written: 48, DeadLettered: 2, Lag: <= 2 });
        Assert.Equal(SinkState.Running, status.State);
        Assert.Equal([.. Enumerable.Range(0, 50).Where(i => i is not (17 or 31)).Select(i => i.ToString(CultureInfo.InvariantCulture))], receiver.Of("a/0"));
        for (int i = 0; i < 2; i++)
        {
            using CancellationTokenSource deadline = new(Eventually.Deadline);
            ReceivedMessage letter = (await dead.ReceiveAsync(deadline.Token))!;
            Assert.Equal("poison", Encoding.UTF8.GetString(letter.Payload.Span));
            Dictionary<string, string> properties = letter.UserProperties.ToDictionary(property => property.Name, property => property.Value);
            Assert.Equal(("hook", "a/0", "the server answers 422: no poison, please"), (properties["skytree-sink"], properties["skytree-topic"], properties["skytree-reason"]));
            Assert.True(long.Parse(properties["skytree-sink-offset"], CultureInfo.InvariantCulture) > 0);
        }
    }

    [Fact]
    public async Task After_so_many_attempts_a_batch_is_given_up_and_the_next_is_written()
    {
        await using Receiver receiver = await Receiver.StartAsync(post => post.Messages.Any(message => message.Topic == "a/bad") ? new Answer(500, Takes: false) : Answer.Taken);
        await using SinkBroker broker = await SinkBroker.StartAsync(WebhookTests.Define(receiver, s_options with { Attempts = 3, BatchMessages = 1 }));
        await using MessageSubscription dead = await broker.Client.SubscribeAsync(new SubscribeOptions { Filters = ["dead"], ClientId = "undertaker", SessionExpirySeconds = 100 });
        await broker.PublishAsync(["a/bad", "a/good"], 0, 1);
        await broker.UntilAsync("hook", now => now is { Written: 1, DeadLettered: 1, Failed: 3 });
        using CancellationTokenSource deadline = new(Eventually.Deadline);
        Assert.Equal("0", Encoding.UTF8.GetString((await dead.ReceiveAsync(deadline.Token))!.Payload.Span));
        Assert.Equal(4, receiver.Posts.Count);
    }

    [Fact]
    public async Task Without_a_topic_for_them_none_is_given_up_and_what_is_refused_is_waited_for()
    {
        bool isMended = false;
        await using Receiver receiver = await Receiver.StartAsync(post => Volatile.Read(ref isMended) ? Answer.Taken : RefusePoison(post));
        await using SinkBroker broker = await SinkBroker.StartAsync(WebhookTests.Define(receiver, s_options with { DeadLetterTopic = "" }));
        foreach (string payload in (string[])["0", "poison", "2"])
        {
            await broker.Client.PublishAsync("a/0", payload);
        }

        SinkStatus status = await broker.UntilAsync("hook", now => now is { State: SinkState.Retrying, Failed: > 3, Written: > 0 });
        Assert.Equal((1, 0), (status.Written, status.DeadLettered));
        Volatile.Write(ref isMended, true);
        await broker.UntilAsync("hook", now => now is { Written: 3, Lag: 0 });
        Assert.Equal(["0", "poison", "2"], receiver.Of("a/0"));
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(307)]
    public async Task What_can_be_mended_at_the_receiver_is_not_the_messages_fault(int answer)
    {
        int posts = 0;
        await using Receiver receiver = await Receiver.StartAsync(_ => Interlocked.Increment(ref posts) <= 3 ? new Answer(answer, Takes: false) : Answer.Taken);
        await using SinkBroker broker = await SinkBroker.StartAsync(WebhookTests.Define(receiver, s_options));
        await broker.PublishAsync(["a/0"], 0, 1);
        SinkStatus status = await broker.UntilAsync("hook", now => now.Written == 1);
        Assert.Equal((3, 0), (status.Failed, status.DeadLettered));
        Assert.Contains($"{answer}", status.LastError, StringComparison.Ordinal);
    }

    private static Answer RefusePoison(Post post) =>
        post.Messages.Any(message => message.Payload == "poison") ? new Answer(422, Takes: false, "no poison,\n please") : Answer.Taken;
}
