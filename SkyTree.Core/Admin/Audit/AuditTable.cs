namespace SkyTree.Core.Admin.Audit;

/// <summary>The latest entries of the audit log, oldest first. Changed when a command is applied; read by anybody.</summary>
internal sealed class AuditTable
{
    private const long MaximumCharacters = 64 * 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly List<AuditEntry> _entries = []; // guarded by _gate
    private int _first; // where the entries begin; guarded by _gate
    private long _characters; // guarded by _gate
    private long _last; // the highest number; guarded by _gate

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _entries.Count - _first;
            }
        }
    }

    public AuditEntry Add(AuditNote note, long nowMs)
    {
        lock (_gate)
        {
            var entry = new AuditEntry(++_last, DateTimeOffset.FromUnixTimeMilliseconds(nowMs), note.Caller, note.Address, note.Action, note.Target, note.Before, note.After);
            _entries.Add(entry);
            _characters += Size(entry);
            return entry;
        }
    }

    /// <summary>Removes the oldest beyond the bounds, never the latest: its number is the log's.</summary>
    public IReadOnlyList<AuditEntry> Trim(int maximum, long oldestMs)
    {
        List<AuditEntry> removed = [];
        lock (_gate)
        {
            while (_entries.Count - _first > 1
                && _entries[_first] is var oldest
                && (_entries.Count - _first > maximum || _characters > MaximumCharacters || oldest.At.ToUnixTimeMilliseconds() < oldestMs))
            {
                removed.Add(oldest);
                _characters -= Size(oldest);
                _first++;
            }

            if (_first > 1024 && _first > _entries.Count / 2)
            {
                _entries.RemoveRange(0, _first);
                _first = 0;
            }
        }

        return removed;
    }

    public void Replace(List<AuditEntry> entries)
    {
        lock (_gate)
        {
            _entries.Clear();
            _entries.AddRange(entries);
            _first = 0;
            _characters = entries.Sum(Size);
            _last = entries.Count == 0 ? 0 : entries[^1].Number;
        }
    }

    /// <summary>The entries below a number, latest first; some at a time, so that changes need not wait for who reads.</summary>
    public IEnumerable<AuditEntry> Before(long number)
    {
        while (true)
        {
            AuditEntry[] some;
            lock (_gate)
            {
                int end = End(number);
                some = [.. _entries.GetRange(Math.Max(_first, end - 256), end - Math.Max(_first, end - 256))];
            }

            if (some.Length == 0)
            {
                yield break;
            }

            for (int i = some.Length - 1; i >= 0; i--)
            {
                yield return some[i];
            }

            number = some[0].Number;
        }
    }

    // The index behind the last entry below the number.
    private int End(long number)
    {
        int low = _first;
        int high = _entries.Count;
        while (low < high)
        {
            int middle = low + ((high - low) / 2);
            if (_entries[middle].Number < number)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private static long Size(AuditEntry entry) => 64L + entry.Caller.Length + entry.Target.Length + (entry.Before?.Length ?? 0) + (entry.After?.Length ?? 0);
}
