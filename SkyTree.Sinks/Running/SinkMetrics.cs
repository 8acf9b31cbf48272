using System.Diagnostics.Metrics;

namespace SkyTree.Sinks.Running;

/// <summary>What sinks tell of themselves, as instruments of the meter <c>SkyTree.Sinks</c>, observed; <c>docs/metrics.md</c> explains each.</summary>
internal sealed class SinkMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly IReadOnlyList<SinkRunner> _runners;

    public SinkMetrics(IMeterFactory? meters, IReadOnlyList<SinkRunner> runners, Func<string, long> lagOf)
    {
        var options = new MeterOptions(SinkHost.MeterName) { Version = Core.Broker.Version };
        _meter = meters?.Create(options) ?? new Meter(options);
        _runners = runners;
        Counter("skytree.sink.written", "{message}", "Messages that a sink has written; counted by the node that runs it.", now => now.Written);
        Counter("skytree.sink.failed", "{attempt}", "Attempts of a sink to write that failed; counted by the node that runs it.", now => now.Failed);
        Counter("skytree.sink.dead.lettered", "{message}", "Messages that a sink has given up; counted by the node that runs it.", now => now.DeadLettered);
        _meter.CreateObservableGauge("skytree.sink.retrying", () => Observe(runner => runner.Progress.Now.State == SinkState.Retrying ? 1 : 0), null, "1 while the last attempt of a sink failed, else 0; of the node that runs it.");
        _meter.CreateObservableGauge("skytree.sink.lag", () => Observe(runner => lagOf(runner.Sink.ClientId)), "{message}", "Stored messages, of all topics, since the point up to which a sink has written; in a cluster the same on all nodes.");
    }

    public void Dispose() => _meter.Dispose();

    private void Counter(string name, string unit, string description, Func<SinkProgress.Snapshot, long> read) =>
        _meter.CreateObservableCounter(name, () => Observe(runner => read(runner.Progress.Now)), unit, description);

    private IEnumerable<Measurement<long>> Observe(Func<SinkRunner, long> read) =>
        _runners.Select(runner => new Measurement<long>(read(runner), new KeyValuePair<string, object?>("sink", runner.Sink.Name)));
}
