using System.Buffers;
using System.Diagnostics;
using System.Text.Unicode;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Diagnostics.Tracing;
using SkyTree.Core.Messages;
using SkyTree.Core.Protocol;
using SkyTree.Core.Replication;
using SkyTree.Core.Security.Access;
using SkyTree.Core.Sessions;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Connections;

/// <content>PUBLISH and its acknowledgements, both ways.</content>
internal sealed partial class Connection
{
    // A client that is not read from does not acknowledge either: two that wait for each other must not wait for ever.
    private static readonly TimeSpan s_heldForQueues = TimeSpan.FromSeconds(10);

    private byte[]?[]? _aliases; // topics by the client's topic aliases
    private int _unreleased; // QoS 2 publishes accepted on this connection that wait for PUBREL; interlocked
    private int _pending; // publishes at QoS 1 and 2 that wait for the replicator; interlocked
    private int _pendingQoS1; // those of them at QoS 1; interlocked
    private TaskCompletionSource? _fewerPending; // interlocked
    private volatile bool _held; // its publish waits for room in the store

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

        if (publish.QoS > QoS.AtMostOnce && _version == ProtocolVersion.V5 && UnacknowledgedCount >= Options.ReceiveMaximum && !IsRepeat(publish))
        {
            Fail(ReasonCode.ReceiveMaximumExceeded, "more QoS 1 and 2 messages are unacknowledged than the Receive Maximum allows"); // [MQTT-3.3.4-7]
            return;
        }

        if (publish.QoS == QoS.ExactlyOnce && !AcceptsQoS2(publish.PacketId))
        {
            return;
        }

        if (!FitsLimits(topic))
        {
            RefuseContent(publish.QoS, publish.PacketId, ReasonCode.TopicNameInvalid, "the topic name is longer or deeper than allowed");
            return;
        }

        if (Rewriter is { } rewriter && !TryRewrite(rewriter, publish, ref topic, ref frame))
        {
            return;
        }

        AccessEffect? verdict = null;
        if (_verdicts is { } verdicts && !verdicts.TryFind(topic, publish.QoS, publish.Retain, out verdict))
        {
            Begin(AuthorizePublishAsync(verdicts, first, body.ToArray(), topic.ToArray(), publish.QoS, publish.Retain));
            return;
        }

