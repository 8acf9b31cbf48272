namespace SkyTree.Bench.Measuring;

/// <summary>Watches a process's resident memory: how much it was at first and at most.</summary>
internal sealed class MemorySampler : IDisposable
{
    private const int IntervalMilliseconds = 10;

    private readonly int _pid;
    private readonly ProcessMemory _before;
    private readonly Thread _thread;
    private readonly ManualResetEventSlim _stopped = new();
    private long _maximumResident; // written by the thread, read by all
    private long _maximumAnonymous;

    public MemorySampler(int pid)
    {
        _pid = pid;
        _before = ProcessMeter.Memory(pid);
        _maximumResident = _before.ResidentKilobytes;
        _maximumAnonymous = _before.AnonymousKilobytes;
        _thread = new Thread(Sample) { IsBackground = true, Name = "memory" };
        _thread.Start();
    }

    public void Report(Figures figures)
    {
        figures
            .Add("rss_before_mb", _before.ResidentKilobytes / 1024.0, 1)
            .Add("rss_growth_mb", (Volatile.Read(ref _maximumResident) - _before.ResidentKilobytes) / 1024.0, 1)
            .Add("anon_before_mb", _before.AnonymousKilobytes / 1024.0, 1)
            .Add("anon_growth_mb", (Volatile.Read(ref _maximumAnonymous) - _before.AnonymousKilobytes) / 1024.0, 1);
    }

    public void Dispose()
    {
        _stopped.Set();
        _thread.Join();
        _stopped.Dispose();
    }

    private void Sample()
    {
        try
        {
            while (!_stopped.Wait(IntervalMilliseconds))
            {
                ProcessMemory now = ProcessMeter.Memory(_pid);
                Volatile.Write(ref _maximumResident, Math.Max(_maximumResident, now.ResidentKilobytes));
                Volatile.Write(ref _maximumAnonymous, Math.Max(_maximumAnonymous, now.AnonymousKilobytes));
            }
        }
        catch (BenchException)
        {
            // The broker is gone, which its clients report.
        }
    }
}
