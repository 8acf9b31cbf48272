using System.Text;
using SkyTree.Core.Hooks;
using SkyTree.Core.Protocol;
using SkyTree.Core.Security.Access;
using SkyTree.Core.Sessions;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Connections;

/// <content>What the client may do with topics: hooks are asked first, then the rules.</content>
internal sealed partial class Connection
{
    private readonly HookVerdicts? _verdicts; // null: no hook judges what the client may do

    /// <summary>Has what hooks have said forgotten, and asks them again about standing subscriptions. Any thread.</summary>
    public async Task ForgetVerdictsAsync()
    {
        if (_verdicts is not { } verdicts || _session is not { } session)
        {
            return; // nothing has been asked for
        }

        verdicts.Forget();
        foreach (string filter in verdicts.Filters)
        {
            int version = verdicts.Version;
            (FilterVerdict verdict, bool failed) = await AskAboutFilterAsync(filter, QoSOf(session, filter), HasReplay(session, filter), default).ConfigureAwait(false);
            if (!failed && verdicts.Version == version) // else who forgets it again asks again
            {
                verdicts.Set(filter, verdict);
            }
        }
    }

    private bool MayPublish(ReadOnlySpan<byte> topic, QoS qos, bool retain, AccessEffect? verdict) => verdict switch
    {
        AccessEffect.Allow => !TopicName.IsSys(topic),
        AccessEffect.Deny => false,
        _ => _authorizer.MayPublish(_identity!, topic, qos, retain),
    };

    private bool MaySubscribe(string filter, QoS qos, bool replay, FilterVerdict verdict) =>
        (verdict.Read ?? Rules(filter, qos, replay: false)) == AccessEffect.Allow && (!replay || (verdict.Replay ?? Rules(filter, qos, replay: true)) == AccessEffect.Allow);

    private AccessEffect Rules(string filter, QoS qos, bool replay) => _authorizer.MaySubscribe(_identity!, filter, qos, replay) ? AccessEffect.Allow : AccessEffect.Deny;

    private async ValueTask AuthorizePublishAsync(HookVerdicts verdicts, byte first, byte[] body, byte[] topic, QoS qos, bool retain)
    {
        int version = verdicts.Version;
        (AuthorizeAnswer answer, _) = await _services.Hooks.OnAuthorizeAsync(
            new AuthorizeAttempt(_identity!, AccessAction.Publish, Encoding.UTF8.GetString(topic), qos, retain), StopToken()).ConfigureAwait(false);
        if (_stop)
        {
            return;
        }

        if (!answer.IsOnce)
        {
            verdicts.Remember(topic, qos, retain, answer.Effect, version);
        }

        if (PublishView.TryParse(first, body, _version, out PublishView publish, out DecodeError error))
        {
            OnPublish(first, default, body, publish, topic, answer.Effect);
        }
        else
        {
            Fail(error); // which cannot be: it was parsed before
        }

        FlushList.FlushAll();
    }

    /// <summary>Asks about the filters of a session that is resumed. False: a hook has failed, and the client is refused so that nothing of it is lost.</summary>
    private async ValueTask<bool> TryJudgeSubscriptionsAsync(HookVerdicts verdicts, Session session)
    {
        foreach (Subscription subscription in session.AllSubscriptions)
        {
            string filter = subscription.Filter.Filter;
            (FilterVerdict verdict, bool failed) = await AskAboutFilterAsync(filter, subscription.QoS, HasReplay(session, filter), StopToken()).ConfigureAwait(false);
            if (_stop)
            {
                return false;
            }

            if (failed && _services.Hooks.Calls.OnFailure == HookFailure.Refuse)
            {
                _discardWill = true; // it was never connected
                RefuseConnect(ReasonCode.ServerUnavailable, "it could not be found out what you may read", _version);
                return false;
            }

            verdicts.Set(filter, verdict);
        }

        return true;
    }

    private async ValueTask<(FilterVerdict Verdict, bool HasFailed)> AskAboutFilterAsync(string filter, QoS qos, bool replay, CancellationToken cancellationToken)
    {
        (AuthorizeAnswer read, bool failed) = await _services.Hooks.OnAuthorizeAsync(
            new AuthorizeAttempt(_identity!, AccessAction.Subscribe, filter, qos, Retain: false), cancellationToken).ConfigureAwait(false);
        if (!replay || read.Effect == AccessEffect.Deny)
        {
            return (new FilterVerdict(read.Effect, null), failed);
        }

        (AuthorizeAnswer replayed, bool failedToo) = await _services.Hooks.OnAuthorizeAsync(
            new AuthorizeAttempt(_identity!, AccessAction.Replay, filter, qos, Retain: false), cancellationToken).ConfigureAwait(false);
        return (new FilterVerdict(read.Effect, replayed.Effect), failed || failedToo);
    }

    private static QoS QoSOf(Session session, string filter) =>
        session.AllSubscriptions.FirstOrDefault(subscription => subscription.Filter.Filter == filter)?.QoS ?? QoS.AtMostOnce;

    private static bool HasReplay(Session session, string filter) => session.Replays.Any(replay => replay.Subscription.Filter.Filter == filter);
}
