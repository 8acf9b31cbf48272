using SkyTree.Core.Admin.Nodes;
using SkyTree.Core.Connections;
using SkyTree.Core.Protocol;
using SkyTree.Core.Replication;
using SkyTree.Core.Sessions;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Admin.Sessions;

/// <content>Subscribing for a session.</content>
public sealed partial class SessionAdmin
{
    private const int EpochAttempts = 3; // each fails if a client has just taken the session

    /// <summary>
    /// Makes or replaces a subscription of a session, connected or not, as if its client had asked. The client is not told,
    /// and rules of access are not asked: the caller stands for it.
    /// </summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="clientId">The client identifier.</param>
    /// <param name="request">What is subscribed to.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AdminException">The caller may not, there is no such session, the filter is ill-formed or refused, or the session's node is away.</exception>
    public async Task<SubscribeResult> SubscribeAsync(Caller caller, string clientId, SubscribeForSession request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        ArgumentNullException.ThrowIfNull(request);
        caller.Require(AdminArea.Sessions, AdminAccess.Write);
        Session session = Find(clientId);
        TopicFilter filter = RequireSubscribable(request);
        var question = new SubscribeQuestion(clientId, request);
        SubscribeResult result = session.Node == _parts.State.Node || !session.IsConnected
            ? await SubscribeHereAsync(question).ConfigureAwait(false)
            : await AskNodeAsync<SubscribeQuestion, SubscribeResult>(session.Node, "sessions.subscribe", question, cancellationToken).ConfigureAwait(false);
        await _parts.Audit.NoteAsync(caller, "sessions.subscribe", clientId, after: AdminJson.Write(request with { Filter = filter.Text })).ConfigureAwait(false);
        return result;
    }

    /// <summary>Removes a subscription of a session, connected or not. The client is not told.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="clientId">The client identifier.</param>
    /// <param name="filter">The filter as it was subscribed to.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AdminException">The caller may not, there is no such session or subscription, or the session's node is away.</exception>
    public async Task UnsubscribeAsync(Caller caller, string clientId, string filter, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Sessions, AdminAccess.Write);
        Session session = Find(clientId);
        AdminMistakes.RequireFilter("filter", filter);
        var question = new UnsubscribeQuestion(clientId, filter);
        bool existed = session.Node == _parts.State.Node || !session.IsConnected
            ? await UnsubscribeHereAsync(question).ConfigureAwait(false)
            : await AskNodeAsync<UnsubscribeQuestion, bool>(session.Node, "sessions.unsubscribe", question, cancellationToken).ConfigureAwait(false);
        if (!existed)
        {
            throw new AdminException(AdminError.NotFound, "subscription_not_found", $"Client '{clientId}' has no subscription to '{filter}'.");
        }

