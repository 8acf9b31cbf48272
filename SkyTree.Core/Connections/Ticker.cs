namespace SkyTree.Core.Connections;

/// <summary>The broker's coarse clock: the time in steps of a quarter second, and a call at each step.</summary>
internal sealed class Ticker : IDisposable
{
    /// <summary>The length of a step.</summary>
    public static readonly TimeSpan Step = TimeSpan.FromMilliseconds(250);

    private readonly TimeProvider _time;
    private long _nowMs; // written by the timer, read by all
    private readonly long _startedAt; // a timestamp
    private long _elapsedMs; // written by the timer, read by all
    private Func<Task>? _onStep;
    private ITimer? _timer;
    private int _running; // 1 while a step's work goes on; interlocked

    public Ticker(TimeProvider time)
    {
        _time = time;
        _startedAt = time.GetTimestamp();
        Read();
    }

    /// <summary>Milliseconds since 1970-01-01 UTC, at most a step old while the ticker runs.</summary>
    public long CoarseNowMs => Volatile.Read(ref _nowMs);

    /// <summary>Milliseconds since it was made, as old. Unlike the time it never jumps: intervals are measured with it.</summary>
    public long CoarseElapsedMs => Volatile.Read(ref _elapsedMs);

    /// <summary>Begins to tick.</summary>
    /// <param name="onStep">Called at each step; a step is left out while the one before still works.</param>
    public void Start(Func<Task> onStep)
    {
        _onStep = onStep;
        _timer = _time.CreateTimer(static ticker => _ = ((Ticker)ticker!).StepAsync(), this, Step, Step);
    }

    public void Dispose() => _timer?.Dispose();

    private async Task StepAsync()
    {
        Read();
        if (Interlocked.Exchange(ref _running, 1) != 0)
        {
            return;
        }

        try
        {
            await _onStep!().ConfigureAwait(false);
        }
        finally
        {
            Volatile.Write(ref _running, 0);
        }
    }

    private void Read()
    {
        Volatile.Write(ref _nowMs, _time.GetUtcNow().ToUnixTimeMilliseconds());
        Volatile.Write(ref _elapsedMs, (long)_time.GetElapsedTime(_startedAt).TotalMilliseconds);
    }
}
