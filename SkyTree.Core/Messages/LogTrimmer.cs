using System.Text;
using SkyTree.Core.Replication;
using SkyTree.Core.Sessions;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Messages;

/// <summary>Deletes what every durable reader is past: a bounded number of topics at a time, in turn.</summary>
internal sealed class LogTrimmer(BrokerState state, IReplicator replicator, MessageStore store)
{
    private const int TopicsAtATime = 1_000;

    private string? _after; // the last topic that was looked at; the ticker's

    public async ValueTask TrimAsync()
    {
        long last = state.LastOffset;
        if (last == 0)
        {
            return;
        }

        List<(Session Session, long Cursor)> moved = [];
        List<(Session Session, long Cursor)> unsubscribed = [];
        foreach (Session session in state.Sessions.All)
        {
            if (!session.IsDurable)
            {
                continue;
            }

            long cursor = session.Queue.Cursor();
            if (cursor > session.Cursor)
            {
                moved.Add((session, cursor));
            }

            if (session.HasEnded)
            {
                unsubscribed.Add((session, cursor));
            }
        }

        if (moved.Count > 0)
        {
            await replicator.ProposeAsync(new AdvanceCursors(moved)).ConfigureAwait(false);
        }

        IReadOnlyList<TopicSummary> topics = await store.ListTopicsAsync(null, _after, TopicsAtATime).ConfigureAwait(false);
        foreach (TopicSummary topic in topics)
        {
            long floor = last;
            Route route = state.Index.Match(Encoding.UTF8.GetBytes(topic.Topic));
            foreach (Subscription subscription in route.Subscriptions)
            {
                if (subscription.ReadsLog)
                {
                    floor = Math.Min(floor, subscription.Session.Cursor);
                }
            }

            foreach (SharedGroup group in route.Groups)
            {
                floor = Math.Min(floor, group.Cursor ?? long.MaxValue);
            }

            foreach ((Session session, long cursor) in unsubscribed)
            {
                if (session.MatchesAny(topic.Topic))
                {
                    floor = Math.Min(floor, cursor);
                }
            }

            await store.GetQueue(topic.Topic).DeleteByOffsetAsync(floor).ConfigureAwait(false);
        }

        _after = topics.Count < TopicsAtATime ? null : topics[^1].Topic;
    }
}
