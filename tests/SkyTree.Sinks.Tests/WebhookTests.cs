using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SkyTree.Core.Admin.Messages;
using SkyTree.Core.Admin.Publishing;
using SkyTree.Core.Protocol;
using SkyTree.Sinks.Tests.Harness;
using SkyTree.Sinks.Webhooks;
using Xunit;

namespace SkyTree.Sinks.Tests;

/// <summary>Webhooks, and with them what holds for all sinks.</summary>
public sealed class WebhookTests(ITestOutputHelper output)
{
    private const string Secret = "a secret of the two of us";

    private static readonly string[] s_topics = [.. Enumerable.Range(0, 10).Select(i => string.Create(CultureInfo.InvariantCulture, $"a/{i}"))];

    [Fact]
    public async Task A_receiver_that_fails_half_of_the_time_gets_everything_in_order()
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        await using Receiver receiver = await Receiver.StartAsync(_ =>
        {
            lock (random)
            {
                // Half of the time it fails: before or after it has taken the messages, with an answer or without one.
                return random.Next(8) switch
                {
                    0 => new Answer(500, Takes: false),
                    1 => new Answer(503, Takes: true),
                    2 => new Answer(0, Takes: false),
                    3 => new Answer(0, Takes: true),
                    _ => Answer.Taken,
                };
            }
        });
        await using SinkBroker broker = await SinkBroker.StartAsync(Define(receiver, new SinkOptions { Filters = ["a/#"], BatchMessages = 32, RetryMilliseconds = 10, LingerMilliseconds = 5 }));
        await broker.PublishAsync(s_topics, 0, 100);
        await broker.UntilAsync("hook", status => status is { Written: 1000, Lag: 0 });
        string[] expected = [.. Enumerable.Range(0, 100).Select(i => i.ToString(CultureInfo.InvariantCulture))];
        Assert.All(s_topics, topic => Assert.Equal(expected, receiver.Of(topic)));

