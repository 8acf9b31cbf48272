using System.Runtime.CompilerServices;
using SkyTree.Core.Connections;
using SkyTree.Core.Diagnostics;
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
        Ended ended;
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

            ended = End(packetId, entry);
        }

        AfterEnd(ended);
        return ReasonCode.Success;
    }

    /// <summary>PUBREC: PUBREL follows, for a durable session once that is safe; a failure ends the message [MQTT-4.3.3-4].</summary>
    public ReasonCode OnPubRec(ushort packetId, ReasonCode answer)
    {
        Ended ended;
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

                ended = default;
            }
            else
            {
                ended = End(packetId, entry);
            }
        }

        if (answer < ReasonCode.UnspecifiedError)
        {
            context.Replicator.Propose(new ReleaseOutgoing(Owned, packetId), new Released(this, packetId));
            return ReasonCode.Success;
        }

        AfterEnd(ended);
        return answer;
    }

    /// <summary>PUBCOMP.</summary>
    public ReasonCode OnPubComp(ushort packetId)
    {
        Ended ended;
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

            ended = End(packetId, entry);
        }

        AfterEnd(ended);
        return ReasonCode.Success;
    }

    /// <summary>
    /// What a connection was handed is not sent by it: it is dropped and counted, and completed as if the client had acknowledged it. Holding no lock.
    /// </summary>
    /// <param name="connection">The connection; what it does after another one has the session counts for nothing, since that one is handed the same.</param>
    /// <param name="packetId">The packet identifier; 0 at QoS 0.</param>
    /// <param name="reason">Why.</param>
    /// <param name="topic">The message's topic.</param>
    public void Discard(Connection connection, ushort packetId, DropReason reason, string topic)
    {
        if (packetId == 0)
        {
            Drop(reason, topic);
            return;
        }

        Ended ended;
        lock (_gate)
        {
            ref InflightEntry entry = ref FindSent(packetId);
            if (!ReferenceEquals(_connection, connection) || Unsafe.IsNullRef(ref entry))
            {
                return;
            }

            Drop(reason, topic);
            ended = End(packetId, entry);
        }

        AfterEnd(ended);
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

    // The gate is held; AfterEnd follows without it.
    private Ended End(ushort packetId, in InflightEntry entry)
    {
        SharedGroup? group = entry.Subscription?.Group;
        long offset = entry.Offset;
        Settle(packetId, entry);
        SettleReplay(entry.Replay);
        Complete(packetId);
        return new Ended(group, offset, HasMore, TakeCommit());
    }

    private void AfterEnd(in Ended ended)
    {
        ended.Commit?.Propose();
        if (ended.Offset > 0)
        {
            ended.Group?.Settle(ended.Offset);
        }

        if (ended.HasMore)
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

    /// <summary>What a message that has ended leaves to do.</summary>
    private readonly record struct Ended(SharedGroup? Group, long Offset, bool HasMore, Commit? Commit);

    private sealed class Released(SessionQueue queue, ushort packetId) : Proposal<bool>
    {
        public override void Complete()
        {
            if (Result) // else another node has the session
            {
                queue.OnReleased(packetId);
            }
        }
    }
}
