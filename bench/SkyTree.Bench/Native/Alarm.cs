using System.Diagnostics;

namespace SkyTree.Bench.Native;

/// <summary>
/// Wakes a <see cref="Poller"/> at a point in time, to the microsecond. Unlike a time limit on the wait it stays set
/// while other events come and go, and in a virtual machine it is the setting of the hardware's timer that costs.
/// </summary>
internal sealed unsafe class Alarm : IDisposable
{
    public Alarm()
    {
        Descriptor = Libc.TimerCreate(Libc.CLOCK_MONOTONIC, Libc.TFD_NONBLOCK);
        if (Descriptor < 0)
        {
            throw new BenchException($"timer: {Libc.LastErrorMessage()}");
        }
    }

    public int Descriptor { get; }

    /// <summary>Goes off at this <see cref="Stopwatch"/> time, at once when it is past. Replaces what was set.</summary>
    public void Set(long timestamp)
    {
        // Stopwatch counts the nanoseconds of the same clock.
        Libc.TimerSetting setting = new()
        {
            Expiry = new Libc.Timespec
            {
                Seconds = timestamp / Stopwatch.Frequency,
                Nanoseconds = timestamp % Stopwatch.Frequency,
            },
        };
        if (Libc.TimerSet(Descriptor, Libc.TFD_TIMER_ABSTIME, &setting, null) < 0)
        {
            throw new BenchException($"timer: {Libc.LastErrorMessage()}");
        }
    }

    public void Dispose() => _ = Libc.Close(Descriptor);
}
