using System.Buffers.Binary;
using SkyTree.Store.RocksDb.Native;
using SkyTree.Store.RocksDb.Topics;

namespace SkyTree.Store.RocksDb;

/// <remarks>
/// Deletions take turns, and go in steps between which appends come in. Deleting the whole log up to an offset first
/// writes that floor, which at once hides all below it; the queues and totals follow topic by topic. If the process ends
/// meanwhile, opening goes on where it ended.
/// </remarks>
internal sealed partial class RocksDbMessageStore
{
    private const int StepMessages = 2_048;
    private const int MarksBetweenTrims = 1_024;

    private readonly SemaphoreSlim _deleting = new(1, 1);

    /// <inheritdoc/>
    public override async ValueTask DeleteLogAsync(long offset, CancellationToken cancellationToken = default)
    {
        await LeaveCallerAsync(cancellationToken).ConfigureAwait(false);
        await _deleting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            LogState state = database.State;
            long floor = Math.Min(offset, state.LastOffset); // what is appended from now on stays
            if (floor > state.Floor)
            {
                database.Write(sync: false, floor, static (writer, upTo, opened) => writer.SetNumber(Keys.Floor, upTo, opened));
                database.State.Floor = floor;
            }

            if (database.State.Floor > database.State.Swept)
            {
                Sweep(cancellationToken);
            }
        }
        finally
        {
            _deleting.Release();
        }
    }

    internal async ValueTask DeleteByOffsetAsync(string topic, long offset, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (database.State.Topics.Find(topic) is null)
        {
            return;
        }

        await LeaveCallerAsync(cancellationToken).ConfigureAwait(false);
        await _deleting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            long upTo = Math.Min(offset, database.State.LastOffset);
            while (DeleteStep(topic, upTo, fromLog: true))
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            if (database.State.MarksToTrim >= MarksBetweenTrims)
            {
                TrimMarks();
            }
        }
        finally
        {
            _deleting.Release();
        }
    }

    /// <summary>Waits until no deletion is under way, and lets none begin until <see cref="ReleaseDeletions"/>.</summary>
    internal void HoldDeletions() => _deleting.Wait();

    /// <summary>Deletions may begin again.</summary>
    internal void ReleaseDeletions() => _deleting.Release();

    /// <summary>Removes what the floor has deleted, from the queues and then from the log.</summary>
    internal void Sweep(CancellationToken cancellationToken)
    {
        long floor = database.State.Floor;
        foreach (TopicEntry entry in database.State.Topics.All)
        {
            while (DeleteStep(entry.Name, floor, fromLog: false))
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
        }

        database.Write(sync: false, floor, static (writer, upTo, opened) =>
        {
            writer.RemoveFromLog(upTo, opened);
            writer.SetNumber(Keys.Swept, upTo, opened);
        });
        database.State.Swept = floor;
        using (RocksDbDatabase.Reading reading = database.Enter())
        {
            reading.Database.DropLogFiles(floor);
        }

        TrimMarks();
    }

    /// <summary>Deletes some of a topic's messages, as one write. False: there are no more.</summary>
    private bool DeleteStep(string topic, long upTo, bool fromLog)
    {
        if (database.State.Topics.Find(topic) is not { } found || found.First > upTo)
        {
            return false;
        }

        TopicTotals totals = found.Totals;
        if (!fromLog && totals.LastOffset <= upTo && totals.Count > StepMessages)
        {
            database.Write(sync: false, (topic, upTo, database), static (writer, what, opened) =>
            {
                // Asked again: a message may have come since.
                if (what.database.State.Topics.Find(what.topic) is { } entry && entry.Totals.LastOffset <= what.upTo)
                {
                    writer.Empty(entry, opened);
                }
            });
            return true;
        }

        List<QueueEntry> step = ReadStep(found, upTo);
        if (step.Count == 0)
        {
            return false;
        }

        database.Write(sync: false, (topic, step, fromLog, database), static (writer, what, opened) =>
        {
            if (what.database.State.Topics.Find(what.topic) is { } entry)
            {
                writer.Remove(entry, what.step, what.fromLog, opened);
            }
        });

        // A failed write since may have replaced the entry; then the next read begins a little early.
        if (database.State.Topics.Find(topic) is { } left)
        {
            left.First = step[^1].Offset + 1;
        }

        return step.Count == StepMessages;
    }

    private List<QueueEntry> ReadStep(TopicEntry entry, long upTo)
    {
        using RocksDbDatabase.Reading reading = database.Enter();
        List<QueueEntry> step = [];
        Span<byte> key = stackalloc byte[Keys.QueueSize];
        Keys.WriteQueue(key, entry.Queue, entry.First);
        using Cursor cursor = QueueCursor(reading.Database, entry);
        for (bool there = cursor.Seek(key); there && step.Count < StepMessages; there = cursor.Next())
        {
            long offset = Keys.ReadQueueOffset(cursor.Key);
            if (offset > upTo)
            {
                break;
            }

            step.Add(new QueueEntry(offset, BinaryPrimitives.ReadInt32BigEndian(cursor.Value)));
        }

        return step;
    }

    /// <summary>Removes the time marks below the log's first message, which no search uses.</summary>
    private void TrimMarks()
    {
        List<byte[]> marks = [];
        using (RocksDbDatabase.Reading reading = database.Enter())
        {
            LogState state = database.State;
            long first = FindFirst(reading.Database, state);
            using Cursor cursor = new(reading.Database, reading.Database.Topics, Keys.FirstTopic);
            for (bool there = cursor.Seek(Keys.TimeMarks); there && Keys.IsTimeMark(cursor.Key); there = cursor.Next())
            {
                if (BinaryPrimitives.ReadInt64BigEndian(cursor.Value) > first)
                {
                    break;
                }

                marks.Add(cursor.Key.ToArray());
            }
        }

        database.State.MarksToTrim = 0;
        if (marks.Count > 0)
        {
            database.Write(sync: false, marks, static (writer, keys, opened) => keys.ForEach(key => writer.Delete(key, opened)));
        }
    }

    private static long FindFirst(OpenedDatabase opened, LogState state)
    {
        long start = state.FirstAfter(0);
        Span<byte> key = stackalloc byte[8];
        Keys.WriteOffset(key, start);
        using Cursor cursor = new(opened, opened.Log);
        if (!cursor.Seek(key))
        {
            return state.LastOffset;
        }

        long first = Keys.ReadOffset(cursor.Key);
        state.LearnFirst(start, first);
        return first;
    }
}
