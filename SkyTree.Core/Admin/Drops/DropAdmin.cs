using System.Globalization;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Admin.Drops;

/// <summary>What was dropped, of whom and why, since each node has started.</summary>
public sealed class DropAdmin
{
    private readonly AdminParts _parts;

    internal DropAdmin(AdminParts parts)
    {
        _parts = parts;
        parts.Nodes.Answer<SummaryQuestion, DropSummary>("drops.summary", (_, _) => new(SummarizeHere()));
        parts.Nodes.Answer<PageQuestion, IReadOnlyList<DropEntry>>("drops.latest", (question, _) => new(ListLatestHere(question)));
        parts.Nodes.Answer<PageQuestion, IReadOnlyList<DropTotalItem>>("drops.totals", (question, _) => new(ListTotalsHere(question)));
    }

    /// <summary>All drops by reason, of all nodes that answer.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AdminException">The caller may not.</exception>
    public async Task<DropSummary> SummarizeAsync(Caller caller, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Drops, AdminAccess.Read);
        DropSummary sum = SummarizeHere();
        (IReadOnlyList<(Guid Node, DropSummary Answer)> answers, IReadOnlyList<Guid> away) =
            await _parts.Nodes.AskOthersAsync<SummaryQuestion, DropSummary>("drops.summary", new SummaryQuestion(), cancellationToken).ConfigureAwait(false);
        var reasons = new SortedDictionary<DropReason, long>(sum.ByReason.ToDictionary(pair => pair.Key, pair => pair.Value));
        foreach ((_, DropSummary other) in answers)
        {
            foreach ((DropReason reason, long count) in other.ByReason)
            {
                reasons[reason] = reasons.GetValueOrDefault(reason) + count;
            }
        }

