using SkyTree.Core.Admin.Nodes;
using SkyTree.Core.Admin.Subscriptions;
using SkyTree.Core.Sessions;

namespace SkyTree.Core.Admin.Sessions;

/// <summary>
/// Sessions: who is connected, what waits for whom, and what people do about it. Any node of a cluster lists all sessions;
/// what only the node of a connection knows is asked there.
/// </summary>
public sealed partial class SessionAdmin
{
    private const int LargestChunk = 1000; // sessions that are looked at together
    private const int MostWork = 100_000; // sessions that are looked at for one page
    private const int LargestSubscriptionList = 1000;

    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(150); // the same in time

    private readonly AdminParts _parts;

    internal SessionAdmin(AdminParts parts)
    {
        _parts = parts;
        parts.Nodes.Answer<LiveQuestion, IReadOnlyList<SessionConnection?>>("sessions.live", (question, _) => new([.. question.ClientIds.Select(DescribeHere)]));
        parts.Nodes.Answer<SortQuestion, List<SortPlace>>("sessions.sort", (question, _) => new(SortHere(question)));
        parts.Nodes.Answer<KickQuestion, bool>("sessions.kick", (question, _) => new(KickHere(question.ClientId, question.Reason)));
        parts.Nodes.Answer<InflightQuestion, Page<InflightMessage>>("sessions.inflight", (question, _) => new(ListInflightHere(question.ClientId, question.Cursor, question.Limit)));
        parts.Nodes.Answer<InflightQuestion, Page<QueuedMessage>>("sessions.queued", (question, cancellationToken) =>
            new(ListQueuedHereAsync(question.ClientId, question.Cursor, question.Limit, cancellationToken)));
        parts.Nodes.Answer<SubscribeQuestion, SubscribeResult>("sessions.subscribe", (question, _) => new(SubscribeHereAsync(question)));
        parts.Nodes.Answer<UnsubscribeQuestion, bool>("sessions.unsubscribe", (question, _) => new(UnsubscribeHereAsync(question)));
    }

    /// <summary>Lists sessions in the order of their client identifiers.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="filter">Which; null: all.</param>
    /// <param name="cursor">Where to go on, from the page before; null: from the front.</param>
    /// <param name="limit">At most so many, 1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The page. With filters that few sessions fit it may have fewer items than there are; its cursor goes on.</returns>
    /// <exception cref="AdminException">The caller may not, or the limit or cursor makes no sense.</exception>
    public Task<Page<SessionItem>> ListAsync(Caller caller, SessionFilter? filter, string? cursor, int limit, CancellationToken cancellationToken = default) =>
        ListAsync(caller, filter, isDescending: false, cursor, limit, cancellationToken);

    private async Task<Page<SessionItem>> ListAsync(Caller caller, SessionFilter? filter, bool isDescending, string? cursor, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Sessions, AdminAccess.Read);
        Paging.RequireLimit(limit);
        filter ??= new SessionFilter();
        string? after = Paging.Decode(cursor, 1)?[0];
        string? prefix = string.IsNullOrEmpty(filter.ClientIdPrefix) ? null : filter.ClientIdPrefix;
        bool fromPrefix = !isDescending && prefix is not null && (after is null || string.CompareOrdinal(after, prefix) < 0);
        if (fromPrefix)
        {
            after = prefix;
        }
        else if (isDescending && prefix is not null)
        {
            after ??= Behind(prefix);
        }

