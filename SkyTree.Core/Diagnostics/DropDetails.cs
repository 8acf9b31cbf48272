namespace SkyTree.Core.Diagnostics;

/// <summary>
/// Who did not get what: totals by client, topic and reason, and the latest drops one by one. Bounded in memory and in time:
/// beyond so many drops in a second they are only counted.
/// </summary>
internal sealed class DropDetails(TimeProvider time)
{
    /// <summary>So many of the latest drops are remembered.</summary>
    public const int Remembered = 4096;

    /// <summary>So many totals are kept; those of whom nothing was dropped for longest go first.</summary>
    public const int MaximumTotals = 16_384;

    /// <summary>So many drops are noted in a second.</summary>
    public const int PerSecond = 10_000;

    private static readonly TimeSpan s_together = TimeSpan.FromSeconds(1); // drops of the same kind within it are one entry

    private readonly Lock _gate = new();
    private readonly Dictionary<DropKey, DropTotal> _totals = []; // guarded by _gate
    private readonly DropNote?[] _latest = new DropNote?[Remembered]; // guarded by _gate
    private long _lastId; // guarded by _gate
    private long _second; // interlocked
    private int _used; // of the second; interlocked
    private long _unnoted; // interlocked

    /// <summary>Is told of each new entry, under a lock: it is short and takes no other. Null: nobody is.</summary>
    public Action<DropNote>? Noted { get; set; }

    /// <summary>Drops that were only counted, since too many came at once.</summary>
    public long Unnoted => Interlocked.Read(ref _unnoted);

    /// <summary>Whether a drop may be noted now. False: it is counted as not noted.</summary>
    public bool TryBegin(long count)
    {
        long second = time.GetTimestamp() / time.TimestampFrequency;
        if (Volatile.Read(ref _second) != second)
        {
            Volatile.Write(ref _second, second);
            Volatile.Write(ref _used, 0);
        }

        if (Volatile.Read(ref _used) < PerSecond && Interlocked.Increment(ref _used) <= PerSecond)
        {
            return true;
        }

        Interlocked.Add(ref _unnoted, count);
        return false;
    }

    /// <summary>Notes drops, after <see cref="TryBegin"/> has permitted it.</summary>
    public void Note(DropReason reason, string clientId, string topic, long count)
    {
        long nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        var key = new DropKey(clientId, topic, reason);
        lock (_gate)
        {
            if (!_totals.TryGetValue(key, out DropTotal? total))
            {
                if (_totals.Count == MaximumTotals)
                {
                    ForgetOldest();
                }

                _totals.Add(key, total = new DropTotal { FirstMs = nowMs });
            }

            total.Count += count;
            total.LastMs = nowMs;
            if (total.Note is { } note && note.Id > _lastId - Remembered && nowMs - note.AtMs < s_together.TotalMilliseconds)
            {
                note.Count += count;
                return;
            }

            total.Note = new DropNote { Id = ++_lastId, AtMs = nowMs, Key = key, Count = count };
            _latest[_lastId % Remembered] = total.Note;
            Noted?.Invoke(total.Note);
        }
    }

    /// <summary>The latest entries, latest first.</summary>
    /// <param name="fits">Those that are asked for.</param>
    /// <param name="limit">At most so many.</param>
    public List<DropNote> ListLatest(Func<DropNote, bool> fits, int limit)
    {
        var found = new List<DropNote>();
        lock (_gate)
        {
            for (long id = _lastId; id > Math.Max(0, _lastId - Remembered) && found.Count < limit; id--)
            {
                if (_latest[id % Remembered] is { } note && fits(note))
                {
                    found.Add(note.Copy());
                }
            }
        }

        return found;
    }

    /// <summary>The totals that are asked for, as they are now.</summary>
    public List<(DropKey Key, long Count, long FirstMs, long LastMs)> ListTotals(Func<DropKey, bool> fits)
    {
        lock (_gate)
        {
            return [.. _totals.Where(pair => fits(pair.Key)).Select(pair => (pair.Key, pair.Value.Count, pair.Value.FirstMs, pair.Value.LastMs))];
        }
    }

    // A quarter at a time, so that it costs little for each that comes.
    private void ForgetOldest()
    {
        foreach (DropKey key in _totals.OrderBy(pair => pair.Value.LastMs).Take(MaximumTotals / 4).Select(pair => pair.Key).ToList())
        {
            _totals.Remove(key);
        }
    }

    private sealed class DropTotal
    {
        public long Count;
        public long FirstMs;
        public long LastMs;
        public DropNote? Note; // the latest
    }
}

/// <summary>What drops are counted by.</summary>
/// <param name="ClientId">Who did not get it.</param>
/// <param name="Topic">The topic; empty: several, or not known.</param>
/// <param name="Reason">Why.</param>
internal readonly record struct DropKey(string ClientId, string Topic, DropReason Reason);

/// <summary>Drops of one kind within a second.</summary>
internal sealed class DropNote
{
    /// <summary>Rises with each.</summary>
    public long Id { get; init; }

    /// <summary>When the first was, in Unix milliseconds.</summary>
    public long AtMs { get; init; }

    public DropKey Key { get; init; }

    /// <summary>How many; guarded by the details' gate.</summary>
    public long Count { get; set; }

    public DropNote Copy() => new() { Id = Id, AtMs = AtMs, Key = Key, Count = Count };
}
