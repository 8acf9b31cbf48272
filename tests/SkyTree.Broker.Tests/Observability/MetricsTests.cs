using System.Text.RegularExpressions;
using SkyTree.Broker.Tests.Harness;

namespace SkyTree.Broker.Tests.Observability;

/// <summary>What the broker measures of itself, and the pages about it.</summary>
public sealed partial class MetricsTests
{
    [Fact]
    public async Task The_page_explains_every_metric_and_none_that_is_not()
    {
        using MeterReading reading = new();
        await using TestBroker broker = await TestBroker.StartAsync(meters: reading);
        Assert.Equal(Documented().Select(metric => metric.Name).Order(StringComparer.Ordinal), reading.Instruments.Select(instrument => instrument.Name).Order(StringComparer.Ordinal));
        Assert.All(reading.Instruments, instrument => Assert.NotEmpty(instrument.Description!));
        Assert.Equal(
            Documented().Select(metric => $"{metric.Name} {metric.Unit}").Order(StringComparer.Ordinal),
            reading.Instruments.Select(instrument => $"{instrument.Name} {instrument.Unit?.Trim('{', '}')}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_dashboard_asks_for_metrics_that_exist()
    {
        string dashboard = File.ReadAllText(Path.Combine(Repository.Root, "docs", "grafana-dashboard.json"));
        HashSet<string> known = [.. Documented().SelectMany(metric => metric.Kind == "histogram"
            ? [metric.Prometheus + "_bucket", metric.Prometheus + "_sum", metric.Prometheus + "_count"]
            : new[] { metric.Prometheus })];
        string[] asked = [.. PrometheusName().Matches(dashboard).Select(match => match.Value).Distinct()];
        Assert.Empty(asked.Except(known));
        Assert.True(asked.Length > 20);
    }

    [Fact]
    public async Task What_comes_and_goes_is_counted_by_kind()
    {
        using MeterReading reading = new();
        await using TestBroker broker = await TestBroker.StartAsync(meters: reading);
        TestClient subscriber = await broker.ConnectAsync("client=s clean=0 expiry=100");
        await subscriber.SubscribeAsync("a qos=1");
        TestClient publisher = await broker.ConnectAsync("client=p");
        await publisher.SendAsync("PUBLISH a qos=0 \"0\"");
        await publisher.SendAsync("PUBLISH a qos=1 id=1 \"1\"");
        await publisher.ReceiveAsync("PUBACK");
        await subscriber.ReceiveAsync("PUBLISH");
        await subscriber.ReceiveAsync("PUBLISH");
        Assert.Equal(1, reading.Read("skytree.messages.received", "qos", "0"));
        Assert.Equal(1, reading.Read("skytree.messages.received", "qos", "1"));
        await Eventually.HoldsAsync(() => reading.Read("skytree.messages.sent") == 2);
        Assert.Equal(2, reading.Read("skytree.packets.received", "type", "CONNECT"));
        Assert.Equal(1, reading.Read("skytree.packets.sent", "type", "PUBACK"));
        Assert.Equal(2, reading.Read("skytree.packets.sent", "type", "CONNACK"));
        Assert.Equal(2, reading.Read("skytree.connections", "state", "connected"));
        Assert.Equal(2, reading.Read("skytree.connections.accepted", "listener", "test"));
        Assert.Equal(1, reading.Read("skytree.subscriptions"));
        Assert.Equal(1, reading.Read("skytree.store.appended"));
        Assert.Equal(0, reading.Read("skytree.store.full"));
        await broker.AdvanceAsync(TimeSpan.FromSeconds(2));
        Assert.Equal(2, reading.Read("skytree.sessions", "state", "connected"));
        Assert.Equal(1, reading.Read("skytree.queue.inflight"));
        Assert.Equal(1, reading.Read("skytree.queue.lag", "reader", "connected"));
        Assert.Equal(1, reading.Read("skytree.replication.serving"));
    }

    private static List<(string Name, string Prometheus, string Kind, string Unit)> Documented() =>
    [
        // Those of sinks and rules are their own.
        .. MetricRow().Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", "metrics.md"))).Where(match => !match.Groups[1].Value.StartsWith("skytree.sink.", StringComparison.Ordinal) && !match.Groups[1].Value.StartsWith("skytree.rule.", StringComparison.Ordinal))
            .Select(match => (match.Groups[1].Value, match.Groups[2].Value, match.Groups[3].Value, match.Groups[4].Value.Trim())),
    ];

    [GeneratedRegex(@"^\| `(skytree\.[a-z.]+)` \| `([a-z_]+)` \| (\w+) \|([^|]*)\|", RegexOptions.Multiline)]
    private static partial Regex MetricRow();

    [GeneratedRegex("skytree_[a-z_]+")]
    private static partial Regex PrometheusName();
}
