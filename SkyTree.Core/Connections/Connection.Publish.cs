using System.Buffers;
using System.Text.Unicode;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Messages;
using SkyTree.Core.Protocol;
using SkyTree.Core.Replication;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Connections;

/// <content>PUBLISH and its acknowledgements, both ways.</content>
internal sealed partial class Connection
{
    private byte[]?[]? _aliases; // topics by the client's topic aliases
    private int _unreleased; // QoS 2 publishes accepted on this connection that wait for PUBREL

    private void OnPublish(byte first, ReadOnlySpan<byte> frame, ReadOnlySpan<byte> body)
    {
        if (!PublishView.TryParse(first, body, _version, out PublishView publish, out DecodeError error))
        {
            Fail(error);
            return;
        }

        ReadOnlySpan<byte> topic = publish.Topic;
        if (publish.TopicAlias != 0 && !TryResolveAlias(publish.TopicAlias, ref topic))
        {
            return;
        }

        if ((int)publish.QoS > Options.MaximumQoS)
        {
            Fail(ReasonCode.QoSNotSupported, "the QoS is above the Maximum QoS"); // [MQTT-3.2.2-11]
            return;
        }

        if (publish.Retain && !Options.RetainAvailable)
        {
            Fail(ReasonCode.RetainNotSupported, "retained messages are not available"); // [MQTT-3.2.2-14]
            return;
        }

        if (publish.QoS == QoS.ExactlyOnce && !AcceptsQoS2(publish.PacketId))
        {
            return;
        }

        if (topic.Length > Options.MaximumTopicLength || TopicName.CountLevels(topic) > Options.MaximumTopicLevels)
        {
            RefuseContent(publish.QoS, publish.PacketId, ReasonCode.TopicNameInvalid, "the topic name is longer or deeper than allowed");
            return;
        }

        if (!_services.Authorizer.MayPublish(_identity!, topic))
        {
            _services.Drops.Add(DropReason.NotAuthorized);
            Refuse(publish.QoS, publish.PacketId, ReasonCode.NotAuthorized, "not authorized to publish to this topic");
            return;
        }

        if (Options.CheckPayloadFormat && publish.PayloadIsUtf8 && !Utf8.IsValid(publish.Payload))
        {
            RefuseContent(publish.QoS, publish.PacketId, ReasonCode.PayloadFormatInvalid, "the payload is not UTF-8 as indicated");
            return;
        }

        Route(publish, frame, _services.Router.Match(topic));
    }

    private void Route(scoped in PublishView publish, ReadOnlySpan<byte> frame, Route route)
    {
        ReadOnlySpan<byte> properties = publish.Properties;
        byte[]? rented = null;
        if (!publish.ForwardsVerbatim)
        {
            rented = ArrayPool<byte>.Shared.Rent(publish.Properties.Length);
            properties = rented.AsSpan(0, publish.CopyForwardedProperties(rented));
        }

        // A topic alias is between the publisher and the broker: such a packet cannot be passed on as it is [MQTT-3.3.2-7].
        var message = new Fanout(
            publish,
            publish.TopicAlias == 0 ? frame : default,
            properties,
            publish.Payload,
            _version,
            route,
            _session!.ClientId,
            _services.Ticker.CoarseNowMs);
        ValueTask<PublishOutcome> outcome;
        if (publish.QoS == QoS.ExactlyOnce && _session.IsDurable)
        {
            outcome = _services.Router.PublishAsync(ref message, _session, _epoch, publish.PacketId);
        }
        else
        {
            outcome = _services.Router.PublishAsync(ref message);
        }

        message.Dispose();
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        if (outcome.IsCompletedSuccessfully)
        {
            Acknowledge(publish.QoS, publish.PacketId, outcome.Result);
        }
        else
        {
            Begin(AcknowledgeAsync(publish.QoS, publish.PacketId, outcome));
        }
    }

    private async ValueTask AcknowledgeAsync(QoS qos, ushort packetId, ValueTask<PublishOutcome> outcome)
    {
        Acknowledge(qos, packetId, await outcome.ConfigureAwait(false));
        FlushList.FlushAll();
    }

    private void Acknowledge(QoS qos, ushort packetId, PublishOutcome outcome)
    {
        switch (outcome)
        {
            case PublishOutcome.Fenced:
                return; // the session has another owner: this connection may not acknowledge
            case PublishOutcome.StoreFull:
                _services.Drops.Add(DropReason.QuotaExceeded);
                RefuseContent(qos, packetId, ReasonCode.QuotaExceeded, "the store holds as much as allowed"); // 3.x: closed, never a false acknowledgement
                return;
            case PublishOutcome.QuotaExceeded:
                _services.Drops.Add(DropReason.QuotaExceeded);
                Refuse(qos, packetId, ReasonCode.QuotaExceeded, "there are as many retained messages as allowed");
                return;
        }

        if (qos == QoS.AtMostOnce)
        {
            return;
        }

        byte first = qos == QoS.AtLeastOnce ? (byte)0x40 : (byte)0x50;
        if (outcome == PublishOutcome.NoSubscribers && _version == ProtocolVersion.V5)
        {
            Outbound.Append([first, 3, (byte)(packetId >> 8), (byte)packetId, (byte)ReasonCode.NoMatchingSubscribers]);
        }
        else
        {
            Outbound.AppendAck(first, packetId);
        }
    }

