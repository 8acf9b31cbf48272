namespace SkyTree.Core;

/// <summary>
/// Items in the ordinal order of their keys, for lists that are read in parts. Costs a reference or two for each item; a
/// change moves a few hundred references at most. Any thread reads and writes.
/// </summary>
/// <typeparam name="T">What is kept.</typeparam>
/// <param name="keyOf">An item's key, which never changes.</param>
internal sealed class OrderedIndex<T>(Func<T, string> keyOf)
    where T : class
{
    private const int ChunkSize = 512;

    private readonly Lock _gate = new();
    private List<Chunk> _chunks = []; // guarded by _gate; none is empty

    /// <summary>Adds an item, or replaces the one with its key.</summary>
    public void Set(T item)
    {
        string key = keyOf(item);
        lock (_gate)
        {
            int at = FindChunk(key);
            if (at < 0)
            {
                // Before all others; at a start they come in order, and then this happens once.
                if (_chunks.Count == 0)
                {
                    _chunks.Add(new Chunk());
                }

                at = 0;
            }

            Chunk chunk = _chunks[at];
            int place = Find(chunk, key);
            if (place >= 0)
            {
                chunk.Items[place] = item;
                return;
            }

            place = ~place;
            if (chunk.Count == ChunkSize)
            {
                // What comes in order fills the chunks, else they are halved.
                int keep = at == _chunks.Count - 1 && place == ChunkSize ? ChunkSize : ChunkSize / 2;
                var next = new Chunk { Count = ChunkSize - keep };
                Array.Copy(chunk.Items, keep, next.Items, 0, next.Count);
                Array.Clear(chunk.Items, keep, next.Count);
                chunk.Count = keep;
                _chunks.Insert(at + 1, next);
                if (place >= keep && (place > keep || next.Count == 0))
                {
                    chunk = next;
                    place -= keep;
                }
            }

            Array.Copy(chunk.Items, place, chunk.Items, place + 1, chunk.Count - place);
            chunk.Items[place] = item;
            chunk.Count++;
        }
    }

    /// <summary>Removes an item, if it is the one with its key.</summary>
    public void Remove(T item)
    {
        string key = keyOf(item);
        lock (_gate)
        {
            int at = FindChunk(key);
            if (at < 0)
            {
                return;
            }

            Chunk chunk = _chunks[at];
            int place = Find(chunk, key);
            if (place < 0 || !ReferenceEquals(chunk.Items[place], item))
            {
                return;
            }

            chunk.Count--;
            Array.Copy(chunk.Items, place + 1, chunk.Items, place, chunk.Count - place);
            chunk.Items[chunk.Count] = null!;
            if (chunk.Count == 0)
            {
                _chunks.RemoveAt(at);
            }
        }
    }

    /// <summary>Removes everything.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _chunks = [];
        }
    }

    /// <summary>The items behind a key, in order.</summary>
    /// <param name="after">The key; null: from the front.</param>
    /// <param name="orAt">Whether the item with that key itself is among them.</param>
    /// <param name="limit">At most so many.</param>
    public List<T> Take(string? after, bool orAt, int limit)
    {
        var taken = new List<T>(Math.Min(limit, 1024));
        lock (_gate)
        {
            int at = after is null ? 0 : Math.Max(0, FindChunk(after));
            int place = 0;
            if (after is not null && at < _chunks.Count)
            {
                place = Find(_chunks[at], after);
                place = place < 0 ? ~place : orAt ? place : place + 1;
            }

            for (; at < _chunks.Count && taken.Count < limit; at++, place = 0)
            {
                Chunk chunk = _chunks[at];
                int count = Math.Min(chunk.Count - place, limit - taken.Count);
                taken.AddRange(chunk.Items.AsSpan(place, count));
            }
        }

        return taken;
    }

    /// <summary>The items before a key, the last first.</summary>
    /// <param name="before">The key, which need not be there; null: from the end.</param>
    /// <param name="limit">At most so many.</param>
    public List<T> TakeBack(string? before, int limit)
    {
        var taken = new List<T>(Math.Min(limit, 1024));
        lock (_gate)
        {
            int at = before is null ? _chunks.Count - 1 : FindChunk(before);
            int place = -1;
            if (at >= 0)
            {
                place = before is null ? _chunks[at].Count : Find(_chunks[at], before);
                place = (place < 0 ? ~place : place) - 1;
            }

            while (at >= 0 && taken.Count < limit)
            {
                if (place >= 0)
                {
                    taken.Add(_chunks[at].Items[place--]);
                }
                else if (--at >= 0)
                {
                    place = _chunks[at].Count - 1;
                }
            }
        }

        return taken;
    }

    /// <summary>The chunk in which a key is or would be; -1: it is before all.</summary>
    private int FindChunk(string key)
    {
        int low = 0;
        int high = _chunks.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (string.CompareOrdinal(keyOf(_chunks[middle].Items[0]), key) <= 0)
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

    private int Find(Chunk chunk, string key)
    {
        int low = 0;
        int high = chunk.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            int order = string.CompareOrdinal(keyOf(chunk.Items[middle]), key);
            if (order == 0)
            {
                return middle;
            }

            if (order < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return ~low;
    }

    private sealed class Chunk
    {
        public readonly T[] Items = new T[ChunkSize];

        public int Count;
    }
}
