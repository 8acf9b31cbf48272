using SkyTree.Core.Diagnostics;
using SkyTree.Core.Messages;
using SkyTree.Core.Sessions.Limits;

namespace SkyTree.Core.Sessions;

/// <content>What a durable session is not sent because it is over its limits.</content>
internal sealed partial class SessionQueue
{
    private DroppedRange _overAge; // what was dropped as it was read and is not yet on the record; guarded by _gate

    /// <summary>How far the session has read, and what of it the client has not received.</summary>
    public QueuePosition Position
    {
        get
        {
            lock (_gate)
            {
                return ReadPosition();
            }
        }
    }

    /// <summary>The reader is not to send some messages any more.</summary>
    /// <param name="seen">Where it was when that was decided.</param>
    /// <param name="range">The messages, none of which has been sent.</param>
    /// <param name="cursor">Up to here the session needs nothing of the log.</param>
    /// <returns>False when the client has received or been sent something since: it may be within its limits.</returns>
    public bool TryDrop(in QueuePosition seen, DroppedRange range, out long cursor)
    {
        lock (_gate)
        {
            cursor = 0;
            if (_epoch == long.MaxValue || ReadPosition() != seen)
            {
                return false;
            }

            session.MakeLosses().Add(range);
            if (range.From <= seen.Offset)
            {
                (_log ??= new LogReader(session.Cursor)).Skip(range.To);
            }

            cursor = _log?.Position ?? session.Cursor;
            cursor = LowestUnacknowledged() is { } lowest ? Math.Min(cursor, lowest - 1) : cursor;
            return true;
        }
    }

    /// <summary>What was dropped as it was read, being over age; each is given once. Null: nothing was.</summary>
    public DroppedRange? TakeOverAge()
    {
        lock (_gate)
        {
            DroppedRange taken = _overAge;
            _overAge = default;
            return taken.Dropped.IsNone ? null : taken;
        }
    }

    private QueuePosition ReadPosition()
    {
        QueueUsage sent = _inflight?.OwnUsage() ?? default;
        if (!_restored)
        {
            sent = new QueueUsage(Math.Max(sent.Messages, session.OutgoingCount), sent.Bytes); // from before a restart
        }

        return new QueuePosition(_log?.Position ?? session.Cursor, sent);
    }

    // What was in flight before a restart is in the session only, until its client is back.
    private long? LowestUnacknowledged()
    {
        long? lowest = _inflight?.LowestOffset();
        return !_restored && session.LowestOutgoing() is { } outgoing && !(lowest < outgoing) ? outgoing : lowest;
    }

    private void SkipRefused(LogReader log)
    {
        if (session.Losses?.Offsets is { } refused)
        {
            log.Skip(refused.Pass(log.Position));
        }
    }

    /// <summary>Whether a message of the log is not sent: it was dropped while it waited, or is over age now.</summary>
    private bool IsRefused(StoredMessage message, long nowMs)
    {
        if (session.Losses?.Offsets is { } refused && refused.Contains(message.Offset))
        {
            return true; // and counted when it was decided
        }

        int maximumAge = context.StoreOptions.QueueLimits.MaximumAgeSeconds;
        if (maximumAge == 0 || message.TimestampMs >= nowMs - (maximumAge * 1000L))
        {
            return false;
        }

        Drop(DropReason.QueueAge, message.Topic);
        _overAge = new DroppedRange(
            _overAge.Dropped.IsNone ? message.Offset - 1 : _overAge.From,
            message.Offset,
            _overAge.Dropped + QueueUsage.Of(message));
        return true;
    }
}
