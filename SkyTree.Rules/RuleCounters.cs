namespace SkyTree.Rules;

/// <summary>What one rule has done on this node. Any thread.</summary>
internal sealed class RuleCounters(TimeProvider time)
{
    private long _hits; // these three: interlocked
    private long _matches;
    private long _failures;
    private volatile Failure? _last;

    /// <summary>Topics or messages that fitted the rule's filter.</summary>
    public long Hits => Volatile.Read(ref _hits);

    /// <summary>Those of them that it acted on.</summary>
    public long Matches => Volatile.Read(ref _matches);

    /// <summary>Those that it could make nothing of.</summary>
    public long Failures => Volatile.Read(ref _failures);

    /// <summary>The last of these; null: there was none.</summary>
    public Failure? Last => _last;

    public void Hit() => Interlocked.Increment(ref _hits);

    public void Match() => Interlocked.Increment(ref _matches);

    public void Fail(string reason)
    {
        Interlocked.Increment(ref _failures);
        _last = new Failure(reason, time.GetUtcNow());
    }

    /// <summary>A failure.</summary>
    /// <param name="Reason">Why, for people.</param>
    /// <param name="At">When.</param>
    public sealed record Failure(string Reason, DateTimeOffset At);
}
