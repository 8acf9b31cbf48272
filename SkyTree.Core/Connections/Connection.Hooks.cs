using System.Buffers;
using System.Text;
using SkyTree.Core.Admin.Messages;
using SkyTree.Core.Admin.Publishing;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Hooks;
using SkyTree.Core.Protocol;
using SkyTree.Core.Security;
using SkyTree.Core.Security.Access;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Connections;

/// <content>What hooks see, and make of it. Only where there are any.</content>
internal sealed partial class Connection
{
    /// <summary>Asks hooks who the client is. True: they have decided, and nobody else is asked.</summary>
    private async ValueTask<bool> IsJudgedByHookAsync(ConnectPacket packet, string clientId, string? userName)
    {
        var attempt = new AuthenticateAttempt
        {
            ClientId = clientId,
            UserName = userName,
            Password = packet.Password,
            Certificate = _peer.ClientCertificate,
            RemoteEndPoint = _peer.RemoteEndPoint,
            Listener = _peer.Listener.Name,
            Version = _version,
            UserProperties = packet.UserProperties,
        };
        AuthenticateAnswer answer = await _services.Hooks.OnAuthenticateAsync(attempt, StopToken()).ConfigureAwait(false);
        if (_stop)
        {
            return true;
        }

        if (answer.IsAdmitted)
        {
            _services.Admissions.Authenticate(answer.UserName is null ? AuthenticationResult.Anonymous : AuthenticationResult.Admitted);
            _services.Lockout.Succeed(userName, RemoteAddress);
            _identity = new ClientIdentity(clientId, answer.UserName, RemoteAddress) { Grant = answer.Grant };
            await OpenSessionAsync(packet, null).ConfigureAwait(false);
            return true;
        }

        if (answer.Code == ReasonCode.Success)
        {
            return false;
        }

        _services.Admissions.Authenticate(answer.Code == ReasonCode.ServerUnavailable ? AuthenticationResult.Unavailable : AuthenticationResult.Refused);
        if (answer.Code == ReasonCode.BadUserNameOrPassword)
        {
            _services.Lockout.Fail(userName, RemoteAddress);
        }

        RefuseConnect(answer.Code, answer.Reason ?? "refused by a hook", _version);
        return true;
    }

    private async ValueTask<bool> MayConnectAsync(ConnectPacket packet, Will? will)
    {
        HookAnswer answer = await _services.Hooks.OnConnectAsync(
            new ConnectAttempt(_identity!, _peer.Listener.Name, _version, packet.CleanStart, packet.SessionExpirySeconds, will, packet.UserProperties),
            StopToken()).ConfigureAwait(false);
        if (answer.Code == ReasonCode.Success)
        {
            return true;
        }

        RefuseConnect(answer.Code, answer.Reason ?? "refused by a hook", _version);
        return false;
    }

    /// <summary>Judges a Will as what it is, a publish: hooks and rules say whether the client may, and hooks see it.</summary>
    /// <returns>Whether the client may connect with it, and what has become of it.</returns>
    private async ValueTask<(bool MayConnect, Will? Will)> JudgeWillAsync(Will will)
    {
        AuthorizeAnswer access = default;
        if (_verdicts is not null)
        {
            (access, bool failed) = await _services.Hooks.OnAuthorizeAsync(
                new AuthorizeAttempt(_identity!, AccessAction.Publish, will.Topic, will.QoS, will.Retain), StopToken()).ConfigureAwait(false);
            if (failed && access.Effect == AccessEffect.Deny)
            {
                RefuseConnect(ReasonCode.ServerUnavailable, "a hook has failed", _version);
                return (false, null);
            }
        }

        if (!MayPublish(Encoding.UTF8.GetBytes(will.Topic), will.QoS, will.Retain, access.Effect))
        {
            RefuseConnect(ReasonCode.NotAuthorized, "not authorized to publish to the Will Topic", _version);
            return (false, null);
        }

        return _services.Hooks.SeesPublishes && !_peer.IsTrusted ? await ShowWillAsync(will).ConfigureAwait(false) : (true, will);
    }

