using System.Diagnostics.Metrics;

namespace SkyTree.Core.Diagnostics;

/// <summary>
/// What a broker measures of itself, as instruments of the meter <c>SkyTree</c>. Nearly all are observed: they read counters
/// that exist anyway, when somebody asks, so that nobody pays for them otherwise. The page <c>docs/metrics.md</c> explains each.
/// </summary>
internal sealed partial class BrokerMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "SkyTree";

    private static readonly InstrumentAdvice<double> s_latencies = new()
    {
        HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    };

    private readonly Meter _meter;
    private readonly TimeProvider _time;
    private readonly Histogram<double> _write;
    private readonly Histogram<double> _read;
    private readonly Histogram<double> _outboxAppend;
    private readonly Histogram<double> _commit;
    private volatile bool _ended;

    /// <summary>Creates the meter, and what is recorded as it happens.</summary>
    /// <param name="meters">Makes the meter; null: it is the broker's own.</param>
    /// <param name="time">The clock.</param>
    public BrokerMetrics(IMeterFactory? meters, TimeProvider time)
    {
        var options = new MeterOptions(MeterName) { Version = Broker.Version };
        _meter = meters?.Create(options) ?? new Meter(options);
        _time = time;
        _write = Latency("skytree.store.write.duration", "Time to write a group of changes to the embedded database, waiting for the disk where that is asked for.");
        _read = Latency("skytree.store.read.duration", "Time to read a page of the log from the store; what is still in memory is not counted.");
        _outboxAppend = Latency("skytree.outbox.append.duration", "Time to append a page of messages to the external store.");
        _commit = Latency("skytree.replication.commit.duration", "Time from appending an entry, on the leader, until a majority has it and it is applied here.");
    }

    /// <summary>Before something is measured: the time, or 0 while nobody listens.</summary>
    public long Start() => _write.Enabled ? _time.GetTimestamp() : 0;

    /// <summary>A group of changes was written.</summary>
    /// <param name="started">What <see cref="Start"/> answered.</param>
    /// <param name="synced">Whether it waited for the disk.</param>
    public void Wrote(long started, bool synced)
    {
        if (started != 0)
        {
            _write.Record(_time.GetElapsedTime(started).TotalSeconds, new KeyValuePair<string, object?>("sync", synced ? "true" : "false"));
        }
    }

    /// <summary>A page of the log was read.</summary>
    /// <param name="started">What <see cref="Start"/> answered.</param>
    public void Read(long started) => Record(_read, started);

    /// <summary>A page was appended to the external store.</summary>
    /// <param name="started">What <see cref="Start"/> answered.</param>
    public void AppendedOutside(long started) => Record(_outboxAppend, started);

    /// <summary>An entry of the shared log was committed.</summary>
    /// <param name="duration">How long that took.</param>
    public void Committed(TimeSpan duration) => _commit.Record(duration.TotalSeconds);

    /// <summary>The broker has ended: there is nothing more to observe.</summary>
    public void Dispose()
    {
        _ended = true;
        _meter.Dispose();
    }

    private Histogram<double> Latency(string name, string description) => _meter.CreateHistogram(name, "s", description, tags: null, s_latencies);

    private void Record(Histogram<double> histogram, long started)
    {
        if (started != 0)
        {
            histogram.Record(_time.GetElapsedTime(started).TotalSeconds);
        }
    }
}
