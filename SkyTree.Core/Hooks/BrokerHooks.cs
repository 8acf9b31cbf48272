using SkyTree.Core.Diagnostics;
using SkyTree.Core.Protocol;
using SkyTree.Core.Security;

namespace SkyTree.Core.Hooks;

/// <summary>The hooks that are registered with a broker. A kind that nobody has registered costs a look at a field.</summary>
internal sealed class BrokerHooks : IAsyncDisposable
{
    private const string Failed = "a hook has failed";

    private readonly IAuthenticateHook[] _authenticate;
    private readonly IConnectHook[] _connect;
    private readonly IAuthorizeHook[] _authorize;
    private readonly IPublishHook[] _publish;
    private readonly IDeliverHook[] _deliver;
    private readonly ISubscribeHook[] _subscribe;
    private readonly BrokerOptions _broker;

    /// <summary>Creates them.</summary>
    /// <param name="hooks">Objects of any of the kinds, in their order.</param>
    /// <param name="options">How long they may take.</param>
    /// <param name="broker">What may be published.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Where failures are told.</param>
    public BrokerHooks(IEnumerable<object> hooks, HookOptions options, BrokerOptions broker, TimeProvider time, BrokerLog log)
    {
        _broker = broker;
        object[] all = [.. hooks];
        _authenticate = [.. all.OfType<IAuthenticateHook>()];
        _connect = [.. all.OfType<IConnectHook>()];
        _authorize = [.. all.OfType<IAuthorizeHook>()];
        _publish = [.. all.OfType<IPublishHook>()];
        _deliver = [.. all.OfType<IDeliverHook>()];
        _subscribe = [.. all.OfType<ISubscribeHook>()];
        Calls = new HookCalls(options, time, log);
        IClientHook[] clients = [.. all.OfType<IClientHook>()];
        Events = clients.Length > 0 ? new ClientEvents(clients, Calls) : null;
        (HookKind Kind, int Count)[] counts =
        [
            (HookKind.Authenticate, _authenticate.Length), (HookKind.Connect, _connect.Length), (HookKind.Authorize, _authorize.Length),
            (HookKind.Publish, _publish.Length), (HookKind.Deliver, _deliver.Length), (HookKind.Subscribe, _subscribe.Length), (HookKind.Client, clients.Length),
        ];
        Kinds = [.. counts.Where(count => count.Count > 0).Select(count => count.Kind)];
    }

    /// <summary>The kinds of which there are any.</summary>
    public IReadOnlyList<HookKind> Kinds { get; }

    public bool SeesAuthentications => _authenticate.Length > 0;

    public bool SeesConnects => _connect.Length > 0;

    public bool SeesAuthorizations => _authorize.Length > 0;

    public bool SeesPublishes => _publish.Length > 0;

    public bool SeesSubscriptions => _subscribe.Length > 0;

    /// <summary>Calls them, and counts.</summary>
    public HookCalls Calls { get; }

    /// <summary>What client hooks are told; null: there are none.</summary>
    public ClientEvents? Events { get; }

    /// <summary>Asks who a client is.</summary>
    /// <returns>The answer of the first that has one.</returns>
    public async ValueTask<AuthenticateAnswer> OnAuthenticateAsync(AuthenticateAttempt attempt, CancellationToken cancellationToken)
    {
        foreach (IAuthenticateHook hook in _authenticate)
        {
            AuthenticateAnswer? given = await Calls.AskAsync(
                HookKind.Authenticate, hook, static (hook, attempt, token) => hook.OnAuthenticateAsync(attempt, token), attempt, cancellationToken).ConfigureAwait(false);
            AuthenticateAnswer answer = given is { } said && IsSaid(HookKind.Authenticate, hook, said.Code, ConnAckPacket.CanHave(said.Code))
                ? said
                : Calls.OnFailure == HookFailure.Continue ? default : AuthenticateAnswer.Refuse(ReasonCode.ServerUnavailable, Failed);
            if (answer.IsAdmitted || answer.Code != ReasonCode.Success)
            {
                return answer;
            }
        }

        return default;
    }

    public async ValueTask<HookAnswer> OnConnectAsync(ConnectAttempt attempt, CancellationToken cancellationToken)
    {
        foreach (IConnectHook hook in _connect)
        {
            HookAnswer? given = await Calls.AskAsync(
                HookKind.Connect, hook, static (hook, attempt, token) => hook.OnConnectAsync(attempt, token), attempt, cancellationToken).ConfigureAwait(false);
            HookAnswer answer = given is { } said && IsSaid(HookKind.Connect, hook, said.Code, ConnAckPacket.CanHave(said.Code))
                ? said
                : Calls.OnFailure == HookFailure.Continue ? default : HookAnswer.Refuse(ReasonCode.ServerUnavailable, Failed);
            if (answer.Code != ReasonCode.Success)
            {
                return answer;
            }
        }

        return default;
    }

    /// <summary>Asks whether a client may do something.</summary>
    /// <returns>The answer of the first that has one, whether it may be remembered, and whether one of those that were asked failed.</returns>
    public async ValueTask<(AuthorizeAnswer Answer, bool HasFailed)> OnAuthorizeAsync(AuthorizeAttempt attempt, CancellationToken cancellationToken)
    {
        bool once = false;
        bool failed = false;
        foreach (IAuthorizeHook hook in _authorize)
        {
            AuthorizeAnswer? given = await Calls.AskAsync(
                HookKind.Authorize, hook, static (hook, attempt, token) => hook.OnAuthorizeAsync(attempt, token), attempt, cancellationToken).ConfigureAwait(false);
            failed |= given is null;
            AuthorizeAnswer answer = given ?? (Calls.OnFailure == HookFailure.Continue ? AuthorizeAnswer.AskNext : AuthorizeAnswer.Deny) with { IsOnce = true };
            once |= answer.IsOnce; // what the next one says rests on this one's silence
            if (answer.Effect is not null)
            {
                return (answer with { IsOnce = once }, failed);
            }
        }

        return (AuthorizeAnswer.AskNext with { IsOnce = once }, failed);
    }

