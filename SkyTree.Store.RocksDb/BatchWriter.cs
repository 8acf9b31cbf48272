using System.Buffers.Binary;
using RocksDbSharp;
using SkyTree.Core.Messages;
using SkyTree.Store.RocksDb.Native;
using SkyTree.Store.RocksDb.WriteAhead;
using SkyTree.Store.RocksDb.Topics;

namespace SkyTree.Store.RocksDb;

/// <summary>Makes one write of RocksDB out of changes and of what follows from them: topics' totals, the last offset, time marks.</summary>
/// <remarks>Used by who holds the write lock. Memory follows only when the write has succeeded, with <see cref="Complete"/>.</remarks>
internal sealed class BatchWriter(LogState state) : IDisposable
{
    // A range tombstone is dear to everyone who reads near it until it is merged away, a few single ones are not.
    private const int SinglyDeleted = 256;
    private const int LookedThrough = 1_024;

    private readonly WriteBatch _batch = new();
    private readonly List<TopicEntry> _touched = [];
    private readonly byte[] _offsetKey = new byte[8];
    private readonly byte[] _queueKey = new byte[Keys.QueueSize];
    private readonly byte[] _number = new byte[4];
    private readonly byte[] _topicKey = new byte[Keys.TopicSize];
    private readonly byte[] _last = new byte[16];
    private readonly List<Queued> _queued = [];
    private byte[] _record = new byte[256];
    private long _lastOffset;
    private long _clock;
    private TimeMark? _mark;
    private int _appended;

    /// <summary>Begins an empty write.</summary>
    public void Begin()
    {
        _batch.Clear();
        foreach (TopicEntry entry in _touched)
        {
            entry.Pending = null;
        }

        _touched.Clear();
        _queued.Clear();
        _lastOffset = state.LastOffset;
        _clock = state.Clock;
        _mark = null;
        _appended = 0;
    }

    /// <summary>Adds a batch's changes. Messages that are there, or were and have been deleted, are left out.</summary>
    public void Add(RocksDbBatch batch, OpenedDatabase database)
    {
        IReadOnlyList<RocksDbBatch.Change> changes = batch.Changes;
        for (int i = 0; i < changes.Count; i++)
        {
            RocksDbBatch.Change change = changes[i];
            switch (change.Kind)
            {
                case RocksDbBatch.Kind.Put:
                    _batch.Put(batch.Read(change.Key), batch.Read(change.Value), database.State);
                    break;
                case RocksDbBatch.Kind.Delete:
                    _batch.Delete(batch.Read(change.Key), database.State);
                    break;
                case RocksDbBatch.Kind.DeletePrefix:
                    DeletePrefix(batch, i, database);
                    break;
                case RocksDbBatch.Kind.Append when change.Offset > _lastOffset:
                    Append(batch, change, database);
                    break;
            }
        }
    }

    /// <summary>Adds messages below the log's end, and lifts the floor off them. Those that are there are left out.</summary>
    public void Fill(IReadOnlyList<StoredMessage> messages, OpenedDatabase database)
    {
        foreach (StoredMessage message in messages)
        {
            Keys.WriteOffset(_offsetKey, message.Offset);
            if (database.Get(_offsetKey, database.Log) is not null)
            {
                continue;
            }

            int bytes = message.Payload.Length + message.Properties.Length;
            PutRecord(message.Offset, StoredMessageFormat.ToArray(message), database);
            TopicEntry entry = state.Topics.FindOrAdd(System.Text.Encoding.UTF8.GetBytes(message.Topic));
            entry.First = Math.Min(entry.First, message.Offset);
            _queued.Add(new Queued(entry.Queue, message.Offset, bytes));
            Touch(entry, (entry.Pending ?? entry.Totals).Fill(message.Offset, bytes));
            _clock = Math.Max(_clock, message.TimestampMs);
            _lastOffset = Math.Max(_lastOffset, message.Offset);
        }

        if (state.Floor > 0)
        {
            SetNumber(Keys.Floor, 0, database);
            SetNumber(Keys.Swept, 0, database);
        }
    }

    /// <summary>Puts a message's record where it belongs in the log, and nothing else.</summary>
    public void PutRecord(long offset, ReadOnlySpan<byte> record, OpenedDatabase database)
    {
        Keys.WriteOffset(_offsetKey, offset);
        _batch.Put(_offsetKey, record, database.Log);
    }

