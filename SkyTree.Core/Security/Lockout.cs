namespace SkyTree.Core.Security;

/// <summary>
/// Counts failures by key and says who must wait. Its memory is bounded: when it is full, a key that is new is not counted until
/// others have been forgotten, which they are once they have been quiet for the longest wait and a minute.
/// </summary>
/// <param name="rule">When it begins, and how long it lasts.</param>
/// <param name="time">The clock.</param>
/// <param name="maximum">Keys that are counted at a time.</param>
internal sealed class Lockout(LockoutRule rule, TimeProvider time, int maximum = 100_000)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Record> _records = new(StringComparer.Ordinal); // guarded by _gate
    private long _sweptMs = long.MinValue; // guarded by _gate
    private long _refused;

    /// <summary>Attempts that were refused because their key had to wait.</summary>
    public long Refused => Volatile.Read(ref _refused);

    /// <summary>Keys that are counted now.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _records.Count;
            }
        }
    }

    /// <summary>How long a key must wait; zero: not at all. One that must is counted as refused.</summary>
    /// <param name="key">A name or an address.</param>
    public TimeSpan Wait(string key)
    {
        lock (_gate)
        {
            if (!_records.TryGetValue(key, out Record record) || record.UntilMs <= NowMs)
            {
                return TimeSpan.Zero;
            }

            Interlocked.Increment(ref _refused);
            return TimeSpan.FromMilliseconds(record.UntilMs - NowMs);
        }
    }

    /// <summary>Notes a failure.</summary>
    /// <param name="key">A name or an address.</param>
    public void Fail(string key)
    {
        lock (_gate)
        {
            long now = NowMs;
            if (!_records.TryGetValue(key, out Record record) && _records.Count >= maximum && !Sweep(now))
            {
                return;
            }

            int failures = (record.ForgetMs > now ? record.Failures : 0) + 1; // long ago does not count
            long wait = failures < rule.Failures
                ? 0
                : (long)Math.Min(rule.MaximumSeconds * 1000.0, rule.Seconds * 1000.0 * Math.Pow(2, Math.Min(32, failures - rule.Failures)));
            _records[key] = new Record(failures, now + wait, now + (rule.MaximumSeconds * 1000L) + 60_000);
        }
    }

    /// <summary>Notes a success: the key begins anew.</summary>
    /// <param name="key">A name or an address.</param>
    public void Succeed(string key)
    {
        lock (_gate)
        {
            _records.Remove(key);
        }
    }

    private long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    private bool Sweep(long now)
    {
        if (now - _sweptMs < 1000 && _sweptMs != long.MinValue)
        {
            return false;
        }

        _sweptMs = now;
        foreach ((string key, Record record) in _records)
        {
            if (record.ForgetMs <= now)
            {
                _records.Remove(key);
            }
        }

        return _records.Count < maximum;
    }

    private readonly record struct Record(int Failures, long UntilMs, long ForgetMs);
}
