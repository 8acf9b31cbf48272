using SkyTree.Core.Diagnostics;
using SkyTree.Core.Protocol;
using SkyTree.Core.Replication;
using SkyTree.Core.Security.Access;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Connections;

/// <content>SUBSCRIBE and UNSUBSCRIBE.</content>
internal sealed partial class Connection
{
    private volatile ReadAccess? _readAccess; // of the rules as they were at the last delivery; any thread

    private void OnSubscribe(ReadOnlySpan<byte> body)
    {
        if (!SubscribePacket.TryParse(body, _version, out SubscribePacket? packet, out DecodeError error))
        {
            Fail(error);
            return;
        }

        if (packet!.SubscriptionIdentifier != 0 && !Options.SubscriptionIdentifiersAvailable)
        {
            Fail(ReasonCode.SubscriptionIdentifiersNotSupported, "subscription identifiers are not available");
            return;
        }

        FilterJudgement[]? judged = Rewriter is { } rewriter ? Rewrite(rewriter, ref packet) : null;
        if ((_services.Hooks.SeesSubscriptions || _services.Hooks.SeesAuthorizations) && !_peer.IsTrusted)
        {
            Begin(AskAboutSubscribeAsync(packet, judged));
        }
        else
        {
            Subscribe(packet, judged);
        }
    }

    /// <summary>Goes on with a SUBSCRIBE.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="judged">What rules and hooks say of each filter; null: there are none.</param>
    private void Subscribe(SubscribePacket packet, FilterJudgement[]? judged)
    {
        var codes = new ReasonCode[packet.Requests.Count];
        long nowMs = _services.Time.GetUtcNow().ToUnixTimeMilliseconds();
        if (SubscribeWishes.TryRead(packet.UserProperties, nowMs, out SubscribeWishes wishes) is { } mistake)
        {
            Array.Fill(codes, ReasonCode.ImplementationSpecificError);
            SendSubscriptionAck(PacketType.SubAck, packet.PacketId, codes, mistake);
            return;
        }

        var accepted = new List<SubscriptionRequest>(codes.Length);
        List<ReplayStart?> starts = [];
        string? reason = null;
        for (int i = 0; i < codes.Length; i++)
        {
            SubscribeRequest request = packet.Requests[i];
            ReplayStart? from = wishes.From;
            if (ReplayStart.TrySplit(request.Filter, out string start, out string plain))
            {
                if (!ReplayStart.TryParse(start, nowMs, out ReplayStart own) || !TopicFilter.TryParse(plain, out _))
                {
                    codes[i] = ReasonCode.TopicFilterInvalid;
                    reason = "a replay is asked for with $replay/{from}/{filter}";
                    continue;
                }

                from = own;
            }

            if (!TopicFilter.TryParse(ReplayStart.Plain(request.Filter), out TopicFilter filter))
            {
                Fail(ReasonCode.TopicFilterInvalid, "a topic filter is ill-formed");
                return;
            }

            if (filter.IsShared && request.NoLocal)
            {
                Fail(ReasonCode.ProtocolError, "No Local on a shared subscription"); // [MQTT-3.8.3-4]
                return;
            }

            DecodeError? unavailable = Unavailable(filter);
            if (unavailable is { } announced && _version == ProtocolVersion.V5)
            {
                Fail(announced);
                return;
            }

            if (unavailable is null && filter.IsShared && (from is not null || ReplayStart.TrySplit(filter.Filter, out _, out _)))
            {
                codes[i] = ReasonCode.SharedSubscriptionsNotSupported;
                reason = "a shared subscription has no replay";
                continue;
            }

            codes[i] = unavailable?.Code ?? Judge(filter, request.QoS, from is not null, judged?[i] ?? default);

            if (codes[i] == ReasonCode.Success)
            {
                // Granted whatever the Maximum QoS of publishes is [MQTT-3.2.2-10].
                accepted.Add(new SubscriptionRequest(filter, request.QoS, request.NoLocal, request.RetainAsPublished, request.RetainHandling, from?.Offset, wishes.Properties));
                starts.Add(from);
            }
        }

        if (starts.Exists(start => start is { TimeMs: not null }))
        {
            Begin(SubscribeSinceAsync(packet, codes, accepted, starts, reason));
            return;
        }

        ValueTask<IReadOnlyList<ReasonCode>?> applied = _services.Replicator.ProposeAsync(ToCommand(packet, accepted));
        if (applied.IsCompletedSuccessfully)
        {
            Subscribed(packet.PacketId, codes, applied.Result, reason);
        }
        else
        {
            Begin(SubscribedAsync(packet.PacketId, codes, applied, reason));
        }
    }