        await _parts.Audit.NoteAsync(caller, "sessions.unsubscribe", clientId, before: AdminJson.Write(filter)).ConfigureAwait(false);
    }

    private TopicFilter RequireSubscribable(SubscribeForSession request)
    {
        TopicFilter filter = AdminMistakes.RequireFilter("filter", request.Filter);
        BrokerOptions options = _parts.Context.Options;
        if (filter.Utf8Length() > options.MaximumTopicLength || filter.CountLevels() > options.MaximumTopicLevels)
        {
            throw AdminMistakes.Invalid("filter", "bad_filter", "The filter is longer or deeper than the broker allows.");
        }

        if (filter.IsShared && (request.NoLocal || !options.SharedSubscriptionAvailable))
        {
            throw AdminMistakes.Invalid("filter", "bad_filter", "A shared subscription has no No Local, and must be available.");
        }

        if (request.QoS is < QoS.AtMostOnce or > QoS.ExactlyOnce || request.Identifier is 0 or > 268_435_455)
        {
            throw AdminMistakes.Invalid("qoS", "bad_options", "The QoS is 0 to 2, an identifier 1 to 268,435,455.");
        }

        return filter;
    }

    private async Task<SubscribeResult> SubscribeHereAsync(SubscribeQuestion question)
    {
        TopicFilter filter = RequireSubscribable(question.Request);
        for (int attempt = 0; attempt < EpochAttempts; attempt++)
        {
            Session session = Find(question.ClientId);
            BrokerOptions options = _parts.Context.Options;
            bool existed = session.FindSubscription(filter.Text) is not null;
            IReadOnlyList<ReasonCode>? codes = await _parts.ProposeAsync(
                new Subscribe(
                    session,
                    session.Epoch,
                    question.Request.Identifier ?? 0,
                    [new SubscriptionRequest(filter, question.Request.QoS, question.Request.NoLocal, question.Request.RetainAsPublished, question.Request.RetainHandling)])
                {
                    MaximumSubscriptions = options.MaximumSubscriptions,
                    MaximumRetained = options.MaximumQueuedMessages,
                    RetainedWaiting = session.Queue.RetainedWaiting,
                }).ConfigureAwait(false);
            if (codes is not [{ } code])
            {
                continue;
            }

            if (code > ReasonCode.GrantedQoS2)
            {
                throw new AdminException(AdminError.LimitExceeded, "quota_exceeded", $"The session has as many subscriptions, or as many retained messages waiting, as allowed ({code}).");
            }

            await _parts.Replicator.SettleAsync().ConfigureAwait(false);
            session.Queue.StartReplays();
            SendOn(session);
            return new SubscribeResult((QoS)code, existed);
        }

        throw Moving(question.ClientId);
    }

    private async Task<bool> UnsubscribeHereAsync(UnsubscribeQuestion question)
    {
        for (int attempt = 0; attempt < EpochAttempts; attempt++)
        {
            Session session = Find(question.ClientId);
            if (await _parts.ProposeAsync(new Unsubscribe(session, session.Epoch, [question.Filter])).ConfigureAwait(false) is [{ } existed])
            {
                SendOn(session);
                return existed;
            }
        }

        throw Moving(question.ClientId);
    }

    private static void SendOn(Session session)
    {
        session.Queue.Pump();
        session.PumpGroups();
        FlushList.FlushAll();
    }

    private static AdminException Moving(string clientId) =>
        new(AdminError.Conflict, "session_moving", $"Client '{clientId}' is connecting again and again; try again.");

    private async Task<TAnswer> AskNodeAsync<TQuestion, TAnswer>(Guid node, string name, TQuestion question, CancellationToken cancellationToken)
    {
        NodeAnswer<TAnswer> answer = await _parts.Nodes.AskAsync<TQuestion, TAnswer>(node, name, question, cancellationToken).ConfigureAwait(false);
        return answer.HasAnswered ? answer.Value : throw AdminMistakes.NodeAway(node);
    }

    internal sealed record SubscribeQuestion(string ClientId, SubscribeForSession Request);

    internal sealed record UnsubscribeQuestion(string ClientId, string Filter);
}

/// <summary>A subscription that is to be made for a session.</summary>
public sealed record SubscribeForSession
{
    /// <summary>The filter, with <c>$share/{group}/</c> if it is to be shared.</summary>
    public required string Filter { get; init; }

    /// <summary>The maximum QoS.</summary>
    public QoS QoS { get; init; }

    /// <summary>No Local.</summary>
    public bool NoLocal { get; init; }

    /// <summary>Retain As Published.</summary>
    public bool RetainAsPublished { get; init; }

    /// <summary>Which retained messages the client is sent for it.</summary>
    public RetainHandling RetainHandling { get; init; }

    /// <summary>The subscription identifier, 1 to 268,435,455; null: none.</summary>
    public uint? Identifier { get; init; }
}

/// <summary>A subscription was made.</summary>
/// <param name="QoS">The granted QoS.</param>
/// <param name="Replaced">Whether there was one with its filter.</param>
public sealed record SubscribeResult(QoS QoS, bool Replaced);