    /// <summary>Refuses a publish and keeps the connection. 3.x has no way to say so: it is acknowledged [MQTT-3.3.5-2 of 3.1.1].</summary>
    private void Refuse(QoS qos, ushort packetId, ReasonCode code, string reason)
    {
        if (qos == QoS.ExactlyOnce)
        {
            // A failing PUBREC ends the message; 3.x goes on with PUBREL.
            if (_version == ProtocolVersion.V5)
            {
                _session!.ReleaseQoS2(packetId);
                _unreleased--;
            }
        }

        if (qos != QoS.AtMostOnce)
        {
            SendAck(qos == QoS.AtLeastOnce ? PacketType.PubAck : PacketType.PubRec, packetId, code, reason);
        }
    }

    /// <summary>Refuses a publish that can never be accepted; at QoS 0 DISCONNECT is the only way to say so.</summary>
    private void RefuseContent(QoS qos, ushort packetId, ReasonCode code, string reason)
    {
        if (qos == QoS.AtMostOnce || _version != ProtocolVersion.V5)
        {
            Fail(code, reason);
        }
        else
        {
            Refuse(qos, packetId, code, reason);
        }
    }

    /// <summary>Answers a repeated QoS 2 publish, and keeps to the Receive Maximum. True when the message is to be handled.</summary>
    private bool AcceptsQoS2(ushort packetId)
    {
        if (_session!.HasReceivedQoS2(packetId))
        {
            Outbound.AppendAck(0x50, packetId); // [MQTT-4.3.3-10]: acknowledged again, not delivered again
            return false;
        }

        if (_unreleased >= Options.ReceiveMaximum && _version == ProtocolVersion.V5)
        {
            Fail(ReasonCode.ReceiveMaximumExceeded, "more QoS 2 messages are unacknowledged than the Receive Maximum allows"); // [MQTT-3.3.4-7]
            return false;
        }

        _unreleased++;
        if (!_session.IsDurable)
        {
            _session.ReceiveQoS2(packetId);
        }

        return true;
    }

    private bool TryResolveAlias(ushort alias, ref ReadOnlySpan<byte> topic)
    {
        if (alias > Options.TopicAliasMaximum)
        {
            Fail(ReasonCode.TopicAliasInvalid, "the topic alias is above the Topic Alias Maximum"); // [MQTT-3.3.2-9]
            return false;
        }

        if (!topic.IsEmpty)
        {
            _aliases ??= new byte[Options.TopicAliasMaximum + 1][];
            if (_aliases[alias] is not { } known || !topic.SequenceEqual(known))
            {
                _aliases[alias] = topic.ToArray();
            }

            return true;
        }

        topic = _aliases?[alias];
        if (topic.IsEmpty)
        {
            Fail(ReasonCode.ProtocolError, "the topic alias has not been set");
            return false;
        }

        return true;
    }

    private void OnPublishAck(FrameHeader header, ReadOnlySpan<byte> body)
    {
        if (!PublishAckPacket.TryParse(header, body, _version, out PublishAckPacket ack, out DecodeError error))
        {
            Fail(error);
            return;
        }

        ReasonCode result = ReasonCode.Success;
        switch (ack.Type)
        {
            case PacketType.PubAck:
                result = _session!.Queue.OnPubAck(ack.PacketId);
                break;

            case PacketType.PubRec:
                result = _session!.Queue.OnPubRec(ack.PacketId, ack.ReasonCode);
                if (result == ReasonCode.PacketIdentifierNotFound)
                {
                    SendAck(PacketType.PubRel, ack.PacketId, ReasonCode.PacketIdentifierNotFound, null);
                }
                else if (result < ReasonCode.UnspecifiedError)
                {
                    Outbound.AppendAck(0x62, ack.PacketId); // [MQTT-4.3.3-4]
                }

                break;

            case PacketType.PubRel:
                OnPubRel(ack.PacketId);
                break;

            case PacketType.PubComp:
                result = _session!.Queue.OnPubComp(ack.PacketId);
                break;
        }

        if (result == ReasonCode.ProtocolError)
        {
            Fail(ReasonCode.ProtocolError, "the acknowledgement does not fit the message's QoS or state");
        }
    }

    private void OnPubRel(ushort packetId)
    {
        if (!_session!.IsDurable)
        {
            CompleteReceived(packetId, _session.ReleaseQoS2(packetId));
            return;
        }

        ValueTask<bool> released = _services.Replicator.ProposeAsync(new ReleaseReceived(_session, packetId));
        if (released.IsCompletedSuccessfully)
        {
            CompleteReceived(packetId, released.Result);
        }
        else
        {
            Begin(CompleteReceivedAsync(packetId, released));
        }
    }

    private async ValueTask CompleteReceivedAsync(ushort packetId, ValueTask<bool> released)
    {
        CompleteReceived(packetId, await released.ConfigureAwait(false));
        FlushList.FlushAll();
    }

    private void CompleteReceived(ushort packetId, bool known)
    {
        if (known)
        {
            _unreleased = Math.Max(0, _unreleased - 1);
            Outbound.AppendAck(0x70, packetId); // [MQTT-4.3.3-11]
        }
        else
        {
            SendAck(PacketType.PubComp, packetId, ReasonCode.PacketIdentifierNotFound, null);
        }
    }

    private void SendAck(PacketType type, ushort packetId, ReasonCode code, string? reason) =>
        Outbound.Append(
            static (ack, output, version, maximum) => ack.Write(output, version, maximum),
            new PublishAckPacket
            {
                Type = type,
                PacketId = packetId,
                ReasonCode = code,
                ReasonString = _requestProblemInformation ? reason : null,
            });
}