    // A 5.0 client has been told in CONNACK: asking all the same is a protocol error (3.2.2.3.11 and 3.2.2.3.13).
    private DecodeError? Unavailable(TopicFilter filter) =>
        filter.IsShared && !Options.SharedSubscriptionAvailable
            ? new DecodeError(ReasonCode.SharedSubscriptionsNotSupported, "shared subscriptions are not available")
        : filter.HasWildcard && !Options.WildcardSubscriptionAvailable
            ? new DecodeError(ReasonCode.WildcardSubscriptionsNotSupported, "wildcard subscriptions are not available")
        : null;

    private ReasonCode Judge(TopicFilter filter, QoS qos, bool replay, FilterJudgement judged)
    {
        if (filter.Utf8Length() > Options.MaximumTopicLength || filter.CountLevels() > Options.MaximumTopicLevels)
        {
            return ReasonCode.TopicFilterInvalid;
        }

        if (!MaySubscribe(filter.Filter, qos, replay, judged.Verdict))
        {
            _services.Drops.Add(DropReason.SubscribeNotAuthorized, _identity!.ClientId, filter.Text);
            return ReasonCode.NotAuthorized;
        }

        return judged.Code;
    }

    /// <summary>Whether the client may, by what hooks have said and else by the rules as they are now, read a topic that one of its subscriptions matches. Any thread.</summary>
    /// <param name="subscription">The subscription.</param>
    /// <param name="topic">The topic name in UTF-8.</param>
    /// <param name="replay">Whether it is sent as a replay.</param>
    public bool MayRead(Subscription subscription, ReadOnlySpan<byte> topic, bool replay = false)
    {
        if (_verdicts?.Find(subscription, topic, replay) is { } verdict)
        {
            return verdict == AccessEffect.Allow;
        }

        if (_identity is not { } client || _authorizer.RulesOf(client) is not { } rules)
        {
            return true;
        }

        ReadAccess? access = _readAccess;
        if (access is null || !access.IsOf(rules, client))
        {
            _readAccess = access = new ReadAccess(rules, client, _authorizer); // whoever else finds it old makes another
        }

        return access.Permits(subscription, topic, replay);
    }

    private async ValueTask SubscribedAsync(ushort packetId, ReasonCode[] codes, ValueTask<IReadOnlyList<ReasonCode>?> applied, string? reason)
    {
        IReadOnlyList<ReasonCode>? results = await applied.ConfigureAwait(false);
        await _services.Replicator.SettleAsync().ConfigureAwait(false); // from SUBACK on it gets what is published anywhere
        Subscribed(packetId, codes, results, reason);
        FlushList.FlushAll();
    }

