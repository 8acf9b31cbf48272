namespace SkyTree.Sinks.Running;

/// <summary>What one sink has done on this node. One task writes it, anybody reads it.</summary>
internal sealed class SinkProgress(TimeProvider time)
{
    private readonly Lock _lock = new();
    private Snapshot _now = new(); // guarded by _lock

    /// <summary>All of it at one moment.</summary>
    public Snapshot Now
    {
        get
        {
            lock (_lock)
            {
                return _now;
            }
        }
    }

    public void Began(string target) => Change(now => now with { State = SinkState.Running, Target = target, RetryAt = null });

    public void Ended() => Change(now => now with { State = SinkState.Idle, RetryAt = null });

    public void Wrote(int messages) =>
        Change(now => now with { State = SinkState.Running, Written = now.Written + messages, LastWrittenAt = time.GetUtcNow(), RetryAt = null });

    public void Failed(string reason) => Change(now => now with { Failed = now.Failed + 1, LastError = reason, LastErrorAt = time.GetUtcNow() });

    public void Waits(TimeSpan wait) => Change(now => now with { State = SinkState.Retrying, RetryAt = time.GetUtcNow() + wait });

    public void GaveUp(int messages) => Change(now => now with { State = SinkState.Running, DeadLettered = now.DeadLettered + messages, RetryAt = null });

    private void Change(Func<Snapshot, Snapshot> change)
    {
        lock (_lock)
        {
            _now = change(_now);
        }
    }

    internal sealed record Snapshot
    {
        public SinkState State { get; init; }

        public string Target { get; init; } = "";

        public long Written { get; init; }

        public long Failed { get; init; }

        public long DeadLettered { get; init; }

        public DateTimeOffset? LastWrittenAt { get; init; }

        public string? LastError { get; init; }

        public DateTimeOffset? LastErrorAt { get; init; }

        public DateTimeOffset? RetryAt { get; init; }
    }
}