    public async ValueTask<HookAnswer> OnSubscribeAsync(SubscribeAttempt attempt, CancellationToken cancellationToken)
    {
        foreach (ISubscribeHook hook in _subscribe)
        {
            HookAnswer? given = await Calls.AskAsync(
                HookKind.Subscribe, hook, static (hook, attempt, token) => hook.OnSubscribeAsync(attempt, token), attempt, cancellationToken).ConfigureAwait(false);
            HookAnswer answer = given is { } said && IsSaid(HookKind.Subscribe, hook, said.Code, SubscriptionAckPacket.CanHave(said.Code))
                ? said
                : Calls.OnFailure == HookFailure.Continue ? default : HookAnswer.Refuse(ReasonCode.ImplementationSpecificError, Failed);
            if (answer.Code != ReasonCode.Success)
            {
                return answer;
            }
        }

        return default;
    }

    /// <summary>Asks about a message that a client publishes.</summary>
    /// <param name="attempt">Who publishes what.</param>
    /// <param name="cancellationToken">The client has gone.</param>
    /// <returns>The answer of the first that drops or refuses it; else what it has become, if it was changed.</returns>
    public async ValueTask<PublishAnswer> OnPublishAsync(PublishAttempt attempt, CancellationToken cancellationToken)
    {
        bool changed = false;
        foreach (IPublishHook hook in _publish)
        {
            PublishAnswer? answer = await Calls.AskAsync(
                HookKind.Publish, hook, static (hook, attempt, token) => hook.OnPublishAsync(attempt, token), attempt, cancellationToken).ConfigureAwait(false);
            if (answer is { Replacement: { } replacement })
            {
                if (MessageMistakes.Find(attempt.Message, replacement, _broker) is { } mistake)
                {
                    Calls.Fail(HookKind.Publish, hook, new InvalidOperationException(mistake));
                    answer = null;
                }
                else
                {
                    attempt = attempt with { Message = replacement };
                    changed = true;
                    continue;
                }
            }

            if (answer is { } refused && !IsSaid(HookKind.Publish, hook, refused.Code, PublishAckPacket.CanHave(refused.Code) && (!attempt.IsWill || ConnAckPacket.CanHave(refused.Code))))
            {
                answer = null;
            }

            PublishAnswer counts = answer ?? (Calls.OnFailure == HookFailure.Continue ? default : PublishAnswer.Refuse(ReasonCode.ImplementationSpecificError, Failed));
            if (counts.IsDropped || counts.Code != ReasonCode.Success)
            {
                return counts;
            }
        }

        return changed ? PublishAnswer.Replace(attempt.Message) : default;
    }

    /// <summary>Those that want to see what a client is sent.</summary>
    public IDeliverHook[] DeliverHooksOf(ClientIdentity client) => [.. _deliver.Where(hook => Wants(hook, client))];

    /// <summary>Asks about a message to a client.</summary>
    /// <param name="hooks">Who is asked, in this order.</param>
    /// <param name="attempt">What is to be sent to whom.</param>
    /// <param name="cancellationToken">The client has gone.</param>
    /// <returns>That it is dropped; else what it has become, if it was changed.</returns>
    public async ValueTask<DeliverAnswer> OnDeliverAsync(IDeliverHook[] hooks, DeliverAttempt attempt, CancellationToken cancellationToken)
    {
        bool changed = false;
        foreach (IDeliverHook hook in hooks)
        {
            DeliverAnswer? answer = await Calls.AskAsync(
                HookKind.Deliver, hook, static (hook, attempt, token) => hook.OnDeliverAsync(attempt, token), attempt, cancellationToken).ConfigureAwait(false);
            if (answer is { Replacement: { } replacement })
            {
                string? mistake = replacement.Retain != attempt.Message.Retain
                    ? "the message has another RETAIN flag than the one that it replaces"
                    : MessageMistakes.Find(attempt.Message, replacement, _broker);
                if (mistake is not null)
                {
                    Calls.Fail(HookKind.Deliver, hook, new InvalidOperationException(mistake));
                    answer = null;
                }
                else
                {
                    attempt = attempt with { Message = replacement };
                    changed = true;
                    continue;
                }
            }

            if ((answer ?? (Calls.OnFailure == HookFailure.Continue ? default : DeliverAnswer.Drop)).IsDropped)
            {
                return DeliverAnswer.Drop;
            }
        }

        return changed ? DeliverAnswer.Replace(attempt.Message) : default;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Events?.DisposeAsync() ?? default;

    /// <summary>Whether a reason code can be told to the client; else the hook has failed.</summary>
    private bool IsSaid(HookKind kind, object hook, ReasonCode code, bool canBe)
    {
        if (!canBe)
        {
            Calls.Fail(kind, hook, new InvalidOperationException($"{code} is no reason code of the answer to this packet"));
        }

        return canBe;
    }

    private bool Wants(IDeliverHook hook, ClientIdentity client)
    {
        try
        {
            return hook.Wants(client);
        }
        catch (Exception exception)
        {
            Calls.Fail(HookKind.Deliver, hook, exception);
            return Calls.OnFailure == HookFailure.Refuse; // then it is asked of each message, and may be well by then
        }
    }
}