    private async ValueTask<(bool MayConnect, Will? Will)> ShowWillAsync(Will will)
    {
        var message = new PublishRequest
        {
            Topic = will.Topic,
            Payload = will.Payload,
            QoS = will.QoS,
            Retain = will.Retain,
            ExpirySeconds = will.MessageExpirySeconds,
            Properties = MessageProperties.Read(will.ForwardedProperties.Span),
        };
        PublishAnswer answer = await _services.Hooks.OnPublishAsync(new PublishAttempt(_identity!, message) { IsWill = true }, StopToken()).ConfigureAwait(false);
        if (answer.IsDropped)
        {
            Drop(message);
            return (true, null);
        }

        if (answer.Code != ReasonCode.Success)
        {
            RefuseConnect(answer.Code, answer.Reason ?? "the Will is refused by a hook", _version);
            return (false, null);
        }

        return answer.Replacement is not { } replacement ? (true, will) : (true, will with
        {
            Topic = replacement.Topic,
            Payload = replacement.Payload,
            Retain = replacement.Retain,
            MessageExpirySeconds = replacement.ExpirySeconds,
            ForwardedProperties = replacement.Properties?.Write() ?? [],
        });
    }

    /// <summary>Begins to ask about a publish, of which nothing may be kept that lies in the input.</summary>
    private ValueTask AskAboutPublishAsync(byte first, ReadOnlySpan<byte> body, scoped in PublishView publish, ReadOnlySpan<byte> topic)
    {
        var message = new PublishRequest
        {
            Topic = Encoding.UTF8.GetString(topic),
            Payload = publish.Payload.ToArray(),
            QoS = publish.QoS,
            Retain = publish.Retain,
            ExpirySeconds = publish.HasMessageExpiry ? publish.MessageExpirySeconds : null,
            Properties = ReadProperties(publish),
        };
        return AskAboutPublishAsync(first, body.ToArray(), publish.PacketId, message);
    }

    private static MessageProperties? ReadProperties(scoped in PublishView publish)
    {
        var forwarded = new byte[publish.ForwardedPropertiesLength];
        publish.CopyForwardedProperties(forwarded);
        return MessageProperties.Read(forwarded);
    }

    private async ValueTask AskAboutPublishAsync(byte first, byte[] body, ushort packetId, PublishRequest message)
    {
        PublishAnswer answer = await _services.Hooks.OnPublishAsync(new PublishAttempt(_identity!, message), StopToken()).ConfigureAwait(false);
        if (_stop)
        {
            return;
        }

        if (answer.IsDropped)
        {
            Drop(message);
            if (message.QoS != QoS.AtMostOnce)
            {
                SendAck(message.QoS == QoS.AtLeastOnce ? PacketType.PubAck : PacketType.PubRec, packetId, ReasonCode.Success, null);
            }
        }
        else if (answer.Code != ReasonCode.Success)
        {
            Drop(message);
            Refuse(message.QoS, packetId, answer.Code, answer.Reason ?? "refused by a hook");
        }
        else if (answer.Replacement is { } replacement)
        {
            RouteReplacement(first, packetId, replacement);
        }
        else
        {
            RouteUnchanged(first, body, message.Topic);
        }

        FlushList.FlushAll();
    }

    private void Drop(PublishRequest message) => _services.Drops.Add(DropReason.Hook, _identity!.ClientId, message.Topic);

    private void RouteUnchanged(byte first, byte[] body, string topic)
    {
        if (PublishView.TryParse(first, body, _version, out PublishView publish, out DecodeError error))
        {
            Route(publish, default, _services.Router.Match(Encoding.UTF8.GetBytes(topic)));
        }
        else
        {
            Fail(error); // which cannot be: it was parsed before
        }
    }