    /// <summary>The same with replays from a time on: the store is asked where that is, which no command may wait for.</summary>
    private async ValueTask SubscribeSinceAsync(SubscribePacket packet, ReasonCode[] codes, List<SubscriptionRequest> accepted, List<ReplayStart?> starts, string? reason)
    {
        try
        {
            for (int i = 0; i < starts.Count; i++)
            {
                if (starts[i] is { TimeMs: { } timeMs })
                {
                    accepted[i] = accepted[i] with { From = await _services.Router.FindOffsetAsync(timeMs).ConfigureAwait(false) };
                }
            }
        }
        catch (Exception e)
        {
            _services.Log.ReplayNotFound(_session!.ClientId, e);
            Array.Fill(codes, ReasonCode.UnspecifiedError);
            SendSubscriptionAck(PacketType.SubAck, packet.PacketId, codes, "the stored messages cannot be read now");
            FlushList.FlushAll();
            return;
        }

        await SubscribedAsync(packet.PacketId, codes, _services.Replicator.ProposeAsync(ToCommand(packet, accepted)), reason).ConfigureAwait(false);
    }

    private Subscribe ToCommand(SubscribePacket packet, IReadOnlyList<SubscriptionRequest> accepted) =>
        new(_session!, _epoch, packet.SubscriptionIdentifier, accepted)
        {
            MaximumSubscriptions = Options.MaximumSubscriptions,
            MaximumRetained = Options.MaximumQueuedMessages,
            RetainedWaiting = _session!.Queue.RetainedWaiting,
        };

    private void Subscribed(ushort packetId, ReasonCode[] codes, IReadOnlyList<ReasonCode>? applied, string? reason)
    {
        if (applied is null)
        {
            return; // another connection has the session
        }

        int next = 0;
        for (int i = 0; i < codes.Length; i++)
        {
            if (codes[i] == ReasonCode.Success)
            {
                codes[i] = applied[next++];
            }
        }

        SendSubscriptionAck(PacketType.SubAck, packetId, codes, reason);
        _session!.Queue.StartReplays();
        _session.Queue.Pump(); // retained messages, replays
        _session.PumpGroups();
    }

    private void OnUnsubscribe(ReadOnlySpan<byte> body)
    {
        if (!UnsubscribePacket.TryParse(body, _version, out UnsubscribePacket? packet, out DecodeError error))
        {
            Fail(error);
            return;
        }

        string[] filters = [.. packet!.Filters.Select(ReplayStart.Plain)];
        foreach (string filter in filters)
        {
            if (!TopicFilter.TryParse(filter, out _))
            {
                Fail(ReasonCode.TopicFilterInvalid, "a topic filter is ill-formed");
                return;
            }
        }

        List<string> all = RewriteBoth(filters, out int[] olds);
        ValueTask<IReadOnlyList<bool>?> applied = _services.Replicator.ProposeAsync(new Unsubscribe(_session!, _epoch, all));
        if (applied.IsCompletedSuccessfully)
        {
            Unsubscribed(packet.PacketId, applied.Result, olds);
        }
        else
        {
            Begin(UnsubscribedAsync(packet.PacketId, applied, olds));
        }
    }

    private async ValueTask UnsubscribedAsync(ushort packetId, ValueTask<IReadOnlyList<bool>?> applied, int[] olds)
    {
        Unsubscribed(packetId, await applied.ConfigureAwait(false), olds);
        FlushList.FlushAll();
    }

    private void Unsubscribed(ushort packetId, IReadOnlyList<bool>? existed, int[] olds)
    {
        if (existed is null)
        {
            return; // another connection has the session
        }

        SendSubscriptionAck(PacketType.UnsubAck, packetId, [.. olds.Select((old, i) => existed[i] || (old >= 0 && existed[old]) ? ReasonCode.Success : ReasonCode.NoSubscriptionExisted)]);
        _session!.Queue.Pump(); // what a replay that was stopped held back
        _session.PumpGroups();
    }

    private void SendSubscriptionAck(PacketType type, ushort packetId, ReasonCode[] codes, string? reason = null) =>
        Outbound.Append(
            static (ack, output, version, maximum) => ack.Write(output, version, maximum),
            new SubscriptionAckPacket
            {
                Type = type,
                PacketId = packetId,
                ReasonString = _requestProblemInformation ? reason : null,
                ReasonCodes = codes,
            });
}
