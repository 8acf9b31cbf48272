using System.Diagnostics;

namespace SkyTree.Bench.Load;

/// <summary>The open loop's timetable: message k of all is due at start + k / rate, from the publishers in turn.</summary>
internal sealed class Pacer(double rate, int publishers)
{
    private readonly double _interval = Stopwatch.Frequency / rate;
    private long _start;
    private long _next;

    public void Start() => _start = Stopwatch.GetTimestamp();

    /// <summary>When a publisher's message should be sent.</summary>
    public long DueAt(int publisher, long sequence) => _start + (long)((publisher + sequence * publishers) * _interval);

    /// <summary>Nanoseconds until the next message is due; 0 when it is.</summary>
    public long UntilNext()
    {
        long ticks = _start + (long)(_next * _interval) - Stopwatch.GetTimestamp();
        return Math.Max(0, ticks * 1_000_000_000 / Stopwatch.Frequency);
    }

    /// <summary>The publisher whose message is due, if one is.</summary>
    public bool TryTake(long now, out int publisher)
    {
        publisher = (int)(_next % publishers);
        if (_start + (long)(_next * _interval) > now)
        {
            return false;
        }

        _next++;
        return true;
    }
}
