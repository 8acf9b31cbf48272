using SkyTree.Core.Protocol;
using SkyTree.Core.Replication;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Connections;

/// <content>SUBSCRIBE and UNSUBSCRIBE.</content>
internal sealed partial class Connection
{
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

        var codes = new ReasonCode[packet.Requests.Count];
        var accepted = new List<SubscriptionRequest>(codes.Length);
        for (int i = 0; i < codes.Length; i++)
        {
            SubscribeRequest request = packet.Requests[i];
            if (!TopicFilter.TryParse(request.Filter, out TopicFilter filter))
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

            codes[i] = unavailable?.Code ?? Judge(filter);
            if (codes[i] == ReasonCode.Success)
            {
                // Granted whatever the Maximum QoS of publishes is [MQTT-3.2.2-10].
                accepted.Add(new SubscriptionRequest(filter, request.QoS, request.NoLocal, request.RetainAsPublished, request.RetainHandling));
            }
        }

        ValueTask<IReadOnlyList<ReasonCode>?> applied = _services.Replicator.ProposeAsync(new Subscribe(_session!, _epoch, packet.SubscriptionIdentifier, accepted));
        if (applied.IsCompletedSuccessfully)
        {
            Subscribed(packet.PacketId, codes, applied.Result);
        }
        else
        {
            Begin(SubscribedAsync(packet.PacketId, codes, applied));
        }
    }

    // A 5.0 client has been told in CONNACK: asking all the same is a protocol error (3.2.2.3.11 and 3.2.2.3.13).
    private DecodeError? Unavailable(TopicFilter filter) =>
        filter.IsShared && !Options.SharedSubscriptionAvailable
            ? new DecodeError(ReasonCode.SharedSubscriptionsNotSupported, "shared subscriptions are not available")
        : filter.HasWildcard && !Options.WildcardSubscriptionAvailable
            ? new DecodeError(ReasonCode.WildcardSubscriptionsNotSupported, "wildcard subscriptions are not available")
        : null;

    private ReasonCode Judge(TopicFilter filter)
    {
        if (filter.Utf8Length() > Options.MaximumTopicLength || filter.CountLevels() > Options.MaximumTopicLevels)
        {
            return ReasonCode.TopicFilterInvalid;
        }

        return _services.Authorizer.MaySubscribe(_identity!, filter.Filter) ? ReasonCode.Success : ReasonCode.NotAuthorized;
    }

    private async ValueTask SubscribedAsync(ushort packetId, ReasonCode[] codes, ValueTask<IReadOnlyList<ReasonCode>?> applied)
    {
        Subscribed(packetId, codes, await applied.ConfigureAwait(false));
        FlushList.FlushAll();
    }

    private void Subscribed(ushort packetId, ReasonCode[] codes, IReadOnlyList<ReasonCode>? applied)
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

        SendSubscriptionAck(PacketType.SubAck, packetId, codes);
        _session!.Queue.Pump(); // retained messages
        _session.PumpGroups();
    }

    private void OnUnsubscribe(ReadOnlySpan<byte> body)
    {
        if (!UnsubscribePacket.TryParse(body, _version, out UnsubscribePacket? packet, out DecodeError error))
        {
            Fail(error);
            return;
        }

        foreach (string filter in packet!.Filters)
        {
            if (!TopicFilter.TryParse(filter, out _))
            {
                Fail(ReasonCode.TopicFilterInvalid, "a topic filter is ill-formed");
                return;
            }
        }

        ValueTask<IReadOnlyList<bool>?> applied = _services.Replicator.ProposeAsync(new Unsubscribe(_session!, _epoch, packet.Filters));
        if (applied.IsCompletedSuccessfully)
        {
            Unsubscribed(packet.PacketId, applied.Result);
        }
        else
        {
            Begin(UnsubscribedAsync(packet.PacketId, applied));
        }
    }

    private async ValueTask UnsubscribedAsync(ushort packetId, ValueTask<IReadOnlyList<bool>?> applied)
    {
        Unsubscribed(packetId, await applied.ConfigureAwait(false));
        FlushList.FlushAll();
    }

    private void Unsubscribed(ushort packetId, IReadOnlyList<bool>? existed)
    {
        if (existed is null)
        {
            return; // another connection has the session
        }

        SendSubscriptionAck(PacketType.UnsubAck, packetId, [.. existed.Select(e => e ? ReasonCode.Success : ReasonCode.NoSubscriptionExisted)]);
    }

    private void SendSubscriptionAck(PacketType type, ushort packetId, ReasonCode[] codes) =>
        Outbound.Append(
            static (ack, output, version, maximum) => ack.Write(output, version, maximum),
            new SubscriptionAckPacket { Type = type, PacketId = packetId, ReasonCodes = codes });
}
