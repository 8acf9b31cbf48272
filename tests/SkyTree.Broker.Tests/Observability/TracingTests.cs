using System.Collections.Concurrent;
using System.Diagnostics;
using SkyTree.Broker.Tests.Harness;

namespace SkyTree.Broker.Tests.Observability;

/// <summary>A publish is followed to its deliveries. Alone: who listens, listens to all brokers of the process.</summary>
[Collection(nameof(TracingTests))]
[CollectionDefinition(nameof(TracingTests), DisableParallelization = true)]
public sealed class TracingTests : IDisposable
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";
    private const string Parent = $"00-{TraceId}-b7ad6b7169203331-01";

    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;
    private bool _startsTraces;

    public TracingTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "SkyTree",
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                options.Parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) || (_startsTraces && options.Parent == default)
                    ? ActivitySamplingResult.AllDataAndRecorded
                    : ActivitySamplingResult.None,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task A_publish_that_brings_a_trace_is_followed_to_each_delivery()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        TestClient first = await SubscribeAsync(broker, "first", 5);
        TestClient second = await SubscribeAsync(broker, "second", 5);
        TestClient old = await SubscribeAsync(broker, "old", 4);
        TestClient publisher = await broker.ConnectAsync("client=p");
        await publisher.SendAsync($"PUBLISH a qos=0 correlation=\"c\" user=before:b user=traceparent:{Parent} user=tracestate:\"k=v\" user=after:a \"m\"");
        Packet toFirst = await first.ReceiveAsync("PUBLISH");
        Packet toSecond = await second.ReceiveAsync("PUBLISH");
        Assert.Equal("m", (await old.ReceiveAsync("PUBLISH")).Text);
        await Eventually.HoldsAsync(() => _ended.Count == 4);
        Activity publish = Assert.Single(_ended, activity => activity.OperationName == "publish");
        Assert.Equal(TraceId, publish.TraceId.ToHexString());
        Assert.Equal("b7ad6b7169203331", publish.ParentSpanId.ToHexString());
        Assert.Equal("k=v", publish.TraceStateString);
        Assert.Equal(3, _ended.Count(activity => activity.OperationName == "deliver" && activity.ParentSpanId == publish.SpanId));
        AssertUserProperties(toFirst, Delivery("first"));
        AssertUserProperties(toSecond, Delivery("second"));
    }

    [Fact]
    public async Task A_stored_message_is_followed_to_whom_it_comes_later()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        TestClient subscriber = await broker.ConnectAsync("client=s clean=0 expiry=1000");
        await subscriber.SubscribeAsync("a qos=1");
        await subscriber.DisposeAsync();
        TestClient publisher = await broker.ConnectAsync("client=p");
        await publisher.SendAsync($"PUBLISH a qos=1 id=1 user=traceparent:{Parent} \"m\"");
        await publisher.ReceiveAsync("PUBACK");
        await Eventually.HoldsAsync(() => _ended.Count == 1);
        TestClient back = await broker.ConnectAsync("client=s clean=0 expiry=1000");
        Packet packet = await back.ReceiveAsync("PUBLISH");
        await Eventually.HoldsAsync(() => _ended.Count == 2);
        Assert.Equal(Assert.Single(_ended, activity => activity.OperationName == "publish").SpanId, Delivery("s").ParentSpanId);
        Assert.Equal($"traceparent:{Delivery("s").Id}", packet["user"]);
    }

    [Fact]
    public async Task A_publish_may_begin_a_trace_and_then_its_subscribers_learn_of_it()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        TestClient subscriber = await SubscribeAsync(broker, "s", 5);
        TestClient publisher = await broker.ConnectAsync("client=p", level: 4);
        _startsTraces = true;
        await publisher.SendAsync("PUBLISH a qos=0 \"m\"");
        Packet packet = await subscriber.ReceiveAsync("PUBLISH");
        await Eventually.HoldsAsync(() => _ended.Count == 2);
        Assert.Equal($"traceparent:{Delivery("s").Id}", packet["user"]);
        Assert.Equal(default, Assert.Single(_ended, activity => activity.OperationName == "publish").ParentSpanId);
    }

    [Theory]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")]
    [InlineData("nonsense")]
    public async Task What_is_not_traced_is_forwarded_as_it_came(string traceparent)
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        TestClient subscriber = await SubscribeAsync(broker, "s", 5);
        TestClient publisher = await broker.ConnectAsync("client=p");
        await publisher.SendAsync($"PUBLISH a qos=0 user=traceparent:{traceparent} \"m\"");
        Assert.Equal($"traceparent:{traceparent}", (await subscriber.ReceiveAsync("PUBLISH"))["user"]);
        Assert.Empty(_ended);
    }

    private static async Task<TestClient> SubscribeAsync(TestBroker broker, string clientId, int level)
    {
        TestClient client = await broker.ConnectAsync($"client={clientId}", level);
        await client.SubscribeAsync("a qos=0");
        return client;
    }

    private static void AssertUserProperties(Packet packet, Activity delivery) => Assert.Equal(
        ["before:b", $"traceparent:{delivery.Id}", "tracestate:k=v", "after:a"],
        packet.Fields.Where(field => field.Key == "user").Select(field => field.Value!.Replace("\"", "", StringComparison.Ordinal)));

    private Activity Delivery(string clientId) =>
        Assert.Single(_ended, activity => activity.OperationName == "deliver" && Equals(activity.GetTagItem("messaging.client.id"), clientId));
}