        return new DropSummary(reasons.Values.Sum(), reasons, sum.OnlyCounted + answers.Sum(answer => answer.Answer.OnlyCounted)) { Unavailable = away };
    }

    /// <summary>The latest drops, latest first; each node remembers 4,096. Drops of one kind within a second are one entry.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="query">Which; null: all.</param>
    /// <param name="cursor">Where to go on; null: from the latest.</param>
    /// <param name="limit">At most so many, 1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AdminException">The caller may not, or the query, limit or cursor makes no sense.</exception>
    public async Task<Page<DropEntry>> ListLatestAsync(Caller caller, DropQuery? query, string? cursor, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Drops, AdminAccess.Read);
        Paging.RequireLimit(limit);
        query ??= new DropQuery();
        Matcher(query);
        string[]? at = Paging.Decode(cursor, 3);
        if (at is not null
            && !(long.TryParse(at[0], NumberStyles.None, CultureInfo.InvariantCulture, out _) && Guid.TryParse(at[1], out _) && long.TryParse(at[2], NumberStyles.None, CultureInfo.InvariantCulture, out _)))
        {
            throw Paging.BadCursor();
        }

        var question = new PageQuestion(query, at, limit + 1);
        (IReadOnlyList<(Guid Node, IReadOnlyList<DropEntry> Answer)> answers, IReadOnlyList<Guid> away) =
            await _parts.Nodes.AskOthersAsync<PageQuestion, IReadOnlyList<DropEntry>>("drops.latest", question, cancellationToken).ConfigureAwait(false);
        List<DropEntry> all =
        [
            .. ListLatestHere(question).Concat(answers.SelectMany(answer => answer.Answer))
                .OrderByDescending(entry => entry.At).ThenByDescending(entry => entry.Node).ThenByDescending(entry => entry.Id)
                .Take(limit + 1),
        ];
        string? next = all.Count <= limit ? null : Paging.Encode(
            all[limit - 1].At.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture), all[limit - 1].Node.ToString(), all[limit - 1].Id.ToString(CultureInfo.InvariantCulture));
        return new Page<DropEntry>([.. all.Take(limit)], next) { Unavailable = away };
    }

    /// <summary>
    /// Totals by client, topic and reason, in that order; each node keeps 16,384. More than 10,000 drops in a second are
    /// only counted, which the summary shows.
    /// </summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="query">Which; null: all.</param>
    /// <param name="cursor">Where to go on; null: from the front.</param>
    /// <param name="limit">At most so many, 1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AdminException">The caller may not, or the query, limit or cursor makes no sense.</exception>
    public async Task<Page<DropTotalItem>> ListTotalsAsync(Caller caller, DropQuery? query, string? cursor, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Drops, AdminAccess.Read);
        Paging.RequireLimit(limit);
        query ??= new DropQuery();
        Matcher(query);
        string[]? at = Paging.Decode(cursor, 3);
        if (at is not null && !Enum.TryParse<DropReason>(at[2], out _))
        {
            throw Paging.BadCursor();
        }

        var question = new PageQuestion(query, at, limit + 1);
        (IReadOnlyList<(Guid Node, IReadOnlyList<DropTotalItem> Answer)> answers, IReadOnlyList<Guid> away) =
            await _parts.Nodes.AskOthersAsync<PageQuestion, IReadOnlyList<DropTotalItem>>("drops.totals", question, cancellationToken).ConfigureAwait(false);
        List<DropTotalItem> all =
        [
            .. ListTotalsHere(question).Concat(answers.SelectMany(answer => answer.Answer))
                .GroupBy(item => new DropKey(item.ClientId, item.Topic, item.Reason))
                .Select(same => new DropTotalItem(same.Key.ClientId, same.Key.Topic, same.Key.Reason, same.Sum(i => i.Count), same.Min(i => i.First), same.Max(i => i.Last)))
                .OrderBy(item => (item.ClientId, item.Topic, item.Reason), KeyOrder.Instance)
                .Take(limit + 1),
        ];
        string? next = all.Count <= limit ? null : Paging.Encode(all[limit - 1].ClientId, all[limit - 1].Topic, all[limit - 1].Reason.ToString());
        return new Page<DropTotalItem>([.. all.Take(limit)], next) { Unavailable = away };
    }

    private DropSummary SummarizeHere()
    {
        DropLedger drops = _parts.Context.Drops;
        var reasons = Enum.GetValues<DropReason>().ToDictionary(reason => reason, reason => drops[reason]);
        return new DropSummary(reasons.Values.Sum(), reasons, drops.Details.Unnoted);
    }

    private List<DropEntry> ListLatestHere(PageQuestion question)
    {
        Guid here = _parts.State.Node;
        Func<DropKey, bool> matches = Matcher(question.Query);
        (long AtMs, Guid Node, long Id)? before = question.At is [{ } ms, { } node, { } id]
            ? (long.Parse(ms, CultureInfo.InvariantCulture), Guid.Parse(node), long.Parse(id, CultureInfo.InvariantCulture))
            : null;
        return
        [
            .. _parts.Context.Drops.Details
                .ListLatest(
                    note => (before is not { } at || (note.AtMs, here, note.Id).CompareTo(at) < 0) && note.AtMs >= (question.Query.Since?.ToUnixTimeMilliseconds() ?? 0) && matches(note.Key),
                    question.Limit)
                .Select(note => new DropEntry(here, note.Id, DateTimeOffset.FromUnixTimeMilliseconds(note.AtMs), note.Key.ClientId, note.Key.Topic, note.Key.Reason, note.Count)),
        ];
    }

    private List<DropTotalItem> ListTotalsHere(PageQuestion question)
    {
        Func<DropKey, bool> matches = Matcher(question.Query);
        (string ClientId, string Topic, DropReason Reason)? after = question.At is [{ } client, { } topic, { } reason] ? (client, topic, Enum.Parse<DropReason>(reason)) : null;
        long since = question.Query.Since?.ToUnixTimeMilliseconds() ?? 0;
        return
        [
            .. _parts.Context.Drops.Details
                .ListTotals(key => matches(key) && (after is not { } at || KeyOrder.Instance.Compare((key.ClientId, key.Topic, key.Reason), at) > 0))
                .Where(total => total.LastMs >= since)
                .OrderBy(total => (total.Key.ClientId, total.Key.Topic, total.Key.Reason), KeyOrder.Instance)
                .Take(question.Limit)
                .Select(total => new DropTotalItem(
                    total.Key.ClientId, total.Key.Topic, total.Key.Reason, total.Count, DateTimeOffset.FromUnixTimeMilliseconds(total.FirstMs), DateTimeOffset.FromUnixTimeMilliseconds(total.LastMs))),
        ];
    }

    private static Func<DropKey, bool> Matcher(DropQuery query)
    {
        string? filter = query.Filter is null ? null : AdminMistakes.RequireFilter("filter", query.Filter).Filter;
        return key => (query.ClientId is not { } client || key.ClientId == client)
            && (query.Reason is not { } reason || key.Reason == reason)
            && (filter is null || (key.Topic.Length > 0 && TopicFilter.Matches(filter, key.Topic)));
    }

    internal sealed record SummaryQuestion;

    internal sealed record PageQuestion(DropQuery Query, string[]? At, int Limit);

    private sealed class KeyOrder : IComparer<(string ClientId, string Topic, DropReason Reason)>
    {
        public static readonly KeyOrder Instance = new();

        public int Compare((string ClientId, string Topic, DropReason Reason) x, (string ClientId, string Topic, DropReason Reason) y)
        {
            int order = string.CompareOrdinal(x.ClientId, y.ClientId);
            order = order != 0 ? order : string.CompareOrdinal(x.Topic, y.Topic);
            return order != 0 ? order : x.Reason.CompareTo(y.Reason);
        }
    }
}

