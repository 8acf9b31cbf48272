using System.Text;
using SkyTree.Core.Messages.Retention;
using SkyTree.Core.Replication;
using SkyTree.Core.Sessions;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Messages;

/// <summary>
/// Deletes what every durable reader is past and no retention rule keeps, for a bounded time at each call. Looks at the
/// topics where something has changed, and touches none while nothing has.
/// </summary>
/// <param name="state">The readers.</param>
/// <param name="replicator">Through it the readers' cursors are noted.</param>
/// <param name="store">The messages.</param>
/// <param name="time">The clock.</param>
/// <param name="retention">What is kept beyond the readers; null: nothing.</param>
/// <param name="isShared">Whether the nodes of a cluster have one store, which the leader trims for all: by what is committed alone.</param>
internal sealed class LogTrimmer(
    BrokerState state,
    IReplicator replicator,
    MessageStore store,
    TimeProvider time,
    RetentionPolicy? retention = null,
    bool isShared = false)
{
    /// <summary>From so many offsets on they are deleted at once, over all topics.</summary>
    internal const int SmallestSlice = 1024;

    private const int BatchSize = 1024; // topics
    private const int MaximumReaders = 100_000; // whose places are remembered

    /// <summary>How long one call may work on topics: it shares its thread with keep-alives and expiries.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(50);

    /// <summary>After this, while anything changes, all topics are looked at: some that subscriptions free are not found otherwise.</summary>
    private static readonly TimeSpan s_atLatest = TimeSpan.FromSeconds(60);

    private readonly RetentionPolicy _retention = retention ?? RetentionPolicy.None;

    // The ticker's.
    private readonly TrimAgenda _agenda = new(store, time);
    private readonly ReaderPositions _positions = new(MaximumReaders);
    private readonly OffsetWindows _freed = new();
    private RetentionAges _ages = RetentionAges.None;
    private long _nowMs;
    private long _last; // all messages up to here were seen as appended
    private long _subscriptions; // the index's version that was seen
    private long _deleted; // up to here the log is empty, whatever the topic

    /// <summary>Deletes what may be deleted, or a part of it; the next call goes on.</summary>
    public async ValueTask TrimAsync()
    {
        bool isDone = false;
        try
        {
            long last = await replicator.ProposeAsync(new ReadLastOffset()).ConfigureAwait(false);
            if (isShared)
            {
                last = Math.Min(last, state.StoredUpTo); // what is above is written first, and looked at later
            }

            if (last > 0)
            {
                Limits limits = await FindLimitsAsync(last).ConfigureAwait(false);
                await DeleteSliceAsync(limits).ConfigureAwait(false);
                await FindTopicsAsync(limits).ConfigureAwait(false);
                await TrimTopicsAsync(limits).ConfigureAwait(false);
            }

            isDone = true;
        }
        finally
        {
            _freed.Clear();
            if (!isDone)
            {
                _agenda.WantRound(TimeSpan.Zero); // a store or replicator that failed: what was found meanwhile is lost
            }
        }
    }

    /// <summary>Has it noted how far the readers are, where another node deletes.</summary>
    public async ValueTask NoteCursorsAsync()
    {
        long last = await replicator.ProposeAsync(new ReadLastOffset()).ConfigureAwait(false);
        if (last > 0)
        {
            await NoteCursorsAsync(last).ConfigureAwait(false);
        }
    }

    /// <summary>Learns how far the readers are, and has it noted.</summary>
    private async ValueTask<(List<(Session Session, bool HasEnded)> Durable, long Version, long Lowest)> NoteCursorsAsync(long last)
    {
        List<(OwnedSession Of, long Cursor)> moved = [];
        List<(Session Session, bool HasEnded)> durable = [];
        long version = state.Index.Version;
        long lowest = last;
        foreach (Session session in state.Sessions.All)
        {
            if (!session.IsDurable)
            {
                continue;
            }

            long cursor = session.Queue.Cursor(last);
            bool hasEnded = session.HasEnded;
            lowest = Math.Min(lowest, cursor);
            durable.Add((session, hasEnded));
            if ((hasEnded && replicator.IsLeader) || cursor > session.Cursor) // one node says that what has ended is forgotten
            {
                moved.Add((session.Queue.Owned, cursor));
            }
        }

        List<(SharedGroup Group, long Cursor)> movedGroups = [];
        foreach (SharedGroup group in state.Index.Groups)
        {
            if (group.Cursor(last) is { } cursor && cursor > group.SavedCursor)
            {
                movedGroups.Add((group, cursor));
            }
        }

        if (moved.Count > 0 || movedGroups.Count > 0)
        {
            await replicator.ProposeAsync(new AdvanceCursors(moved) { Groups = movedGroups }).ConfigureAwait(false);
        }

        return (durable, version, lowest);
    }

    /// <summary>Learns how far the readers are, has it noted, and how far the log is over age.</summary>
    private async ValueTask<Limits> FindLimitsAsync(long last)
    {
        (List<(Session Session, bool HasEnded)> durable, long version, long lowest) = await NoteCursorsAsync(last).ConfigureAwait(false);
        List<Session> unsubscribed = [];
        foreach ((Session session, bool hasEnded) in durable)
        {
            if (isShared)
            {
                lowest = Math.Min(lowest, session.Cursor); // another node may have the session by now
            }

            _positions.Note(session, session.Cursor, _freed);
            if (hasEnded)
            {
                unsubscribed.Add(session);
            }
        }

        foreach (SharedGroup group in state.Index.Groups)
        {
            if (CursorOf(group, last) is { } cursor)
            {
                lowest = Math.Min(lowest, cursor);
                _positions.Note(group, cursor, _freed);
            }
        }

        _positions.End(last, _freed);
        _nowMs = Math.Max(_nowMs, time.GetUtcNow().ToUnixTimeMilliseconds());
        RetentionAges ages = await _retention.FindAgesAsync(store, last, _nowMs).ConfigureAwait(false);
        return new Limits(last, lowest, version, unsubscribed, ages);
    }

    /// <summary>Deletes over all topics at once what nobody at all has a use for.</summary>
    private async ValueTask DeleteSliceAsync(Limits limits)
    {
        long offset = Math.Min(limits.Lowest, limits.Ages.Everywhere);
        if (offset - _deleted >= SmallestSlice)
        {
            await store.DeleteLogAsync(offset).ConfigureAwait(false);
            _deleted = offset;
        }
    }

    /// <summary>Finds the topics in which something may have come to be deletable since the last call.</summary>
    private async ValueTask FindTopicsAsync(Limits limits)
    {
        _freed.Add(_last, limits.Last);
        limits.Ages.AddSince(_ages, _freed);
        if (limits.Version != _subscriptions || !_freed.IsEmpty)
        {
            _agenda.WantRound(s_atLatest);
        }

        await _agenda.FindAsync(_freed, _deleted).ConfigureAwait(false);
        _agenda.BeginRound();
        _last = limits.Last;
        _ages = limits.Ages;
        _subscriptions = limits.Version;
    }

    /// <summary>Looks at topics, one at least.</summary>
    private async ValueTask TrimTopicsAsync(Limits limits)
    {
        long started = time.GetTimestamp();
        Queue<Topic> batch = [];
        while (!_agenda.IsEmpty)
        {
            await TakeBatchAsync(batch).ConfigureAwait(false);
            limits = AskAgain(limits);
            while (batch.TryDequeue(out Topic topic))
            {
                await TrimTopicAsync(topic, limits).ConfigureAwait(false);
                if (time.GetElapsedTime(started) > s_patience)
                {
                    foreach (Topic left in batch)
                    {
                        _agenda.Add(left.Queue.Topic);
                    }

                    return;
                }
            }
        }
    }

    /// <summary>
    /// Asks who has unsubscribed if anybody may have since. Called after routes were found: who unsubscribes at that moment
    /// is either still in them, or in here.
    /// </summary>
    private Limits AskAgain(Limits limits)
    {
        // A change to the index that a route has seen may still be under way, and not be counted; this waits for it.
        _ = state.Index.Groups;
        long version = state.Index.Version;
        return version == limits.Version
            ? limits
            : limits with { Version = version, Unsubscribed = [.. state.Sessions.All.Where(session => session.IsDurable && session.HasEnded)] };
    }

    /// <summary>Takes topics, those that were found and those of the round in turn, and finds who reads them.</summary>
    private async ValueTask TakeBatchAsync(Queue<Topic> batch)
    {
        while (batch.Count < BatchSize && !_agenda.IsEmpty)
        {
            if (_agenda.TakeFound() is { } found)
            {
                batch.Enqueue(new Topic(store.GetQueue(found), Match(found), Listed: null));
            }

            if (await _agenda.TakeListedAsync().ConfigureAwait(false) is { } listed)
            {
                batch.Enqueue(new Topic(store.GetQueue(listed.Topic), Match(listed.Topic), listed));
            }
        }
    }

    private Route Match(string topic) => state.Index.Match(Encoding.UTF8.GetBytes(topic));

    private async ValueTask TrimTopicAsync(Topic topic, Limits limits)
    {
        MessageQueue queue = topic.Queue;
        TopicSummary summary = topic.Listed ?? await queue.GetSummaryAsync().ConfigureAwait(false);
        if (summary.LastOffset <= _deleted)
        {
            return;
        }

        long offset = summary.LastOffset <= limits.Lowest
            ? limits.Lowest
            : await ReadersFloorAsync(queue, topic.Route, limits).ConfigureAwait(false);
        RetentionFloor floor = await _retention.FloorAsync(queue, summary, limits.Ages, offset).ConfigureAwait(false);
        if (floor.Offset <= _deleted
            || (topic.Listed is not null && !await HasUpToAsync(queue, summary, floor.Offset).ConfigureAwait(false)))
        {
            return;
        }

        await queue.DeleteByOffsetAsync(floor.Offset).ConfigureAwait(false);
        if (floor.HasMore)
        {
            _agenda.Add(queue.Topic);
        }
    }

    // A round passes many topics in which nothing is to be deleted; to see that costs less than to delete nothing.
    private static async ValueTask<bool> HasUpToAsync(MessageQueue queue, TopicSummary summary, long offset) =>
        summary.LastOffset <= offset
        || (await queue.ReadByOffsetAsync(0, 1).ConfigureAwait(false) is [{ } first] && first.Offset <= offset);

    private long? CursorOf(SharedGroup group, long last) =>
        group.Cursor(last) is { } cursor ? isShared ? Math.Min(cursor, group.SavedCursor) : cursor : null;

    /// <summary>The offset that every reader of one topic is past.</summary>
    private async ValueTask<long> ReadersFloorAsync(MessageQueue queue, Route route, Limits limits)
    {
        long floor = limits.Last;
        foreach (Subscription subscription in route.Subscriptions)
        {
            if (subscription.ReadsLog)
            {
                floor = Math.Min(floor, subscription.Session.Cursor);
            }
        }

        foreach (SharedGroup group in route.Groups)
        {
            floor = Math.Min(floor, CursorOf(group, limits.Last) ?? long.MaxValue);
        }

        foreach (Session session in limits.Unsubscribed)
        {
            long cursor = session.Cursor;
            long ended = cursor < floor ? session.EndedOffset(queue.Topic) : 0;
            if (ended <= cursor)
            {
                continue;
            }

            // It holds the log up only while there is something for it from before it unsubscribed.
            IReadOnlyList<StoredMessage> first = await queue.ReadByOffsetAsync(cursor, 1).ConfigureAwait(false);
            if (first is [{ } pending] && pending.Offset <= ended)
            {
                floor = cursor;
            }
        }

        return floor;
    }

    /// <summary>Up to where something may be deleted.</summary>
    /// <param name="Last">Whatever was appended up to here has been announced to its readers.</param>
    /// <param name="Lowest">All durable readers are past this offset.</param>
    /// <param name="Version">The subscription index's version.</param>
    /// <param name="Unsubscribed">Sessions that may still read for a subscription that had ended by that version.</param>
    /// <param name="Ages">How far the log is over age.</param>
    private sealed record Limits(long Last, long Lowest, long Version, List<Session> Unsubscribed, RetentionAges Ages);

    /// <summary>A topic to be looked at.</summary>
    /// <param name="Queue">Its messages.</param>
    /// <param name="Route">Who reads it.</param>
    /// <param name="Listed">What it held when it was listed in a round; null: it was found otherwise.</param>
    private readonly record struct Topic(MessageQueue Queue, Route Route, TopicSummary? Listed);
}
