namespace SkyTree.Core.Messages;

/// <summary>
/// Messages in rising order of offset, in chunks, so that neither growth nor a read copies or locks the whole.
/// One writer at a time (the caller's lock); readers take no lock and see every message whose <see cref="Add"/> has returned.
/// </summary>
/// <remarks>
/// Within a chunk, slots are only ever filled from the front, published by the chunk's count, and emptied by
/// <see cref="Remove"/>. A chunk that is mostly empty is replaced by a smaller one holding the same messages; a reader
/// still inside the old one sees what was there when it began.
/// </remarks>
internal sealed class OffsetLog
{
    // A topic with one message must stay small, a log of millions must have few chunks.
    private const int SmallestChunk = 4;
    private const int LargestChunk = 1024;

    private volatile Snapshot _snapshot = new([], 0);

    /// <summary>Adds a message whose offset is higher than every one before it.</summary>
    public void Add(StoredMessage message)
    {
        Snapshot snapshot = _snapshot;
        Chunk? last = snapshot.Count > 0 ? snapshot.Chunks[snapshot.Count - 1] : null;
        if (last is { IsFull: false })
        {
            last.Add(message);
            return;
        }

        if (last is { Capacity: < LargestChunk })
        {
            Chunk larger = last.CopyLive(last.Capacity * 2);
            larger.Add(message);
            Volatile.Write(ref snapshot.Chunks[snapshot.Count - 1], larger);
            return;
        }

        Chunk added = new(last is null ? SmallestChunk : LargestChunk);
        added.Add(message);
        Append(snapshot, added);
    }

    /// <summary>Removes the message at an offset. False: there is none.</summary>
    public bool Remove(long offset)
    {
        Snapshot snapshot = _snapshot;
        int at = snapshot.FindChunk(offset);
        if (at < 0)
        {
            return false;
        }

        Chunk chunk = snapshot.Chunks[at];
        if (!chunk.Remove(offset))
        {
            return false;
        }

        if (!chunk.IsFull)
        {
            return true; // It is being filled; it is looked at again when it is full.
        }

        if (chunk.Live == 0)
        {
            RemoveChunk(snapshot, at);
        }
        else if (chunk.Live <= chunk.Capacity / 4)
        {
            Volatile.Write(ref snapshot.Chunks[at], chunk.CopyLive(chunk.Live));
        }

        return true;
    }

    /// <summary>Reads messages after an offset.</summary>
    /// <param name="after">The offset to read after.</param>
    /// <param name="filter">Topics to read; null reads all.</param>
    /// <param name="into">Where the messages go.</param>
    /// <param name="limit">At most so many messages.</param>
    /// <param name="scanLimit">Looks at so many slots at most. More than a chunk has, so that one of them holds a message.</param>
    /// <returns>The offset of the last message looked at, to go on after; <paramref name="after"/> if there was none.</returns>
    public long Read(long after, Func<string, bool>? filter, List<StoredMessage> into, int limit, int scanLimit)
    {
        Snapshot snapshot = _snapshot;
        long next = after;
        int left = limit;
        for (int i = Math.Max(snapshot.FindChunk(after), 0); i < snapshot.Count; i++)
        {
            Chunk chunk = Volatile.Read(ref snapshot.Chunks[i]);
            int count = chunk.Count;
            for (int slot = chunk.FirstAfter(after, count); slot < count; slot++)
            {
                if (left == 0 || scanLimit == 0)
                {
                    return next;
                }

                scanLimit--;
                if (chunk[slot] is { } message)
                {
                    next = message.Offset;
                    if (filter is null || filter(message.Topic))
                    {
                        into.Add(message);
                        left--;
                    }
                }
            }
        }

        return next;
    }

    /// <summary>The lowest offset whose message was appended at or after a time; null: there is none.</summary>
    public long? FindByTimestamp(long timestampMs)
    {
        Snapshot snapshot = _snapshot;
        for (int i = 0; i < snapshot.Count; i++)
        {
            Chunk chunk = Volatile.Read(ref snapshot.Chunks[i]);
            int count = chunk.Count;
            if (chunk.MaxTimestampMs < timestampMs)
            {
                continue;
            }

            for (int slot = 0; slot < count; slot++)
            {
                if (chunk[slot] is { } message && message.TimestampMs >= timestampMs)
                {
                    return message.Offset;
                }
            }
        }

        return null;
    }

    private void Append(Snapshot snapshot, Chunk chunk)
    {
        Chunk[] chunks = snapshot.Chunks;
        if (snapshot.Count == chunks.Length)
        {
            Array.Resize(ref chunks, Math.Max(1, chunks.Length * 2));
        }

        chunks[snapshot.Count] = chunk; // Behind the count of every snapshot that readers hold.
        _snapshot = new Snapshot(chunks, snapshot.Count + 1);
    }

    private void RemoveChunk(Snapshot snapshot, int at)
    {
        int count = snapshot.Count - 1;
        Chunk[] chunks = new Chunk[count];
        Array.Copy(snapshot.Chunks, chunks, at);
        Array.Copy(snapshot.Chunks, at + 1, chunks, at, count - at);
        _snapshot = new Snapshot(chunks, count);
    }

    private sealed class Snapshot(Chunk[] chunks, int count)
    {
        public Chunk[] Chunks => chunks;

        public int Count => count;

        /// <summary>The last chunk that begins at or before an offset; -1: none does.</summary>
        public int FindChunk(long offset)
        {
            int low = 0;
            int high = count - 1;
            while (low <= high)
            {
                int middle = (low + high) >>> 1;
                if (Volatile.Read(ref chunks[middle]).OffsetAt(0) <= offset)
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

    private sealed class Chunk(int capacity)
    {
        private readonly long[] _offsets = new long[capacity];
        private readonly StoredMessage?[] _messages = new StoredMessage?[capacity];
        private int _count;
        private long _maxTimestampMs = long.MinValue;

        public int Capacity => _offsets.Length;

        /// <summary>Slots filled, also those emptied since.</summary>
        public int Count => Volatile.Read(ref _count);

        public bool IsFull => _count == _offsets.Length;

        /// <summary>Slots that hold a message; for the writer.</summary>
        public int Live { get; private set; }

        public long MaxTimestampMs => Volatile.Read(ref _maxTimestampMs);

        public StoredMessage? this[int slot] => Volatile.Read(ref _messages[slot]);

        public long OffsetAt(int slot) => _offsets[slot];

        public void Add(StoredMessage message)
        {
            int slot = _count;
            _offsets[slot] = message.Offset;
            _messages[slot] = message;
            if (message.TimestampMs > _maxTimestampMs)
            {
                Volatile.Write(ref _maxTimestampMs, message.TimestampMs);
            }

            Live++;
            Volatile.Write(ref _count, slot + 1);
        }

        public bool Remove(long offset)
        {
            int slot = Array.BinarySearch(_offsets, 0, _count, offset);
            if (slot < 0 || _messages[slot] is null)
            {
                return false;
            }

            Volatile.Write(ref _messages[slot], null);
            Live--;
            return true;
        }

        public int FirstAfter(long offset, int count)
        {
            int slot = Array.BinarySearch(_offsets, 0, count, offset);
            return slot < 0 ? ~slot : slot + 1;
        }

        public Chunk CopyLive(int newCapacity)
        {
            Chunk copy = new(newCapacity);
            for (int slot = 0; slot < _count; slot++)
            {
                if (_messages[slot] is { } message)
                {
                    copy.Add(message);
                }
            }

            return copy;
        }
    }
}