    /// <summary>Removes messages from a topic's queue and, unless the whole log is deleted there, from the log.</summary>
    public void Remove(TopicEntry entry, IReadOnlyList<QueueEntry> removed, bool fromLog, OpenedDatabase database)
    {
        long bytes = 0;
        foreach (QueueEntry message in removed)
        {
            bytes += message.Bytes;
            Keys.WriteQueue(_queueKey, entry.Queue, message.Offset);
            _batch.Delete(_queueKey.AsSpan(), database.Queues);
            if (fromLog)
            {
                Keys.WriteOffset(_offsetKey, message.Offset);
                _batch.Delete(_offsetKey.AsSpan(), database.Log);
            }
        }

        Touch(entry, (entry.Pending ?? entry.Totals).Remove(removed.Count, bytes));
    }

    /// <summary>Empties a topic's queue, whatever is in it.</summary>
    public unsafe void Empty(TopicEntry entry, OpenedDatabase database)
    {
        byte* first = stackalloc byte[Keys.QueueSize];
        byte* end = stackalloc byte[Keys.QueueSize];
        Keys.WriteQueue(new Span<byte>(first, Keys.QueueSize), entry.Queue, 0);
        Keys.WriteQueue(new Span<byte>(end, Keys.QueueSize), entry.Queue + 1, 0);
        _batch.DeleteRange(first, Keys.QueueSize, end, Keys.QueueSize, database.Queues);
        Touch(entry, TopicTotals.None);
    }

    /// <summary>Removes everything up to and with an offset from the log, not from the queues.</summary>
    public unsafe void RemoveFromLog(long upTo, OpenedDatabase database)
    {
        byte* first = stackalloc byte[8];
        byte* last = stackalloc byte[8];
        Keys.WriteOffset(new Span<byte>(first, 8), 0);
        Keys.WriteOffset(new Span<byte>(last, 8), upTo);
        _batch.DeleteRange(first, 8, last, 8, database.Log);
        _batch.Delete(new ReadOnlySpan<byte>(last, 8), database.Log); // a range's end stays
    }

    /// <summary>Sets one of the log's own values.</summary>
    public void SetNumber(ReadOnlySpan<byte> key, long number, OpenedDatabase database)
    {
        BinaryPrimitives.WriteInt64BigEndian(_offsetKey, number);
        _batch.Put(key, _offsetKey, database.Topics);
    }

    /// <summary>Removes one of the log's own values.</summary>
    public void Delete(ReadOnlySpan<byte> key, OpenedDatabase database) => _batch.Delete(key, database.Topics);

    /// <summary>Writes it: all or nothing.</summary>
    public void Write(OpenedDatabase database, WriteOptions options)
    {
        PutQueued(database);
        PutTopics(database);
        if (_lastOffset != state.LastOffset)
        {
            BinaryPrimitives.WriteInt64BigEndian(_last, _lastOffset);
            BinaryPrimitives.WriteInt64BigEndian(_last.AsSpan(8), _clock);
            _batch.Put(Keys.Last, _last.AsSpan(), database.Topics);
        }

        _batch.PutLogData(LogInspector.EndMark, (ulong)LogInspector.EndMark.Length);
        database.Write(_batch, options);
    }

    /// <summary>Has memory follow what was written.</summary>
    public void Complete()
    {
        foreach (TopicEntry entry in _touched)
        {
            entry.Totals = entry.Pending!;
            entry.Pending = null;
            if (entry.Totals.Count == 0)
            {
                state.Topics.Remove(entry);
            }
        }

        _touched.Clear();
        state.Advance(_lastOffset, _clock, _appended, _mark);
    }

    public void Dispose() => _batch.Dispose();

    private void Append(RocksDbBatch batch, in RocksDbBatch.Change message, OpenedDatabase database)
    {
        if (_appended == 0 && state.WantsMark)
        {
            _mark = new TimeMark(_clock, message.Offset);
            Span<byte> mark = stackalloc byte[Keys.TimeMarkSize];
            Keys.WriteTimeMark(mark, _clock);
            SetNumber(mark, message.Offset, database);
        }

        PutRecord(message.Offset, batch.Read(message.Value), database);
        TopicEntry entry = state.Topics.FindOrAdd(batch.Read(message.Key));
        _queued.Add(new Queued(entry.Queue, message.Offset, message.Size));
        Touch(entry, (entry.Pending ?? entry.Totals).Add(message.Offset, message.Size));
        _clock = Math.Max(_clock, message.TimestampMs);
        _lastOffset = message.Offset;
        _appended++;
    }

