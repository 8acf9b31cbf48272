namespace SkyTree.Core.Messages.Retention;

/// <summary>Pieces of the log in which something may have become deletable. One owner, who uses it again.</summary>
internal sealed class OffsetWindows
{
    private readonly List<(long After, long To)> _windows = [];

    /// <summary>Whether anything was added.</summary>
    public bool IsEmpty => _windows.Count == 0;

    /// <summary>Adds a piece; an empty one is left out.</summary>
    /// <param name="after">It begins after this offset.</param>
    /// <param name="to">It ends with this offset.</param>
    public void Add(long after, long to)
    {
        if (to > after)
        {
            _windows.Add((after, to));
        }
    }

    /// <summary>The pieces in rising order, apart from each other.</summary>
    /// <param name="above">What is not above this offset is left out.</param>
    /// <param name="limit">At most so many offsets in all.</param>
    /// <returns>Null when there are more.</returns>
    public List<(long After, long To)>? Merge(long above, long limit)
    {
        List<(long After, long To)> merged = [];
        _windows.Sort();
        long end = above;
        foreach ((long after, long to) in _windows)
        {
            long start = Math.Max(after, end);
            if (to <= start)
            {
                continue;
            }

            limit -= to - start;
            if (limit < 0)
            {
                return null;
            }

            if (merged.Count > 0 && start == end)
            {
                merged[^1] = (merged[^1].After, to);
            }
            else
            {
                merged.Add((start, to));
            }

            end = to;
        }

        return merged;
    }

    public void Clear() => _windows.Clear();
}
