using System.Text;
using SkyTree.Core.Registry;
using SkyTree.Core.Sessions;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Admin.Subscriptions;

/// <summary>All subscriptions, and the shared groups that they make.</summary>
public sealed partial class SubscriptionAdmin
{
    private const int Chunk = 1000; // sessions that are looked at together
    private const int MostWork = 200_000; // subscriptions and sessions that are looked at for one page

    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(150); // the same in time

    private readonly AdminParts _parts;
    private readonly RegistryWriter _registry;

    internal SubscriptionAdmin(AdminParts parts, RegistryWriter registry)
    {
        _parts = parts;
        _registry = registry;
        parts.Nodes.Answer<GroupQuestion, SharedGroupLive?>("groups.live", (question, _) => new(DescribeHere(question.Filter)));
        parts.Nodes.Answer<GroupQuestion, IReadOnlyDictionary<string, int>>("groups.inflight", (question, _) => new(InflightHere(question.Filter)));
    }

    /// <summary>Lists subscriptions by client identifier, then by filter.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="query">Which; null: all.</param>
    /// <param name="cursor">Where to go on; null: from the front.</param>
    /// <param name="limit">At most so many, 1 to 1,000.</param>
    /// <returns>The page; it may have fewer items than there are, and its cursor goes on.</returns>
    /// <exception cref="AdminException">The caller may not, or the query, limit or cursor makes no sense.</exception>
    public Page<SubscriptionItem> List(Caller caller, SubscriptionQuery? query, string? cursor, int limit)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Sessions, AdminAccess.Read);
        Paging.RequireLimit(limit);
        query ??= new SubscriptionQuery();
        string[]? at = Paging.Decode(cursor, 2);
        if (query.Topic is { } topic)
        {
            AdminMistakes.RequireTopic("topic", topic);
            return ListMatching(topic, query, at, limit);
        }

        if (query.ClientId is { } clientId)
        {
            return Fill(_parts.State.Sessions.Find(clientId) is { } one ? [one] : [], query, at, limit);
        }

        if (query.Filter is { } filter)
        {
            // The index knows who has exactly this filter, however many sessions have others.
            IEnumerable<Session> sessions = _parts.State.Index.Holders(AdminMistakes.RequireFilter("filter", filter)).Distinct();
            return Fill([.. Behind(sessions, at)], query, at, limit);
        }

        return ListAll(query, at, limit);
    }

    private Page<SubscriptionItem> ListAll(SubscriptionQuery query, string[]? at, int limit)
    {
        string? after = at?[0];
        var items = new List<SubscriptionItem>();
        bool again = at is not null; // the session that the last page ended in may have more
        long started = _parts.Context.Time.GetTimestamp();
        for (int work = 0; ;)
        {
            List<Session> chunk = _parts.State.Sessions.Take(after, orAt: again, Chunk);
            again = false;
            foreach (Session session in chunk)
            {
                if (!Add(session, query, session.ClientId == at?[0] ? at[1] : null, items, limit, out SubscriptionItem? last))
                {
                    return new Page<SubscriptionItem>(items, Paging.Encode(last!.ClientId, last.Filter));
                }

                after = session.ClientId;
                work += 1 + session.SubscriptionCount;
                if (work > MostWork)
                {
                    return new Page<SubscriptionItem>(items, Paging.Encode(after, "\uffff"));
                }
            }

            if (chunk.Count < Chunk)
            {
                return new Page<SubscriptionItem>(items, null);
            }

            if (_parts.Context.Time.GetElapsedTime(started) > s_patience)
            {
                return new Page<SubscriptionItem>(items, Paging.Encode(after!, "\uffff"));
            }
        }
    }

    private Page<SubscriptionItem> ListMatching(string topic, SubscriptionQuery query, string[]? at, int limit)
    {
        Route route = _parts.State.Index.Match(Encoding.UTF8.GetBytes(topic));
        IEnumerable<Session> sessions = route.Subscriptions.Select(s => s.Session).Concat(route.Groups.SelectMany(g => g.Members).Select(m => m.Session)).Distinct();
        return Fill([.. Behind(query.ClientId is { } id ? sessions.Where(s => s.ClientId == id) : sessions, at)], query, at, limit);
    }

    private static IOrderedEnumerable<Session> Behind(IEnumerable<Session> sessions, string[]? at) =>
        sessions.Where(s => at is null || string.CompareOrdinal(s.ClientId, at[0]) >= 0).OrderBy(s => s.ClientId, StringComparer.Ordinal);

    private static Page<SubscriptionItem> Fill(List<Session> sessions, SubscriptionQuery query, string[]? at, int limit)
    {
        var items = new List<SubscriptionItem>();
        foreach (Session session in sessions)
        {
            if (!Add(session, query, session.ClientId == at?[0] ? at[1] : null, items, limit, out SubscriptionItem? last))
            {
                return new Page<SubscriptionItem>(items, Paging.Encode(last!.ClientId, last.Filter));
            }
        }

        return new Page<SubscriptionItem>(items, null);
    }

    /// <summary>Adds a session's subscriptions that fit, behind a filter. False: the page is full and there are more.</summary>
    private static bool Add(Session session, SubscriptionQuery query, string? after, List<SubscriptionItem> items, int limit, out SubscriptionItem? last)
    {
        last = null;
        if (query.Node is { } node && session.Node != node)
        {
            return true;
        }

        foreach (Subscription subscription in session.Subscriptions.Where(s => Fits(s, query)).OrderBy(s => s.Filter.Text, StringComparer.Ordinal))
        {
            if (after is not null && string.CompareOrdinal(subscription.Filter.Text, after) <= 0)
            {
                continue;
            }

            if (items.Count == limit)
            {
                last = items[^1];
                return false;
            }

            items.Add(SubscriptionItem.Of(subscription));
        }

        return true;
    }

    private static bool Fits(Subscription subscription, SubscriptionQuery query) =>
        (query.Filter is not { } filter || subscription.Filter.Text == filter)
        && (query.FilterContains is not { } part || subscription.Filter.Text.Contains(part, StringComparison.OrdinalIgnoreCase))
        && (query.Topic is not { } topic || TopicFilter.Matches(subscription.Filter.Filter, topic))
        && (query.Group is not { } group || subscription.Filter.Group == group)
        && (query.QoS is not { } qos || subscription.QoS == qos);
}

/// <summary>Which subscriptions are meant: those that fit all that is set.</summary>
public sealed record SubscriptionQuery
{
    /// <summary>Those of a client.</summary>
    public string? ClientId { get; init; }

    /// <summary>Those with exactly this filter.</summary>
    public string? Filter { get; init; }

    /// <summary>Those whose filter contains this, in upper or lower case.</summary>
    public string? FilterContains { get; init; }

    /// <summary>Those that a message to this topic would be sent for.</summary>
    public string? Topic { get; init; }

    /// <summary>Those of shared groups with this share name.</summary>
    public string? Group { get; init; }

    /// <summary>Those of sessions that a node has or had last.</summary>
    public Guid? Node { get; init; }

    /// <summary>Those with this granted QoS.</summary>
    public Protocol.QoS? QoS { get; init; }
}