    /// <summary>Puts messages into their queues. In the order of the keys, which a memory table takes much faster.</summary>
    private void PutQueued(OpenedDatabase database)
    {
        _queued.Sort();
        foreach (Queued message in _queued)
        {
            Keys.WriteQueue(_queueKey, message.Queue, message.Offset);
            BinaryPrimitives.WriteInt32BigEndian(_number, message.Bytes);
            _batch.Put(_queueKey.AsSpan(), _number.AsSpan(), database.Queues);
        }
    }

    private void PutTopics(OpenedDatabase database)
    {
        _touched.Sort(static (x, y) => x.Queue.CompareTo(y.Queue));
        foreach (TopicEntry entry in _touched)
        {
            Keys.WriteTopic(_topicKey, entry.Queue);
            if (entry.Pending!.Count == 0)
            {
                _batch.Delete(_topicKey.AsSpan(), database.Topics);
                continue;
            }

            int size = TopicRecord.SizeOf(entry);
            if (size > _record.Length)
            {
                _record = new byte[size];
            }

            TopicRecord.Write(_record, entry, entry.Pending);
            _batch.Put(_topicKey.AsSpan(), _record.AsSpan(0, size), database.Topics);
        }
    }

    private void Touch(TopicEntry entry, TopicTotals totals)
    {
        if (entry.Pending is null)
        {
            _touched.Add(entry);
        }

        entry.Pending = totals;
    }

    private void DeletePrefix(RocksDbBatch batch, int index, OpenedDatabase database)
    {
        ReadOnlySpan<byte> prefix = batch.Read(batch.Changes[index].Key);
        byte[] end = Prefix.EndOf(prefix);

        // Only a prefix of nothing but 0xFF has no end, and so no range.
        bool isRange = end.Length > 0 && (index > LookedThrough || !HasFewKeys(prefix, end, database));
        if (isRange)
        {
            DeleteRange(prefix, end, database);
        }
        else
        {
            DeleteSingly(batch, index, prefix, end, database);
        }
    }

    private static bool HasFewKeys(ReadOnlySpan<byte> prefix, byte[] end, OpenedDatabase database)
    {
        using Cursor cursor = new(database, database.State, end);
        int keys = 0;
        for (bool there = cursor.Seek(prefix); there && keys <= SinglyDeleted; there = cursor.Next())
        {
            keys++;
        }

        return keys <= SinglyDeleted;
    }

    private void DeleteSingly(RocksDbBatch batch, int index, ReadOnlySpan<byte> prefix, byte[] end, OpenedDatabase database)
    {
        using Cursor cursor = new(database, database.State, end);
        for (bool there = cursor.Seek(prefix); there; there = cursor.Next())
        {
            _batch.Delete(cursor.Key, database.State);
        }

        // What the batch itself has put is not in the database yet.
        for (int i = 0; i < index; i++)
        {
            RocksDbBatch.Change earlier = batch.Changes[i];
            if (earlier.Kind == RocksDbBatch.Kind.Put && batch.Read(earlier.Key).StartsWith(prefix))
            {
                _batch.Delete(batch.Read(earlier.Key), database.State);
            }
        }
    }

    private unsafe void DeleteRange(ReadOnlySpan<byte> prefix, byte[] end, OpenedDatabase database)
    {
        fixed (byte* from = prefix, to = end)
        {
            _batch.DeleteRange(from, (ulong)prefix.Length, to, (ulong)end.Length, database.State);
        }
    }

    /// <summary>A message to be put into its topic's queue.</summary>
    private readonly record struct Queued(long Queue, long Offset, int Bytes) : IComparable<Queued>
    {
        public int CompareTo(Queued other)
        {
            int queues = Queue.CompareTo(other.Queue);
            return queues != 0 ? queues : Offset.CompareTo(other.Offset);
        }
    }
}
