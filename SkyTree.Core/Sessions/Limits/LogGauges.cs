using SkyTree.Core.Messages;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Sessions.Limits;

/// <summary>
/// Who counts the messages of which sessions. Sessions with the same filters share a gauge, so that ten thousand of them
/// cost one reading of the log; who subscribed with No Local, or changed its subscriptions of late, has its own. The limiter's.
/// </summary>
/// <param name="store">The log.</param>
internal sealed class LogGauges(MessageStore store)
{
    private const int MostFilters = 16; // of a shared one
    private const int Unused = 60; // steps

    private readonly Dictionary<string, LogGauge> _shared = new(StringComparer.Ordinal);
    private readonly Dictionary<Session, LogGauge> _own = [];
    private readonly Dictionary<string, long> _lowest = new(StringComparer.Ordinal); // positions of who will ask in this step
    private long _step;
    private bool _all;

    /// <summary>Gauges that are kept.</summary>
    public int Count => _shared.Count + _own.Count;

    /// <summary>A step begins.</summary>
    /// <param name="all">Whether all will ask for theirs that have reason to: what lies below their positions is no longer of use.</param>
    public void Begin(bool all)
    {
        _step++;
        _all = all;
        _lowest.Clear();
    }

    /// <summary>A session will ask for its gauge in this step. All say so before the first asks, so that they get the same.</summary>
    public void Want(Session session, long position)
    {
        if (TryShare(session, ref position, out GaugeKey key))
        {
            _lowest[key.Text] = Math.Min(position, _lowest.GetValueOrDefault(key.Text, long.MaxValue));
        }
    }

    /// <summary>What counts a session's messages.</summary>
    /// <param name="session">The session.</param>
    /// <param name="position">It has read up to here.</param>
    /// <param name="from">It gets nothing up to here.</param>
    public LogGauge For(Session session, long position, out long from)
    {
        LogGauge? gauge;
        if (TryShare(session, ref position, out GaugeKey key))
        {
            _own.Remove(session);
            long lowest = Math.Min(position, _lowest.GetValueOrDefault(key.Text, position));
            if (!_shared.TryGetValue(key.Text, out gauge) || gauge.Start > lowest)
            {
                string[] filters = key.Filters;
                _shared[key.Text] = gauge = new LogGauge(store, topic => Array.Exists(filters, filter => TopicFilter.Matches(filter, topic)), null, lowest);
            }

            if (_all)
            {
                gauge.Forget(lowest);
            }
        }
        else
        {
            if (!_own.TryGetValue(session, out gauge))
            {
                // What it counts must not change: later messages of these are at or below the position.
                HashSet<long>? handled = session.HandledAfter(position);
                _own[session] = gauge = new LogGauge(
                    store,
                    session.MatchesAny,
                    message => session.Resolve(message) is not null && handled?.Contains(message.Offset) != true,
                    position);
            }

            gauge.Forget(position);
        }

        from = position;
        gauge.UsedInStep = _step;
        return gauge;
    }

    /// <summary>Forgets what nobody has asked for some time.</summary>
    public void ForgetUnused()
    {
        if (_step % Unused == 0)
        {
            Forget(_shared);
            Forget(_own);
        }
    }

    private void Forget<TKey>(Dictionary<TKey, LogGauge> gauges)
        where TKey : notnull
    {
        foreach ((TKey key, LogGauge gauge) in gauges)
        {
            if (gauge.UsedInStep < _step - Unused)
            {
                gauges.Remove(key);
            }
        }
    }

    /// <summary>Whether which messages a session gets follows from its filters alone.</summary>
    private static bool TryShare(Session session, ref long position, out GaugeKey key)
    {
        SessionBacklog backlog = session.Backlog!;
        int version = session.SubscriptionVersion; // before the subscriptions
        if (backlog.GaugeKey is not { } known || known.Version != version)
        {
            known = backlog.GaugeKey = MakeKey(session, version);
        }

        key = known;
        long from = Math.Max(position, key.First);
        if (!key.IsShared || key.Last > from || session.HandledAfter(position) is not null)
        {
            return false; // one that subscribed to several filters at first gets what some of them match
        }

        position = from;
        return true;
    }

    private static GaugeKey MakeKey(Session session, int version)
    {
        Subscription[] subscriptions = Array.FindAll(session.AllSubscriptions, subscription => subscription.ReadsLog);
        if (subscriptions.Length is 0 or > MostFilters
            || Array.Exists(subscriptions, subscription => subscription.NoLocal || subscription.EndOffset != long.MaxValue))
        {
            return new GaugeKey(version, IsShared: false, "", [], 0, 0);
        }

        string[] filters = [.. subscriptions.Select(subscription => subscription.Filter.Filter).Order(StringComparer.Ordinal)];
        return new GaugeKey(
            version,
            IsShared: true,
            string.Join('\0', filters), // which no filter holds
            filters,
            subscriptions.Min(subscription => subscription.StartOffset),
            subscriptions.Max(subscription => subscription.StartOffset));
    }
}
