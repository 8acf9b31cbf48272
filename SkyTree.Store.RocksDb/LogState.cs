using SkyTree.Store.RocksDb.Native;
using SkyTree.Store.RocksDb.Topics;

namespace SkyTree.Store.RocksDb;

/// <summary>A message in a topic's queue.</summary>
/// <param name="Offset">Its offset.</param>
/// <param name="Bytes">Bytes of its payload and properties.</param>
internal readonly record struct QueueEntry(long Offset, int Bytes);

/// <summary>All messages below an offset have timestamps up to one.</summary>
/// <param name="TimestampMs">The timestamp.</param>
/// <param name="Offset">The offset.</param>
internal readonly record struct TimeMark(long TimestampMs, long Offset);

/// <summary>What is known of the log without reading it. Loaded when the database is opened; changed by who holds the write lock.</summary>
internal sealed class LogState
{
    // A search by time reads about so many records at most.
    private const int MessagesPerMark = 1_024;

    private long _lastOffset;
    private long _floor;
    private long _first;
    private long _sinceMark = MessagesPerMark;
    private long _marked = long.MinValue;
    private long _clock = long.MinValue;
    private volatile bool _isFilled; // messages have come below the log's beginning: what readers learnt of it no longer counts

    public TopicTable Topics { get; } = new();

    /// <summary>The highest offset ever appended.</summary>
    public long LastOffset => Volatile.Read(ref _lastOffset);

    /// <summary>The highest timestamp ever appended.</summary>
    public long Clock => Volatile.Read(ref _clock);

    /// <summary>Up to here everything is deleted, also what is still to be removed.</summary>
    public long Floor
    {
        get => Volatile.Read(ref _floor);
        set => Volatile.Write(ref _floor, value);
    }

    /// <summary>Up to here what the floor deleted has been removed from the queues.</summary>
    public long Swept { get; set; }

    /// <summary>Marks written since they were last trimmed.</summary>
    public int MarksToTrim { get; set; }

    /// <summary>Whether the next append is to write a time mark.</summary>
    public bool WantsMark => _sinceMark >= MessagesPerMark && _clock > _marked && LastOffset > 0;

    /// <summary>Reads it from the database.</summary>
    /// <exception cref="Core.Replication.StateDatabaseException">It is damaged, or of a later version.</exception>
    public static LogState Load(OpenedDatabase database)
    {
        LogState state = new();
        if (database.Get(Keys.Last, database.Topics) is { Length: 16 } last)
        {
            state._lastOffset = Keys.ReadOffset(last);
            state._clock = Keys.ReadOffset(last.AsSpan(8));
        }

        state.Floor = ReadNumber(Keys.Floor);
        state.Swept = ReadNumber(Keys.Swept);
        using Cursor cursor = new(database, database.Topics);
        for (bool there = cursor.Seek(Keys.FirstTopic); there; there = cursor.Next())
        {
            ReadOnlySpan<byte> record = cursor.Value;
            if (!TopicRecord.IsWhole(cursor.Key, record))
            {
                throw Errors.Damaged(database.Folder, "a topic's record has the wrong length");
            }

            state.Topics.Add(TopicRecord.ReadName(record), Keys.ReadTopicQueue(cursor.Key)).Totals = TopicRecord.ReadTotals(record);
        }

        return state;

        long ReadNumber(ReadOnlySpan<byte> key) => database.Get(key, database.Topics) is { Length: 8 } number ? Keys.ReadOffset(number) : 0;
    }

    /// <summary>Follows a write.</summary>
    public void Advance(long lastOffset, long clock, int appended, TimeMark? mark)
    {
        _sinceMark += appended;
        if (mark is { } written)
        {
            _sinceMark = 0;
            _marked = written.TimestampMs;
            MarksToTrim++;
        }

        Volatile.Write(ref _clock, clock);
        Volatile.Write(ref _lastOffset, lastOffset);
    }

    /// <summary>The first offset that a read after one needs to look at. Below zero, which sorts last, if there is none.</summary>
    public long FirstAfter(long after)
    {
        ulong start = (ulong)Math.Max(Math.Max(after, Floor), 0) + 1;
        return _isFilled ? (long)start : (long)Math.Max(start, (ulong)Volatile.Read(ref _first));
    }

    /// <summary>Before messages come below the log's beginning. From now on reads find the beginning by looking.</summary>
    public void ForgetFirst() => _isFilled = true;

    /// <summary>Remembers that the log begins here, so that the next read from its beginning passes nothing that is deleted.</summary>
    /// <param name="readFrom">Where the read began.</param>
    /// <param name="found">What it found first.</param>
    public void LearnFirst(long readFrom, long found)
    {
        long known = Volatile.Read(ref _first);
        bool fromTheBeginning = (ulong)readFrom <= Math.Max((ulong)known, (ulong)Floor + 1);
        if (fromTheBeginning && found > known)
        {
            Interlocked.CompareExchange(ref _first, found, known);
        }
    }
}
