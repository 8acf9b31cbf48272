using System.Runtime.CompilerServices;

namespace SkyTree.Core.Messages.Retention;

/// <summary>
/// Where the durable readers of the log were when it was last looked, so that only what they have passed since is looked
/// at. The trimmer's.
/// </summary>
/// <param name="limit">Remembers so many readers at most; with more it only knows whether any of them moved.</param>
internal sealed class ReaderPositions(int limit)
{
    private Dictionary<object, long> _before = [];
    private Dictionary<object, long> _now = [];
    private long _sumBefore;
    private long _sum;
    private long _count;
    private bool _wereMany;

    /// <summary>Notes where a reader is.</summary>
    /// <param name="reader">The session or group.</param>
    /// <param name="position">It is past this offset.</param>
    /// <param name="freed">Receives what it has passed.</param>
    public void Note(object reader, long position, OffsetWindows freed)
    {
        _sum += HashCode.Combine(RuntimeHelpers.GetHashCode(reader), position);
        if (_before.Remove(reader, out long before))
        {
            freed.Add(before, position);
        }

        if (++_count <= limit)
        {
            _now[reader] = position;
        }
    }

    /// <summary>All readers have been noted: those that were not are gone, and hold up nothing.</summary>
    /// <param name="last">The last offset.</param>
    /// <param name="freed">Receives what they held up.</param>
    public void End(long last, OffsetWindows freed)
    {
        foreach (long position in _before.Values)
        {
            freed.Add(position, last);
        }

        bool areMany = _count > limit;
        if ((areMany || _wereMany) && _sum != _sumBefore)
        {
            freed.Add(0, last);
        }

        if (areMany)
        {
            _now.Clear();
        }

        _before.Clear();
        (_before, _now) = (_now, _before);
        _wereMany = areMany;
        _sumBefore = _sum;
        _sum = 0;
        _count = 0;
    }
}