    private void RouteReplacement(byte first, ushort packetId, PublishRequest replacement)
    {
        var frame = new ArrayBufferWriter<byte>();
        ToPacket(first, packetId, replacement).Write(frame, _version);
        ReadOnlySpan<byte> written = frame.WrittenSpan;
        if (FrameReader.TryReadHeader(written, _version, out FrameHeader header, out DecodeError error) == FrameStatus.Done
            && PublishView.TryParse(header.First, written[header.HeaderLength..], _version, out PublishView publish, out error))
        {
            Route(publish, written, _services.Router.Match(publish.Topic));
        }
        else
        {
            Fail(error); // which cannot be: what hooks make of messages has been looked at
        }
    }

    private static PublishPacket ToPacket(byte first, ushort packetId, PublishRequest message) => new()
    {
        QoS = message.QoS,
        Dup = (first & 0x8) != 0,
        Retain = message.Retain,
        PacketId = packetId,
        Topic = message.Topic,
        Payload = message.Payload,
        MessageExpirySeconds = message.ExpirySeconds,
        PayloadIsUtf8 = message.Properties?.PayloadIsUtf8,
        ContentType = message.Properties?.ContentType,
        ResponseTopic = message.Properties?.ResponseTopic,
        CorrelationData = message.Properties?.CorrelationData,
        UserProperties = message.Properties?.UserProperties ?? [],
    };

    private async ValueTask AskAboutSubscribeAsync(SubscribePacket packet, FilterJudgement[]? refused)
    {
        FilterJudgement[] judged = refused ?? new FilterJudgement[packet.Requests.Count];
        SubscribeWishes.TryRead(packet.UserProperties, _services.Time.GetUtcNow().ToUnixTimeMilliseconds(), out SubscribeWishes wishes);
        for (int i = 0; i < judged.Length && !_stop; i++)
        {
            SubscribeRequest request = packet.Requests[i];
            if (judged[i].Code == ReasonCode.Success && TopicFilter.TryParse(ReplayStart.Plain(request.Filter), out TopicFilter filter)) // else it is refused
            {
                bool replay = wishes.From is not null || ReplayStart.TrySplit(request.Filter, out _, out _);
                judged[i] = await JudgeAsync(request, filter.Filter, replay).ConfigureAwait(false);
            }
        }

        if (!_stop)
        {
            Subscribe(packet, judged);
            _verdicts?.Trim(_session!);
            FlushList.FlushAll();
        }
    }

    private async ValueTask<FilterJudgement> JudgeAsync(SubscribeRequest request, string filter, bool replay)
    {
        FilterVerdict verdict = default;
        if (_verdicts is { } verdicts)
        {
            int version;
            bool failed;
            do
            {
                version = verdicts.Version;
                (verdict, failed) = await AskAboutFilterAsync(filter, request.QoS, replay, StopToken()).ConfigureAwait(false);
            }
            while (verdicts.Version != version); // it was forgotten meanwhile

            if (!failed)
            {
                verdicts.Set(filter, verdict);
            }
        }

        return new FilterJudgement(
            verdict,
            _services.Hooks.SeesSubscriptions && MaySubscribe(filter, request.QoS, replay, verdict)
                ? (await _services.Hooks.OnSubscribeAsync(new SubscribeAttempt(_identity!, request), StopToken()).ConfigureAwait(false)).Code
                : ReasonCode.Success);
    }

    /// <summary>What rules and hooks say of a filter.</summary>
    /// <param name="Verdict">Whether the client may read it.</param>
    /// <param name="Code">Success, or why it is not subscribed.</param>
    private readonly record struct FilterJudgement(FilterVerdict Verdict, ReasonCode Code);

    /// <summary>Lets hooks see what the client is sent, if they want to.</summary>
    private void ListenToDeliveries()
    {
        if (!_peer.IsTrusted && _services.Hooks.DeliverHooksOf(_identity!) is { Length: > 0 } hooks)
        {
            Outbound.Deliveries = new DeliverLine(this, hooks, _services);
        }
    }
}