        var items = new List<SessionItem>();
        var away = new HashSet<Guid>();
        int work = 0;
        long started = _parts.Context.Time.GetTimestamp();
        while (true)
        {
            List<Session> chunk = isDescending ? _parts.State.Sessions.TakeBack(after, LargestChunk) : _parts.State.Sessions.Take(after, fromPrefix, LargestChunk);
            fromPrefix = false;
            List<Session> fitting = [];
            foreach (Session session in chunk)
            {
                if (prefix is not null && !session.ClientId.StartsWith(prefix, StringComparison.Ordinal))
                {
                    chunk = []; // in this order, none follows
                    break;
                }

                after = session.ClientId;
                if (filter.Fits(session))
                {
                    fitting.Add(session);
                    if (!filter.NeedsLive && items.Count + fitting.Count == limit)
                    {
                        break;
                    }
                }
            }

            bool isFull = await AddAsync(fitting, filter, items, limit, away, cancellationToken).ConfigureAwait(false);
            if (isFull)
            {
                after = items[^1].ClientId;
            }

            work += chunk.Count;
            if (isFull || chunk.Count < LargestChunk || work >= MostWork || _parts.Context.Time.GetElapsedTime(started) > s_patience)
            {
                bool isEnd = !isFull && chunk.Count < LargestChunk;
                return new Page<SessionItem>(items, isEnd ? null : Paging.Encode(after!)) { Unavailable = [.. away.Order()] };
            }
        }
    }

    /// <summary>How many sessions there are, and how many of them are connected.</summary>
    /// <param name="caller">Who asks.</param>
    public SessionCounts Count(Caller caller)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Sessions, AdminAccess.Read);
        return new SessionCounts(_parts.State.Sessions.Count, _parts.Broker.ConnectedCount);
    }

    /// <summary>One session with all that is known of it.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="clientId">The client identifier.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AdminException">The caller may not, or there is no such session.</exception>
    public async Task<SessionDetails> GetAsync(Caller caller, string clientId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Sessions, AdminAccess.Read);
        Session session = Find(clientId);
        var away = new HashSet<Guid>();
        SessionConnection? live = (await DescribeAsync([session], away, cancellationToken).ConfigureAwait(false))[0];
        SessionItem item = Describe(session, live);
        return new SessionDetails
        {
            ClientId = item.ClientId,
            IsConnected = item.IsConnected,
            IsDurable = item.IsDurable,
            Node = item.Node,
            ExpirySeconds = item.ExpirySeconds,
            ExpiresAt = item.ExpiresAt,
            DisconnectedAt = item.DisconnectedAt,
            DisconnectReason = item.DisconnectReason,
            SubscriptionCount = item.SubscriptionCount,
            Cursor = item.Cursor,
            Lag = item.Lag,
            Live = live,
            Epoch = session.Epoch,
            Will = session.Will is { } will
                ? new SessionWill(will.Topic, will.QoS, will.Retain, will.DelaySeconds, will.Payload.Length, AdminTime.From(session.WillDueMs))
                : null,
            Subscriptions = [.. session.Subscriptions.OrderBy(s => s.Filter.Text, StringComparer.Ordinal).Take(LargestSubscriptionList).Select(SubscriptionItem.Of)],
            Losses = [.. session.Losses?.Latest.Select(loss => new SessionLossItem(
                loss.Reason, loss.From, loss.To, loss.Dropped.Messages, loss.Dropped.Bytes, DateTimeOffset.FromUnixTimeMilliseconds(loss.AtMs))) ?? []],
            Replays = [.. session.Replays.Select(replay => new SessionReplay(replay.Subscription.Filter.Text, replay.Cursor, replay.End))],
            Unavailable = [.. away],
        };
    }

    /// <summary>A key behind all that begin with a prefix; null: there is none.</summary>
    private static string? Behind(string prefix)
    {
        string begin = prefix.TrimEnd('\uffff');
        return begin.Length == 0 ? null : begin[..^1] + (char)(begin[^1] + 1);
    }

    internal Session Find(string clientId) => _parts.State.Sessions.Find(clientId ?? "") ?? throw AdminMistakes.NoSession(clientId ?? "");

    private SessionItem Describe(Session session, SessionConnection? live) => new()
    {
        ClientId = session.ClientId,
        IsConnected = session.IsConnected,
        IsDurable = session.IsDurable,
        Node = session.Node,
        ExpirySeconds = session.ExpirySeconds,
        ExpiresAt = AdminTime.From(session.ExpiresAtMs),
        DisconnectedAt = AdminTime.From(session.Disconnection?.AtMs),
        DisconnectReason = session.Disconnection is { Reason: { Length: > 0 } reason } ? reason : null,
        SubscriptionCount = session.SubscriptionCount,
        Cursor = session.Cursor,
        Lag = session.IsDurable ? Math.Max(0, _parts.State.LastOffset - session.Cursor) : 0,
        Live = live,
    };

    /// <returns>Whether there are as many as asked for.</returns>
    private async ValueTask<bool> AddAsync(List<Session> sessions, SessionFilter filter, List<SessionItem> items, int limit, HashSet<Guid> away, CancellationToken cancellationToken)
    {
        IReadOnlyList<SessionConnection?> live = await DescribeAsync(sessions, away, cancellationToken).ConfigureAwait(false);
        for (int i = 0; i < sessions.Count; i++)
        {
            if (!filter.NeedsLive || (live[i] is { } connection && filter.Fits(connection)))
            {
                items.Add(Describe(sessions[i], live[i]));
                if (items.Count == limit)
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>The connections of sessions, wherever they are.</summary>
    private async ValueTask<IReadOnlyList<SessionConnection?>> DescribeAsync(List<Session> sessions, HashSet<Guid> away, CancellationToken cancellationToken)
    {
        var live = new SessionConnection?[sessions.Count];
        Dictionary<Guid, List<int>>? elsewhere = null;
        for (int i = 0; i < sessions.Count; i++)
        {
            Session session = sessions[i];
            if (session.Node == _parts.State.Node)
            {
                live[i] = DescribeHere(session);
            }
            else if (session.IsConnected)
            {
                elsewhere ??= [];
                (elsewhere.TryGetValue(session.Node, out List<int>? places) ? places : elsewhere[session.Node] = []).Add(i);
            }
        }

        if (elsewhere is null)
        {
            return live;
        }

        await Task.WhenAll(elsewhere.Select(async node =>
        {
            var question = new LiveQuestion([.. node.Value.Select(place => sessions[place].ClientId)]);
            NodeAnswer<IReadOnlyList<SessionConnection?>> answer =
                await _parts.Nodes.AskAsync<LiveQuestion, IReadOnlyList<SessionConnection?>>(node.Key, "sessions.live", question, cancellationToken).ConfigureAwait(false);
            if (!answer.HasAnswered || answer.Value.Count != node.Value.Count)
            {
                lock (away)
                {
                    away.Add(node.Key);
                }

                return;
            }

            for (int i = 0; i < node.Value.Count; i++)
            {
                live[node.Value[i]] = answer.Value[i];
            }
        })).ConfigureAwait(false);
        return live;
    }

    private SessionConnection? DescribeHere(string clientId) => _parts.State.Sessions.Find(clientId) is { } session ? DescribeHere(session) : null;

    private static SessionConnection? DescribeHere(Session session)
    {
        SessionQueue queue = session.Queue;
        if (queue.Connection is not { } connection)
        {
            return null;
        }

        QueueFacts facts = queue.Describe();
        return connection.Describe() with
        {
            Inflight = facts.Inflight,
            Window = facts.Window,
            Waiting = facts.Retained + facts.Waiting,
            Position = session.IsDurable ? facts.Position : 0,
            Drops = session.DropsByReason(),
        };
    }

    internal sealed record LiveQuestion(IReadOnlyList<string> ClientIds);
}

/// <summary>How many sessions there are.</summary>
/// <param name="Sessions">Sessions, connected or not.</param>
/// <param name="ConnectedHere">Clients that are connected to this node.</param>
public sealed record SessionCounts(int Sessions, int ConnectedHere);
