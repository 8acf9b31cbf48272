using SkyTree.Core.Messages;

namespace SkyTree.Core.Sessions;

/// <summary>
/// Reads the log for a session that is far behind. Where its filters match few of the messages that it has to pass, the
/// queues of its topics are read and merged instead of the whole log: a device that comes back for its own commands does
/// not read everybody's. One reader's; not used by two at once.
/// </summary>
/// <param name="session">Whose filters count.</param>
/// <param name="context">The store.</param>
internal sealed class CatchUp(Session session, SessionContext context)
{
    private const int Near = 2048; // messages: so few are scanned without asking what is in them
    private const int MaximumTopics = 64;
    private const int ScanGain = 8; // a message of a queue costs about as much as so many that are passed over in the log

    private Source[] _sources = []; // being merged
    private long _after = -1; // where the merge stands; -1: there is none
    private long _upTo; // the merge is right up to here: topics that came later are not in it
    private long _decidedUpTo; // up to here it was decided to scan

    /// <summary>Reads a page after an offset. As <see cref="MessageStore.ReadLogAsync"/>, for the session's topics.</summary>
    public ValueTask<LogPage> ReadAsync(long after, int limit)
    {
        if (after == _after)
        {
            return MergeAsync(limit);
        }

        _after = -1;
        if (after < _decidedUpTo)
        {
            return Scan(after, limit);
        }

        return DecideAsync(after, limit);
    }

    private ValueTask<LogPage> Scan(long after, int limit) => context.ReadLog(after, session.MatchesAny, limit);

    private async ValueTask<LogPage> DecideAsync(long after, int limit)
    {
        long last = await context.Store.GetLastOffsetAsync().ConfigureAwait(false);
        IReadOnlyList<TopicSummary>? topics = last - after > Near ? await FindTopicsAsync().ConfigureAwait(false) : null;
        if (topics is null || topics.Where(topic => topic.LastOffset > after).Sum(topic => topic.Count) * ScanGain >= last - after)
        {
            _decidedUpTo = last;
            return await Scan(after, limit).ConfigureAwait(false);
        }

        _sources = [.. topics.Where(topic => topic.LastOffset > after).Select(topic => new Source(context.Store.GetQueue(topic.Topic)))];
        _after = after;
        _upTo = last;
        return await MergeAsync(limit).ConfigureAwait(false);
    }

    /// <summary>The topics that the session's filters match, unless they are many.</summary>
    private async ValueTask<IReadOnlyList<TopicSummary>?> FindTopicsAsync()
    {
        if (session.LiteralTopics(MaximumTopics) is not { } names)
        {
            IReadOnlyList<TopicSummary> listed = await context.Store.ListTopicsAsync(session.MatchesAny, null, MaximumTopics + 1).ConfigureAwait(false);
            return listed.Count > MaximumTopics ? null : listed;
        }

        var topics = new List<TopicSummary>(names.Count);
        foreach (string name in names)
        {
            topics.Add(await context.Store.GetQueue(name).GetSummaryAsync().ConfigureAwait(false));
        }

        return topics;
    }

    private async ValueTask<LogPage> MergeAsync(int limit)
    {
        long after = _after;
        _after = -1; // unless this read succeeds, the next one decides anew
        int pageSize = Math.Max(16, limit / Math.Max(1, _sources.Length));
        var messages = new List<StoredMessage>();
        long next = _upTo;
        while (true)
        {
            Source? first = null;
            foreach (Source source in _sources)
            {
                if (source.Page.Count == 0 && !source.IsAtEnd)
                {
                    await source.ReadAsync(after, _upTo, pageSize).ConfigureAwait(false);
                }

                if (source.Page.TryPeek(out StoredMessage? message) && !(first?.Page.Peek().Offset < message.Offset))
                {
                    first = source;
                }
            }

            if (first is null)
            {
                break;
            }

            if (messages.Count == limit)
            {
                next = messages[^1].Offset;
                break;
            }

            messages.Add(first.Page.Dequeue());
        }

        _after = next < _upTo ? next : -1;
        _decidedUpTo = _after < 0 ? Math.Max(_decidedUpTo, _upTo) : _decidedUpTo;
        return new LogPage(messages, next);
    }

    /// <summary>One topic's queue.</summary>
    private sealed class Source(MessageQueue queue)
    {
        private long _last;

        public Queue<StoredMessage> Page { get; } = new();

        public bool IsAtEnd { get; private set; }

        public async ValueTask ReadAsync(long after, long upTo, int limit)
        {
            IReadOnlyList<StoredMessage> read = await queue.ReadByOffsetAsync(Math.Max(after, _last), limit).ConfigureAwait(false);
            foreach (StoredMessage message in read)
            {
                if (message.Offset <= upTo)
                {
                    Page.Enqueue(message);
                }
            }

            IsAtEnd = read.Count == 0 || read[^1].Offset > upTo;
            _last = read.Count > 0 ? read[^1].Offset : _last;
        }
    }
}
