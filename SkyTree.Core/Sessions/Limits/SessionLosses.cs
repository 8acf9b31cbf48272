using SkyTree.Core.Diagnostics;

namespace SkyTree.Core.Sessions.Limits;

/// <summary>
/// What a session was refused: the stretches of the log that its reader passes over, and the latest drops, for who asks.
/// </summary>
internal sealed class SessionLosses
{
    /// <summary>So many drops are remembered.</summary>
    public const int Remembered = 16;

    private readonly Lock _gate = new();
    private readonly SortedSet<long> _saved = []; // where the ranges begin that are on disk; written when a command is applied
    private volatile DroppedOffsets? _offsets; // swapped whole, under _gate
    private volatile SessionDrop[] _latest = []; // swapped whole when a command is applied

    /// <summary>What is above the cursor; null: nothing.</summary>
    public DroppedOffsets? Offsets => _offsets;

    /// <summary>The latest drops, oldest first.</summary>
    public SessionDrop[] Latest => _latest;

    /// <summary>The reader passes over a range from now on.</summary>
    public void Add(DroppedRange range)
    {
        lock (_gate)
        {
            _offsets = (_offsets ?? DroppedOffsets.None).Add(range);
        }
    }

    /// <summary>Notes that a range is on disk, and says which ranges that are on disk it stands for.</summary>
    public List<long> Save(DroppedRange range)
    {
        List<long> met = [.. _saved.GetViewBetween(range.From, range.To)];
        _saved.ExceptWith(met);
        _saved.Add(range.From);
        met.Remove(range.From);
        return met;
    }

    /// <summary>Forgets the ranges that the cursor is past.</summary>
    /// <returns>Where those of them begin that are on disk.</returns>
    public List<long> Forget(long cursor)
    {
        lock (_gate)
        {
            _offsets = _offsets?.After(cursor);
            ReadOnlySpan<DroppedRange> left = _offsets is { } offsets ? offsets.Ranges : [];
            long first = left.IsEmpty ? long.MaxValue : left[0].From;
            List<long> past = [.. _saved.TakeWhile(from => from < first)];
            _saved.ExceptWith(past);
            return past;
        }
    }

    /// <summary>Remembers a drop; one that goes on from the last is counted with it.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="range">From where to where, and how much.</param>
    /// <param name="nowMs">The time.</param>
    /// <param name="forgotten">The number of one that is remembered no longer, or null.</param>
    public SessionDrop Remember(DropReason reason, DroppedRange range, long nowMs, out long? forgotten)
    {
        SessionDrop[] latest = _latest;
        forgotten = null;
        if (latest is [.., { } last] && last.Reason == reason && last.To == range.From)
        {
            SessionDrop longer = last with { To = range.To, Dropped = last.Dropped + range.Dropped, AtMs = nowMs };
            _latest = [.. latest.AsSpan(0, latest.Length - 1), longer];
            return longer;
        }

        var drop = new SessionDrop(latest is [.., { } before] ? before.Number + 1 : 1, reason, range.From, range.To, range.Dropped, nowMs);
        if (latest.Length == Remembered)
        {
            forgotten = latest[0].Number;
            latest = latest[1..];
        }

        _latest = [.. latest, drop];
        return drop;
    }

    /// <summary>Puts a range back, after a restart.</summary>
    public void Restore(DroppedRange range)
    {
        Add(range);
        _saved.Add(range.From);
    }

    /// <summary>Puts a drop back, after a restart; in their order.</summary>
    public void Restore(SessionDrop drop) => _latest = [.. _latest, drop];
}