        // A batch that is tried again is the same and has the same name.
        Assert.All(receiver.Posts.GroupBy(post => post.Headers[WebhookSink.BatchHeader]), same => Assert.Single(same.Select(post => Convert.ToBase64String(post.Body)).Distinct()));
        Assert.True((await broker.StatusAsync("hook")).Failed > 5);
    }

    [Fact]
    public async Task What_is_published_while_the_receiver_is_down_comes_when_it_is_back()
    {
        await using Receiver receiver = await Receiver.StartAsync();
        await using SinkBroker broker = await SinkBroker.StartAsync(Define(receiver, new SinkOptions { Filters = ["a/+"], RetryMilliseconds = 20, RetryMaximumSeconds = 1 }));
        await broker.PublishAsync(["a/0"], 0, 10);
        await broker.UntilAsync("hook", status => status.Written == 10);
        await receiver.StopAsync();
        await broker.PublishAsync(["a/0"], 10, 300);
        SinkStatus down = await broker.UntilAsync("hook", status => status is { State: SinkState.Retrying, Failed: > 2 });
        Assert.Contains("refused", down.LastError, StringComparison.OrdinalIgnoreCase);
        Assert.NotNull(down.RetryAt);
        Assert.InRange((await broker.UntilAsync("hook", status => status.Lag > 0)).Lag, 290, 300);

        await receiver.StartAgainAsync();
        SinkStatus up = await broker.UntilAsync("hook", status => status is { Written: 300, Lag: 0 });
        Assert.Equal((SinkState.Running, null), (up.State, up.RetryAt));
        Assert.Equal([.. Enumerable.Range(0, 300).Select(i => i.ToString(CultureInfo.InvariantCulture))], receiver.Of("a/0"));
    }

    [Fact]
    public async Task Another_process_s_sink_goes_on_where_the_last_one_was()
    {
        await using Receiver receiver = await Receiver.StartAsync();
        SinkOptions options = new() { Filters = ["a/+", "b"] };
        await using SinkBroker broker = await SinkBroker.StartAsync(Define(receiver, options));
        await broker.PublishAsync(["a/0", "b"], 0, 20);
        await broker.UntilAsync("hook", status => status.Lag == 0);
        await broker.Sinks.StopAsync();
        await broker.PublishAsync(["a/0", "b"], 20, 40);

        // Its filters have changed meanwhile, too: it is not told of "b" any more, but for what it waited for already.
        await broker.ReplaceAsync(Define(receiver, options with { Filters = ["a/+"] }));
        await broker.PublishAsync(["a/0", "b"], 40, 60);
        await Eventually.HoldsAsync(() => receiver.Of("a/0").Count == 60);
        Assert.Equal([.. Enumerable.Range(0, 60).Select(i => i.ToString(CultureInfo.InvariantCulture))], receiver.Of("a/0"));
        Assert.DoesNotContain("59", receiver.Of("b"));
    }

    [Fact]
    public async Task Each_request_is_signed_and_names_its_sink()
    {
        await using Receiver receiver = await Receiver.StartAsync();
        SinkOptions options = new() { Filters = ["a/#"], Webhook = new WebhookOptions { Secret = Secret, Headers = new Dictionary<string, string> { ["X-Tenant"] = "blue" } } };
        await using SinkBroker broker = await SinkBroker.StartAsync(Define(receiver, options));
        await broker.PublishAsync(["a/0"], 0, 1);
        await Eventually.HoldsAsync(() => receiver.Taken.Count == 1);
        Post post = receiver.Posts.First();
        Assert.Equal(("hook", "blue", "application/json"), (post.Headers[WebhookSink.SinkHeader], post.Headers["X-Tenant"], post.Headers["Content-Type"]));

        // As a receiver in another language would do it.
        string header = post.Headers[WebhookSignature.Header];
        string[] parts = header.Split(',');
        byte[] signed = [.. Encoding.ASCII.GetBytes(parts[0]["t=".Length..] + "."), .. post.Body];
        Assert.Equal(parts[1], "v1=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), signed)));
        Assert.True(WebhookSignature.IsValid(Secret, header, post.Body, DateTimeOffset.UtcNow, TimeSpan.FromMinutes(5)));
        Assert.False(WebhookSignature.IsValid(Secret, header, post.Body, DateTimeOffset.UtcNow.AddMinutes(6), TimeSpan.FromMinutes(5)));
        Assert.False(WebhookSignature.IsValid("another secret, as long", header, post.Body, DateTimeOffset.UtcNow, TimeSpan.FromMinutes(5)));
        Assert.False(WebhookSignature.IsValid(Secret, header, [.. post.Body, (byte)' '], DateTimeOffset.UtcNow, TimeSpan.FromMinutes(5)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("t=1")]
    [InlineData("v1=00")]
    [InlineData("t=x,v1=0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("t=1,v1=zz00000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("t=1,v1=000000000000000000000000000000000000000000000000000000000000000000")]
    public void A_signature_that_makes_no_sense_is_not_valid(string header) =>
        Assert.False(WebhookSignature.IsValid(Secret, header, "x"u8, DateTimeOffset.FromUnixTimeSeconds(1), TimeSpan.FromMinutes(5)));

    [Fact]
    public async Task A_message_is_posted_with_all_that_is_known_of_it()
    {
        await using Receiver receiver = await Receiver.StartAsync();
        await using SinkBroker broker = await SinkBroker.StartAsync(Define(receiver, new SinkOptions { Filters = ["a/#"] }));
        DateTimeOffset before = DateTimeOffset.UtcNow.AddSeconds(-1);
        PublishResult result = await broker.Client.PublishAsync(new PublishRequest
        {
            Topic = "a/ü \"1\"",
            Payload = Encoding.UTF8.GetBytes("{\"t\":21.5,\"u\":\"°C\"}\n"),
            QoS = QoS.AtLeastOnce,
            Retain = true,
            ExpirySeconds = 600,
            Properties = new MessageProperties
            {
                ContentType = "application/json",
                ResponseTopic = "r",
                CorrelationData = new byte[] { 1, 255 },
                PayloadIsUtf8 = true,
                UserProperties = [new UserProperty("skytree-offset", "not the broker's"), new UserProperty("k", "v")],
            },
        });
        await broker.Client.PublishAsync(new PublishRequest { Topic = "a/2", Payload = new byte[] { 0xFF, 0x00 }, QoS = QoS.AtLeastOnce });
        await Eventually.HoldsAsync(() => receiver.Taken.Count == 2);
        Message first = receiver.Taken[0];
        Assert.Equal(("a/ü \"1\"", "{\"t\":21.5,\"u\":\"°C\"}\n", 1, true, result.Offset, "application/json"), (first.Topic, first.Payload, first.QoS, first.Retain, first.Offset, first.ContentType));
        Assert.InRange(first.Time!.Value, before, DateTimeOffset.UtcNow);
        Assert.Matches("^[0-9a-f]{32}$", first.Id);
        Assert.Equal((null, "/wA="), (receiver.Taken[1].Payload, receiver.Taken[1].PayloadBase64));
        string text = string.Concat(receiver.Posts.Select(post => Encoding.UTF8.GetString(post.Body)));
        Assert.Contains("\"correlationDataBase64\":\"Af8=\"", text, StringComparison.Ordinal);
        Assert.Contains("\"responseTopic\":\"r\"", text, StringComparison.Ordinal);
        Assert.Contains("\"expirySeconds\":", text, StringComparison.Ordinal);
        Assert.Contains("\"userProperties\":[{\"name\":\"skytree-offset\",\"value\":\"not the broker's\"},{\"name\":\"k\",\"value\":\"v\"}]", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_asks_for_patience_is_given_it()
    {
        List<long> times = [];
        await using Receiver receiver = await Receiver.StartAsync(_ =>
        {
            lock (times)
            {
                times.Add(Environment.TickCount64);
                return times.Count == 1 ? new Answer(429, Takes: false, RetryAfter: 1) : Answer.Taken;
            }
        });
        await using SinkBroker broker = await SinkBroker.StartAsync(Define(receiver, new SinkOptions { Filters = ["a/#"], RetryMilliseconds = 10 }));
        await broker.PublishAsync(["a/0"], 0, 1);
        await Eventually.HoldsAsync(() => receiver.Taken.Count == 1);
        Assert.True(times[1] - times[0] >= 950, $"{times[1] - times[0]} ms");
    }

    [Fact]
    public async Task A_receiver_that_does_not_answer_in_time_is_tried_again()
    {
        int posts = 0;
        using ManualResetEventSlim hang = new();
        await using Receiver receiver = await Receiver.StartAsync(_ =>
        {
            if (Interlocked.Increment(ref posts) == 1)
            {
                hang.Wait(Eventually.Deadline);
            }

            return Answer.Taken;
        });
        await using SinkBroker broker = await SinkBroker.StartAsync(Define(receiver, new SinkOptions { Filters = ["a/#"], RetryMilliseconds = 10, TimeoutSeconds = 1 }));
        await broker.PublishAsync(["a/0"], 0, 1);
        SinkStatus status = await broker.UntilAsync("hook", now => now.Written == 1);
        hang.Set();
        Assert.Contains("within 1 s", status.LastError, StringComparison.Ordinal);
    }

    internal static SinkDefinition Define(Receiver receiver, SinkOptions options) => SinkDefinition.Of(
        "hook", options with { Kind = SinkKind.Webhook, Webhook = options.Webhook with { Url = receiver.Url } }, "", TimeProvider.System);
}
