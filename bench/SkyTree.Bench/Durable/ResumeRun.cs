using System.Buffers.Binary;
using System.Diagnostics;
using SkyTree.Bench.Load;
using SkyTree.Bench.Measuring;
using SkyTree.Bench.Mqtt;

namespace SkyTree.Bench.Durable;

/// <summary>
/// Publishes one message after the other, each once the one before it is acknowledged, and comes back when it is disconnected.
/// The longest time between two acknowledgements is how long publishing was interrupted.
/// </summary>
internal sealed class ResumeRun(BenchOptions options)
{
    private const int RetryMilliseconds = 10;

    private readonly StoredSet _set = new(options);
    private readonly TimeSpan _pause = TimeSpan.FromSeconds(1.0 / options.Count);
    private long _acknowledged;
    private long _reconnects = -1;
    private long _last;
    private TimeSpan _gap;
    private TimeSpan _resumed; // time of day

    public Figures Run()
    {
        using Worker worker = new(options, pacer: null);
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < options.Seconds)
        {
            try
            {
                using ResumeClient client = new(options, $"bench-{options.Name}-p0", _set.Topic(0));
                client.Open(worker, options.EndPoint(), source: null);
                _reconnects++;
                while (Stopwatch.GetElapsedTime(start).TotalSeconds < options.Seconds)
                {
                    client.Publish(worker, _acknowledged);
                    NoteAcknowledged();
                    Thread.Sleep(_pause);
                }

                client.Leave(worker);
            }
            catch (BenchException) when (Stopwatch.GetElapsedTime(start).TotalSeconds < options.Seconds)
            {
                Thread.Sleep(RetryMilliseconds);
            }
        }

        return new Figures()
            .Add("acknowledged", _acknowledged, 0)
            .Add("longest_gap_ms", _gap.TotalMilliseconds, 1)
            .Add("resumed_at_s", _resumed.TotalSeconds, 3)
            .Add("reconnects", _reconnects, 0);
    }

    private void NoteAcknowledged()
    {
        long now = Stopwatch.GetTimestamp();
        if (_acknowledged++ > 0)
        {
            TimeSpan gap = Stopwatch.GetElapsedTime(_last, now);
            if (gap > _gap)
            {
                _gap = gap;
                _resumed = TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch;
            }
        }

        _last = now;
    }
}