/// <summary>Which drops are meant: those that fit all that is set.</summary>
public sealed record DropQuery
{
    /// <summary>Those of a client; of a shared group its filter.</summary>
    public string? ClientId { get; init; }

    /// <summary>Those of topics that a filter matches.</summary>
    public string? Filter { get; init; }

    /// <summary>Those for a reason.</summary>
    public DropReason? Reason { get; init; }

    /// <summary>Those at this time or later.</summary>
    public DateTimeOffset? Since { get; init; }
}

/// <summary>All drops by reason.</summary>
/// <param name="Total">How many.</param>
/// <param name="ByReason">How many for each reason.</param>
/// <param name="OnlyCounted">So many of them came too fast for it to be noted whose they were.</param>
public sealed record DropSummary(long Total, IReadOnlyDictionary<DropReason, long> ByReason, long OnlyCounted)
{
    /// <summary>Nodes that did not answer: theirs are missing.</summary>
    public IReadOnlyList<Guid> Unavailable { get; init; } = [];
}

/// <summary>Drops of one kind within a second.</summary>
/// <param name="Node">The node that dropped.</param>
/// <param name="Id">Rises with each entry of the node.</param>
/// <param name="At">When the first was.</param>
/// <param name="ClientId">Who did not get it, or was refused; of a shared group its filter.</param>
/// <param name="Topic">The topic; empty: several, or not known.</param>
/// <param name="Reason">Why.</param>
/// <param name="Count">How many.</param>
public sealed record DropEntry(Guid Node, long Id, DateTimeOffset At, string ClientId, string Topic, DropReason Reason, long Count);

/// <summary>How much of a topic a client did not get for a reason.</summary>
/// <param name="ClientId">Who; of a shared group its filter.</param>
/// <param name="Topic">The topic; empty: several, or not known.</param>
/// <param name="Reason">Why.</param>
/// <param name="Count">How many.</param>
/// <param name="First">When the first was.</param>
/// <param name="Last">When the last was.</param>
public sealed record DropTotalItem(string ClientId, string Topic, DropReason Reason, long Count, DateTimeOffset First, DateTimeOffset Last);