        OnPublish(first, frame, body, publish, topic, verdict);
    }

    /// <summary>Goes on with a publish of which it is known what hooks say of its topic.</summary>
    private void OnPublish(byte first, ReadOnlySpan<byte> frame, ReadOnlySpan<byte> body, scoped in PublishView publish, ReadOnlySpan<byte> topic, AccessEffect? verdict)
    {
        if (!MayPublish(topic, publish.QoS, publish.Retain, verdict))
        {
            _services.Drops.Add(DropReason.NotAuthorized, _identity!.ClientId, System.Text.Encoding.UTF8.GetString(topic));
            Refuse(publish.QoS, publish.PacketId, ReasonCode.NotAuthorized, "not authorized to publish to this topic");
            return;
        }

        if (Options.CheckPayloadFormat && publish.PayloadIsUtf8 && !Utf8.IsValid(publish.Payload))
        {
            RefuseContent(publish.QoS, publish.PacketId, ReasonCode.PayloadFormatInvalid, "the payload is not UTF-8 as indicated");
            return;
        }

        if (_services.Hooks.SeesPublishes && !_peer.IsTrusted)
        {
            Begin(AskAboutPublishAsync(first, body, publish, topic));
            return;
        }

        Route(publish, frame, _services.Router.Match(topic));
    }

    private void Route(scoped in PublishView publish, ReadOnlySpan<byte> frame, Route route)
    {
        ReadOnlySpan<byte> properties = publish.Properties;
        byte[]? rented = null;
        Activity? trace = BrokerTracing.IsOn ? BrokerTracing.StartPublish(publish, route.Name, _session!.ClientId) : null;
        if (!publish.ForwardsVerbatim)
        {
            rented = ArrayPool<byte>.Shared.Rent(publish.Properties.Length);
            properties = rented.AsSpan(0, publish.CopyForwardedProperties(rented));
        }

        if (trace is not null)
        {
            properties = TraceProperties.Put(properties, trace);
        }

        // A topic alias is between the publisher and the broker: such a packet cannot be passed on as it is [MQTT-3.3.2-7].
        var message = new Fanout(
            publish,
            publish.TopicAlias == 0 && trace is null ? frame : default,
            properties,
            publish.Payload,
            _version,
            route,
            _session!.ClientId,
            _services.Ticker.CoarseNowMs);
        Session? receivedBy = publish.QoS == QoS.ExactlyOnce && _session.IsDurable ? _session : null;

        // Acknowledgements keep the order of the publishes [MQTT-4.6.0-2], and so do the messages.
        bool ordered = publish.QoS > QoS.AtMostOnce && Volatile.Read(ref _pending) > 0;
        if (receivedBy is null && !ordered && !_services.Router.MustPropose(message, route))
        {
            PublishOutcome outcome = _services.Router.Deliver(ref message);
            Acknowledge(publish.QoS, publish.PacketId, outcome);
            BrokerTracing.EndPublish(trace, outcome);
        }
        else
        {
            Propose(new PublishProposal(this, message.ToMessage(), publish.QoS, publish.PacketId) { Trace = trace }, route, ordered, receivedBy);
        }

        message.Dispose();
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private void Propose(PublishProposal proposal, Route route, bool ordered, Session? receivedBy)
    {
        Durability durability = route.Policy.Durability ?? _peer.Listener.Durability ?? _services.Durability;
        if (proposal.QoS == QoS.AtLeastOnce)
        {
            Interlocked.Increment(ref _pendingQoS1);
        }

        if (proposal.QoS > QoS.AtMostOnce)
        {
            Interlocked.Increment(ref _pending);
            if (_version != ProtocolVersion.V5
                && ((_services.Replicator.IsFull && route.MayReadLog) || route.IsBlocked(proposal.Message.PublisherId)))
            {
                // It cannot be told that there is no room: it waits, unacknowledged, and is not read from.
                Begin(ProposeLaterAsync(proposal, route, durability, receivedBy));
                return;
            }
        }

        _services.Router.Propose(proposal, route, durability, ordered, receivedBy, _epoch);
    }

    private async ValueTask ProposeLaterAsync(PublishProposal proposal, Route route, Durability durability, Session? receivedBy)
    {
        _held = true;
        await _services.Replicator.WaitForRoomAsync(StopToken()).ConfigureAwait(false);
        await _services.Router.WaitForQueuesAsync(proposal.Message, s_heldForQueues, StopToken()).ConfigureAwait(false);
        _held = false;
        _services.Router.Propose(proposal, route, durability, ordered: true, receivedBy, _epoch);
        FlushList.FlushAll();
    }

    /// <summary>A publish has been applied and is safe. Called in the log's order, by any thread.</summary>
    internal void OnPublishApplied(PublishProposal proposal)
    {
        PublishOutcome outcome = _services.Router.Finish(proposal.Message, proposal.Result);
        BrokerTracing.EndPublish(proposal.Trace, outcome);
        if (proposal.QoS == QoS.AtLeastOnce)
        {
            Interlocked.Decrement(ref _pendingQoS1); // first: the client may answer the acknowledgement with the next one at once
        }

        Acknowledge(proposal.QoS, proposal.PacketId, outcome);
        if (proposal.QoS > QoS.AtMostOnce)
        {
            Interlocked.Decrement(ref _pending);
            Interlocked.Exchange(ref _fewerPending, null)?.TrySetResult();
        }
    }

    /// <summary>Whether so many of the client's publishes are on their way that it is not read from until there are fewer.</summary>
    private bool HasManyPending => Volatile.Read(ref _pending) >= Options.ReceiveMaximum || (Volatile.Read(ref _pending) > 0 && _services.Replicator.IsChoked);

    private async ValueTask WaitForFewerPendingAsync(CancellationToken cancellationToken)
    {
        while (HasManyPending)
        {
            TaskCompletionSource fewer = new(TaskCreationOptions.RunContinuationsAsynchronously);
            Volatile.Write(ref _fewerPending, fewer);
            if (!HasManyPending)
            {
                return; // it came before it could be told
            }

            await fewer.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private void Acknowledge(QoS qos, ushort packetId, PublishOutcome outcome)
    {
        switch (outcome)
        {
            case PublishOutcome.Fenced:
                return; // the session has another owner: this connection may not acknowledge
            case PublishOutcome.StoreFull:
                RefuseForNow(qos, packetId, "nothing more can be stored for now");
                return;
            case PublishOutcome.QueueFull:
                RefuseForNow(qos, packetId, "a subscriber's queue is full");
                return;
            case PublishOutcome.QuotaExceeded:
                _services.Drops.Add(DropReason.QuotaExceeded, _session!.ClientId, "");
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

    /// <summary>Refuses a publish that may be accepted later. Never a false acknowledgement: a 3.x client sends it again when it is back.</summary>
    private void RefuseForNow(QoS qos, ushort packetId, string reason)
    {
        _services.Drops.Add(DropReason.QuotaExceeded, _session!.ClientId, "");
        if (_version == ProtocolVersion.V5)
        {
            Refuse(qos, packetId, ReasonCode.QuotaExceeded, reason);
        }
        else
        {
            RequestClose(ReasonCode.QuotaExceeded, reason);
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
                Interlocked.Decrement(ref _unreleased);
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

    /// <summary>Answers a repeated QoS 2 publish. True when the message is to be handled.</summary>
    private bool AcceptsQoS2(ushort packetId)
    {
        bool repeats = _session!.HasReceivedQoS2(packetId);
        if (repeats && !_session.IsDurable)
        {
            Outbound.AppendAck(0x50, packetId); // [MQTT-4.3.3-10]: acknowledged again, not delivered again
            return false;
        }

        if (repeats)
        {
            return true; // proposed again: what it repeats may not be safe yet
        }

        Interlocked.Increment(ref _unreleased);
        if (!_session.IsDurable)
        {
            _session.ReceiveQoS2(packetId);
        }

        return true;
    }

    /// <summary>Publishes at QoS 1 and 2 on this connection that have not had their last acknowledgement.</summary>
    private int UnacknowledgedCount => Volatile.Read(ref _unreleased) + Volatile.Read(ref _pendingQoS1);

    private bool IsRepeat(scoped in PublishView publish) => publish.QoS == QoS.ExactlyOnce && _session!.HasReceivedQoS2(publish.PacketId);

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

        _services.Replicator.Propose(new ReleaseReceived(_session, _epoch, packetId), new ReleaseProposal(this, packetId));
    }

    private void CompleteReceived(ushort packetId, bool known)
    {
        if (known)
        {
            Interlocked.Decrement(ref _unreleased);
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

    /// <summary>PUBREL of a durable session on its way through the replicator.</summary>
    private sealed class ReleaseProposal(Connection connection, ushort packetId) : Proposal<bool>
    {
        public override void Complete() => connection.CompleteReceived(packetId, Result);
    }
}
