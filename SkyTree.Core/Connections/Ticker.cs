namespace SkyTree.Core.Connections;

/// <summary>The broker's coarse clock: the time in steps of a quarter second, and a call at each step.</summary>
internal sealed class Ticker : IAsyncDisposable
{
    /// <summary>The length of a step.</summary>
    public static readonly TimeSpan Step = TimeSpan.FromMilliseconds(250);

    private readonly TimeProvider _time;
    private long _nowMs; // written by the timer, read by all
    private readonly long _startedAt; // a timestamp
    private long _elapsedMs; // written by the timer, read by all
    private Action? _onStep;
    private ITimer? _timer;
    private readonly Lock _stepGate = new(); // held by a step
    private bool _ended; // guarded by _stepGate

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
    public void Start(Action onStep)
    {
        _onStep = onStep;
        _timer = _time.CreateTimer(static ticker => ((Ticker)ticker!).OnTimer(), this, Step, Step);
    }

    /// <summary>Ends it. No step runs afterwards.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_timer is not null)
        {
            await _timer.DisposeAsync().ConfigureAwait(false);
        }

        lock (_stepGate)
        {
            _ended = true;
        }
    }

    private void OnTimer()
    {
        Read();
        if (!_stepGate.TryEnter())
        {
            return; // a step is under way
        }

        try
        {
            if (!_ended)
            {
                _onStep!();
            }
        }
        finally
        {
            _stepGate.Exit();
        }
    }

    private void Read()
    {
        Volatile.Write(ref _nowMs, _time.GetUtcNow().ToUnixTimeMilliseconds());
        Volatile.Write(ref _elapsedMs, (long)_time.GetElapsedTime(_startedAt).TotalMilliseconds);
    }
}
