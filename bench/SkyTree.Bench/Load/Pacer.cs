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

    /// <summary>When the next message is due.</summary>
    public long NextDue => _start + (long)(_next * _interval);

    /// <summary>The publisher whose message is due, if one is.</summary>
    public bool TryTake(long now, out int publisher)
    {
        publisher = (int)(_next % publishers);
        if (NextDue > now)
        {
            return false;
        }

        _next++;
        return true;
    }
}
