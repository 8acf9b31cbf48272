namespace SkyTree.Core.Sessions.Limits;

/// <summary>What a session was refused of the log above its cursor: ranges in rising order that neither meet nor overlap. Immutable.</summary>
internal sealed class DroppedOffsets
{
    private readonly DroppedRange[] _ranges;

    private DroppedOffsets(DroppedRange[] ranges) => _ranges = ranges;

    public static DroppedOffsets None { get; } = new([]);

    public ReadOnlySpan<DroppedRange> Ranges => _ranges;

    public bool IsEmpty => _ranges.Length == 0;

    public bool Contains(long offset) => Find(offset) is { } range && offset <= range.To;

    /// <summary>Whether a whole stretch is in it.</summary>
    public bool Covers(long from, long to) => Find(to) is { } range && range.From <= from && to <= range.To;

    /// <summary>The range that an offset is in, or the last before it; null: there is none.</summary>
    public DroppedRange? Find(long offset)
    {
        int at = IndexBefore(offset);
        return at < 0 ? null : _ranges[at];
    }

    /// <summary>Where a reader is that has read up to a position: what comes next in a range counts as read.</summary>
    public long Pass(long position) => IndexBefore(position + 1) is >= 0 and var at && _ranges[at].To > position ? _ranges[at].To : position;

    /// <summary>What was dropped between two positions, neither of which is within a range.</summary>
    public QueueUsage Between(long from, long to)
    {
        QueueUsage sum = default;
        for (int at = IndexBefore(from + 1) + 1; at < _ranges.Length && _ranges[at].To <= to; at++)
        {
            sum += _ranges[at].Dropped;
        }

        return sum;
    }

    /// <summary>Adds a range; those that it meets or covers become one with it.</summary>
    /// <param name="added">The range; what it counts is not in those that are there.</param>
    public DroppedOffsets Add(DroppedRange added)
    {
        int first = 0;
        while (first < _ranges.Length && _ranges[first].To < added.From)
        {
            first++;
        }

        int next = first;
        while (next < _ranges.Length && _ranges[next].From <= added.To)
        {
            DroppedRange met = _ranges[next++];
            added = new DroppedRange(Math.Min(added.From, met.From), Math.Max(added.To, met.To), added.Dropped + met.Dropped);
        }

        return new DroppedOffsets([.. _ranges.AsSpan(0, first), added, .. _ranges.AsSpan(next)]);
    }

    /// <summary>Without the ranges that a cursor is past; null: nothing is left.</summary>
    public DroppedOffsets? After(long cursor) =>
        _ranges.Length > 0 && _ranges[0].To > cursor ? this
        : Array.FindAll(_ranges, range => range.To > cursor) is { Length: > 0 } left ? new DroppedOffsets(left) : null;

    // The last range that begins before an offset.
    private int IndexBefore(long offset)
    {
        int low = 0;
        int high = _ranges.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            if (_ranges[middle].From < offset)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return high;
    }
}
