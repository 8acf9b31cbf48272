using System.Runtime.CompilerServices;
using SkyTree.Core.Connections;
using SkyTree.Core.Protocol;
using SkyTree.Core.Replication;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Sessions;

/// <content>What the client acknowledges.</content>
internal sealed partial class SessionQueue
{
    private bool _hasMoved; // it is in the list of those whose cursor is to be noted; guarded by _gate

    /// <summary>PUBACK.</summary>
    public ReasonCode OnPubAck(ushort packetId)
    {
        SharedGroup? group;
        long offset;
        bool pump;
        Commit? commit;
        lock (_gate)
        {
            ref InflightEntry entry = ref FindSent(packetId);
            if (Unsafe.IsNullRef(ref entry))
            {
                return ReasonCode.PacketIdentifierNotFound;
            }

            if (entry.QoS != QoS.AtLeastOnce)
            {
                return ReasonCode.ProtocolError;
            }

            group = entry.Subscription?.Group;
            offset = entry.Offset;
            SettleRetained(offset, entry.Subscription);
            SettleReplay(entry.Replay);
            Complete(packetId);
            pump = HasMore;
            commit = TakeCommit();
        }

        AfterAcknowledgement(group, offset, pump, commit);
        return ReasonCode.Success;
    }

    /// <summary>PUBREC: PUBREL follows, for a durable session once that is safe; a failure ends the message [MQTT-4.3.3-4].</summary>
    public ReasonCode OnPubRec(ushort packetId, ReasonCode answer)
    {
        SharedGroup? group;
        long offset;
        bool pump;
        Commit? commit;
        lock (_gate)
        {
            ref InflightEntry entry = ref FindSent(packetId);
            if (Unsafe.IsNullRef(ref entry))
            {
                return ReasonCode.PacketIdentifierNotFound;
            }

            if (entry.QoS != QoS.ExactlyOnce)
            {
                return ReasonCode.ProtocolError;
            }

            if (answer < ReasonCode.UnspecifiedError)
            {
                if (!session.IsDurable)
                {
                    Release(ref entry, packetId);
                    return ReasonCode.Success;
                }

                group = null;
                offset = 0;
                pump = false;
                commit = null;
            }
            else
            {
                group = entry.Subscription?.Group;
                offset = entry.Offset;
                Settle(packetId, entry);
                SettleReplay(entry.Replay);
                Complete(packetId);
                pump = HasMore;
                commit = TakeCommit();
            }
        }

        if (answer < ReasonCode.UnspecifiedError)
        {
            context.Replicator.Propose(new ReleaseOutgoing(Owned, packetId), new Released(this, packetId));
            return ReasonCode.Success;
        }

        AfterAcknowledgement(group, offset, pump, commit);
        return answer;
    }

    /// <summary>PUBCOMP.</summary>
    public ReasonCode OnPubComp(ushort packetId)
    {
        SharedGroup? group;
        long offset;
        bool pump;
        Commit? commit;
        lock (_gate)
        {
            ref InflightEntry entry = ref FindSent(packetId);
            if (Unsafe.IsNullRef(ref entry))
            {
                return ReasonCode.PacketIdentifierNotFound;
            }

            if (entry.State != InflightState.Released)
            {
                return ReasonCode.ProtocolError;
            }

            group = entry.Subscription?.Group;
            offset = entry.Offset;
            Settle(packetId, entry);
            SettleReplay(entry.Replay);
            Complete(packetId);
            pump = HasMore;
            commit = TakeCommit();
        }

        AfterAcknowledgement(group, offset, pump, commit);
        return ReasonCode.Success;
    }

    /// <summary>Where the session's cursor is, for it to be noted. The next acknowledgement has it noted again.</summary>
    public long TakeMovedCursor()
    {
        lock (_gate)
        {
            _hasMoved = false;
        }

        return Cursor(0);
    }

    private void AfterAcknowledgement(SharedGroup? group, long offset, bool pump, Commit? commit)
    {
        commit?.Propose();
        if (group is not null && offset > 0)
        {
            group.Settle(offset);
        }

        if (pump)
        {
            Pump();
        }

        session.PumpGroups();
    }

    private void OnReleased(ushort packetId)
    {
        lock (_gate)
        {
            ref InflightEntry entry = ref FindSent(packetId);
            if (!Unsafe.IsNullRef(ref entry) && entry.QoS == QoS.ExactlyOnce)
            {
                Release(ref entry, packetId);
            }
        }
    }

    private void Release(ref InflightEntry entry, ushort packetId)
    {
        bool resendsIt = _inflight!.AwaitsResend(packetId);
        entry.State = InflightState.Released;
        entry.Message = null;
        if (!resendsIt)
        {
            _connection?.Outbound.AppendAck(0x62, packetId); // [MQTT-4.3.3-4]
        }
    }

    // Who acknowledges what it has not been sent guesses.
    private ref InflightEntry FindSent(ushort packetId)
    {
        if (_inflight is not null)
        {
            ref InflightEntry entry = ref _inflight.Find(packetId);
            if (!Unsafe.IsNullRef(ref entry) && entry.Sent)
            {
                return ref entry;
            }
        }

        return ref Unsafe.NullRef<InflightEntry>();
    }

    private void Complete(ushort packetId)
    {
        if (session.IsDurable && !_hasMoved)
        {
            _hasMoved = true;
            context.Moved.Enqueue(session);
        }

        // What this connection has not been sent yet does not count in its window.
        bool counted = !_inflight!.AwaitsResend(packetId);
        _inflight.Complete(packetId);
        if (counted && _unacknowledged > 0)
        {
            _unacknowledged--;
        }
    }

    private sealed class Released(SessionQueue queue, ushort packetId) : Proposal<bool>
    {
        public override void Complete() => queue.OnReleased(packetId);
    }
}
