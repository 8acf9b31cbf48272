using System.Globalization;
using SkyTree.Core.Admin.Nodes;
using SkyTree.Core.Sessions;

namespace SkyTree.Core.Admin.Sessions;

/// <content>
/// Sessions by what changes all the time. There is no index of that: each page looks at all sessions once, a quarter of a
/// second of one core for a million, and keeps as many as the page holds.
/// </content>
public sealed partial class SessionAdmin
{
    /// <summary>At most so many sessions are looked at to sort them.</summary>
    public const int MostSorted = 1_000_000;

    /// <summary>Lists sessions in an order.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="filter">Which; null: all.</param>
    /// <param name="sort">In which order.</param>
    /// <param name="cursor">Where to go on, from the page before with the same order; null: from the front.</param>
    /// <param name="limit">At most so many, 1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The page. What it is sorted by may change between two pages: then a session is on both, or on none.</returns>
    /// <exception cref="AdminException">
    /// The caller may not, the limit or cursor makes no sense, or more than <see cref="MostSorted"/> sessions would have to be looked at.
    /// </exception>
    public async Task<Page<SessionItem>> ListAsync(Caller caller, SessionFilter? filter, SessionSort sort, string? cursor, int limit, CancellationToken cancellationToken = default)
    {
        if (sort.By == SessionSortKey.ClientId)
        {
            return await ListAsync(caller, filter, sort.IsDescending, cursor, limit, cancellationToken).ConfigureAwait(false);
        }

        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Sessions, AdminAccess.Read);
        Paging.RequireLimit(limit);
        filter ??= new SessionFilter();
        bool asksAll = filter.NeedsLive || sort.NeedsLive;
        var question = new SortQuestion(filter, sort, DecodePlace(cursor), limit + 1, IsOfNode: asksAll);
        List<SortPlace> places = SortHere(question);
        var away = new HashSet<Guid>();
        if (asksAll)
        {
            (IReadOnlyList<(Guid Node, List<SortPlace> Answer)> answers, IReadOnlyList<Guid> silent) =
                await _parts.Nodes.AskOthersAsync<SortQuestion, List<SortPlace>>("sessions.sort", question, cancellationToken).ConfigureAwait(false);
            places = [.. places.Concat(answers.SelectMany(answer => answer.Answer)).Order(new SortOrder(sort.IsDescending)).Take(limit + 1)];
            away.UnionWith(silent);
        }

        SortPlace? last = places.Count > limit ? places[limit - 1] : null;
        List<Session> sessions = [.. places.Take(limit).Select(place => _parts.State.Sessions.Find(place.ClientId)).OfType<Session>()];
        IReadOnlyList<SessionConnection?> live = await DescribeAsync(sessions, away, cancellationToken).ConfigureAwait(false);
        return new Page<SessionItem>(
            [.. sessions.Select((session, i) => Describe(session, live[i]))],
            last is { } place ? Paging.Encode(place.Key.ToString(CultureInfo.InvariantCulture), place.ClientId) : null)
        {
            Unavailable = [.. away.Order()],
        };
    }

    private static SortPlace? DecodePlace(string? cursor) =>
        Paging.Decode(cursor, 2) is not [{ } key, { } clientId] ? null
        : long.TryParse(key, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? new SortPlace(number, clientId)
        : throw Paging.BadCursor();

    /// <summary>The first of those that fit behind a place, in order.</summary>
    private List<SortPlace> SortHere(SortQuestion question)
    {
        SessionFilter filter = question.Filter;
        string? prefix = string.IsNullOrEmpty(filter.ClientIdPrefix) ? null : filter.ClientIdPrefix;
        var order = new SortOrder(question.Sort.IsDescending);
        // The worst of those that are kept is at its head, and makes room for a better one.
        var kept = new PriorityQueue<SortPlace, SortPlace>(Comparer<SortPlace>.Create((x, y) => order.Compare(y, x)));
        string? after = prefix;
        bool orAt = prefix is not null;
        for (int seen = 0; ; seen += LargestChunk)
        {
            List<Session> chunk = _parts.State.Sessions.Take(after, orAt, LargestChunk);
            if (seen >= MostSorted && chunk.Count > 0)
            {
                throw new AdminException(AdminError.LimitExceeded, "too_many_to_sort", string.Create(
                    CultureInfo.InvariantCulture, $"More than {MostSorted:N0} sessions would have to be looked at to sort them by this. Sort by client identifier, or say how the client identifier begins."));
            }

            foreach (Session session in chunk)
            {
                if (prefix is not null && !session.ClientId.StartsWith(prefix, StringComparison.Ordinal))
                {
                    chunk = []; // in this order, none follows
                    break;
                }

                if ((question.IsOfNode && session.Node != _parts.State.Node) || !filter.Fits(session) || KeyOf(session, question.Sort.By) is not { } key)
                {
                    continue;
                }

                var place = new SortPlace(key, session.ClientId);
                if ((question.After is { } from && order.Compare(place, from) <= 0)
                    || (kept.Count == question.Limit && order.Compare(place, kept.Peek()) >= 0)
                    || (filter.NeedsLive && !(DescribeHere(session) is { } live && filter.Fits(live))))
                {
                    continue;
                }

                if (kept.Count == question.Limit)
                {
                    kept.Dequeue();
                }

                kept.Enqueue(place, place);
            }

            if (chunk.Count < LargestChunk)
            {
                return [.. kept.UnorderedItems.Select(item => item.Element).Order(order)];
            }

            after = chunk[^1].ClientId;
            orAt = false;
        }
    }

    /// <summary>What a session is sorted by; null: it is not among them.</summary>
    private static long? KeyOf(Session session, SessionSortKey by)
    {
        switch (by)
        {
            case SessionSortKey.Subscriptions:
                return session.SubscriptionCount;
            case SessionSortKey.Lag:
                return session.IsDurable ? -session.Cursor : null; // the log's end, from which it is counted, moves between pages
            case SessionSortKey.Queue when session.Queue.Connection is not null:
                QueueFacts facts = session.Queue.Describe();
                return facts.Inflight + facts.Retained + facts.Waiting;
            case SessionSortKey.Connected:
                return session.Queue.Connection?.ConnectedAtMs;
            default:
                return null;
        }
    }

    internal sealed record SortQuestion(SessionFilter Filter, SessionSort Sort, SortPlace? After, int Limit, bool IsOfNode);

    /// <summary>Where a session is in an order.</summary>
    /// <param name="Key">What is sorted by.</param>
    /// <param name="ClientId">Which.</param>
    internal readonly record struct SortPlace(long Key, string ClientId);

    private sealed class SortOrder(bool isDescending) : IComparer<SortPlace>
    {
        public int Compare(SortPlace x, SortPlace y)
        {
            int order = isDescending ? y.Key.CompareTo(x.Key) : x.Key.CompareTo(y.Key);
            return order != 0 ? order : string.CompareOrdinal(x.ClientId, y.ClientId);
        }
    }
}
