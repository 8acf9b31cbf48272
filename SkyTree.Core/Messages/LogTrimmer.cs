using SkyTree.Core.Replication;
using SkyTree.Core.Sessions;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Messages;

/// <summary>Deletes what every durable reader is past, topic by topic in turn, for a bounded time at each call.</summary>
internal sealed class LogTrimmer(BrokerState state, IReplicator replicator, MessageStore store, TimeProvider time)
{
    private const int PageSize = 10_000;

    /// <summary>How long one call may work on topics: it shares its thread with keep-alives and expiries.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(50);

    // The ticker's.
    private readonly Queue<TopicSummary> _topics = new(); // listed and not yet looked at
    private string? _after; // the last topic that was listed; null: from the first

    public async ValueTask TrimAsync()
    {
        long started = time.GetTimestamp();
        long last = await replicator.ProposeAsync(new ReadLastOffset()).ConfigureAwait(false);
        if (last == 0)
        {
            return;
        }

        Readers readers = await AdvanceAsync(last).ConfigureAwait(false);
        do
        {
            if (_topics.Count == 0)
            {
                IReadOnlyList<TopicSummary> page = await store.ListTopicsAsync(null, _after, PageSize).ConfigureAwait(false);
                _after = page.Count < PageSize ? null : page[^1].Topic;
                foreach (TopicSummary listed in page)
                {
                    _topics.Enqueue(listed);
                }
            }

            while (_topics.TryDequeue(out TopicSummary topic))
            {
                MessageQueue queue = store.GetQueue(topic.Topic);
                long floor = topic.LastOffset <= readers.Lowest ? readers.Lowest : await FloorAsync(queue, last, readers).ConfigureAwait(false);
                await queue.DeleteByOffsetAsync(floor).ConfigureAwait(false);
                if (time.GetElapsedTime(started) > s_patience)
                {
                    return;
                }
            }
        }
        while (_after is not null);
    }

    /// <summary>Learns how far the sessions are, and has it noted.</summary>
    private async ValueTask<Readers> AdvanceAsync(long last)
    {
        List<(Session Session, long Cursor)> moved = [];
        List<Session> unsubscribed = [];
        long lowest = last;
        foreach (Session session in state.Sessions.All)
        {
            if (!session.IsDurable)
            {
                continue;
            }

            long cursor = session.Queue.Cursor(last);
            lowest = Math.Min(lowest, cursor);
            if (session.HasEnded)
            {
                unsubscribed.Add(session);
                moved.Add((session, cursor));
            }
            else if (cursor > session.Cursor)
            {
                moved.Add((session, cursor));
            }
        }

        foreach (SharedGroup group in state.Index.Groups)
        {
            lowest = Math.Min(lowest, group.Cursor(last) ?? long.MaxValue);
        }

        if (moved.Count > 0)
        {
            await replicator.ProposeAsync(new AdvanceCursors(moved)).ConfigureAwait(false);
        }

        unsubscribed.RemoveAll(session => !session.HasEnded);
        return new Readers(lowest, unsubscribed);
    }

    /// <summary>The offset that every reader of one topic is past.</summary>
    private async ValueTask<long> FloorAsync(MessageQueue queue, long last, Readers readers)
    {
        long floor = last;
        Route route = state.Index.Match(System.Text.Encoding.UTF8.GetBytes(queue.Topic));
        foreach (Subscription subscription in route.Subscriptions)
        {
            if (subscription.ReadsLog)
            {
                floor = Math.Min(floor, subscription.Session.Cursor);
            }
        }

        foreach (SharedGroup group in route.Groups)
        {
            floor = Math.Min(floor, group.Cursor(last) ?? long.MaxValue);
        }

        foreach (Session session in readers.Unsubscribed)
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

    /// <summary>Where the durable readers are.</summary>
    /// <param name="Lowest">All are past this offset.</param>
    /// <param name="Unsubscribed">Sessions that may still read for a subscription that has ended.</param>
    private sealed record Readers(long Lowest, List<Session> Unsubscribed);
}
