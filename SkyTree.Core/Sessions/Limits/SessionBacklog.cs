using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Sessions.Limits;

/// <summary>
/// What is known of how much waits for a durable session: never less than there is, found from the counters of its filters
/// without looking at a message. The limiter's; a new session begins with nothing.
/// </summary>
internal sealed class SessionBacklog
{
    private readonly List<(FilterCounter Counter, Subscription Subscription)> _blocking = [];
    private Term[] _terms = [];
    private int _version = -1;
    private int _blockedVersion;
    private QueueUsage _known; // when the terms' bases were taken; an upper bound
    private long _mark; // the terms' marks are of what was appended up to here

    /// <summary>False after a restart, until it has been measured: what was stored before is not counted.</summary>
    public bool IsKnown { get; private set; } = true;

    /// <summary>No message that has not been sent is older than the one at this offset.</summary>
    public long Oldest { get; set; } = 1;

    /// <summary>What shares its gauge, as last found; null: not yet.</summary>
    public GaugeKey? GaugeKey { get; set; }

    /// <summary>The step in which it was last measured.</summary>
    public long MeasuredInStep { get; set; }

    /// <summary>Whether publishers are refused on its account.</summary>
    public bool Blocks => _blocking.Count > 0;

    /// <summary>What it has to do with is from before the process started.</summary>
    /// <param name="lastOffset">The last offset then.</param>
    public void Restore(long lastOffset)
    {
        IsKnown = false;
        _mark = lastOffset;
    }

    /// <summary>At most so much waits for the session.</summary>
    public QueueUsage Bound(Session session, Replication.BrokerState state)
    {
        if (_version != session.SubscriptionVersion)
        {
            Rebuild(session);
        }

        // The counters first: what they have counted is then at or below the last offset.
        QueueUsage bound = default;
        foreach (ref Term term in _terms.AsSpan())
        {
            term.Now = term.Counter.Appended;
            bound += term.Now - term.Base;
        }

        if (session.Cursor < _mark)
        {
            return bound + _known;
        }

        // All that had come when the marks were taken is acknowledged.
        bound = default;
        foreach (ref Term term in _terms.AsSpan())
        {
            term.Base = term.Mark;
            term.Mark = term.Now;
            bound += term.Now - term.Base;
        }

        IsKnown = true;
        _known = default;
        _mark = state.LastOffset;
        return bound;
    }

    /// <summary>It was measured.</summary>
    /// <param name="backlog">What waits, exactly, of all that had been appended when <see cref="Bound"/> was last asked, or more.</param>
    /// <param name="last">What the counters had counted then is at or below this offset.</param>
    public void Measured(QueueUsage backlog, long last)
    {
        foreach (ref Term term in _terms.AsSpan())
        {
            term.Base = term.Mark = term.Now;
        }

        IsKnown = true;
        _known = backlog;
        _mark = last;
    }

    /// <summary>Publishers are refused on its account.</summary>
    public void Block(Session session)
    {
        int version = session.SubscriptionVersion;
        if (Blocks && _blockedVersion == version)
        {
            return;
        }

        Unblock();
        _blockedVersion = version;
        foreach (Subscription subscription in session.Subscriptions)
        {
            if (subscription.Counter is { } counter)
            {
                counter.Block(subscription);
                _blocking.Add((counter, subscription));
            }
        }
    }

    /// <summary>Publishers are not refused on its account.</summary>
    public void Unblock()
    {
        foreach ((FilterCounter counter, Subscription subscription) in _blocking)
        {
            counter.Unblock(subscription);
        }

        _blocking.Clear();
    }

    private void Rebuild(Session session)
    {
        _version = session.SubscriptionVersion; // first: what comes meanwhile is found the next time
        Dictionary<FilterCounter, Term> before = _terms.ToDictionary(term => term.Counter);
        var terms = new Dictionary<FilterCounter, Term>();
        foreach (Subscription subscription in session.AllSubscriptions)
        {
            if (subscription.Counter is not { } counter)
            {
                continue;
            }

            var added = new Term { Counter = counter, Base = subscription.CountedBefore, Mark = subscription.CountedBefore };
            if (before.Remove(counter, out Term term))
            {
                terms.Add(counter, term);
            }
            else if (!terms.TryGetValue(counter, out term) || added.Base.Messages < term.Base.Messages)
            {
                terms[counter] = added; // of several versions, the first
            }
        }

        foreach (Term gone in before.Values)
        {
            _known += gone.Counter.Appended - gone.Base; // of which some may still wait
        }

        _terms = [.. terms.Values];
    }

    private struct Term
    {
        public FilterCounter Counter;
        public QueueUsage Base;
        public QueueUsage Mark;
        public QueueUsage Now;
    }
}
