using SkyTree.Core.Diagnostics;
using SkyTree.Core.Messages;
using SkyTree.Core.Protocol;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Sessions;

/// <summary>
/// What a session has sent at QoS 1 and 2 and not had acknowledged, in the order of sending. Packet identifiers follow
/// the order, so finding one costs an index. Guarded by the session queue's gate.
/// </summary>
internal sealed class Inflight
{
    private const int MaximumSpan = 65_535; // packet identifiers there are

    private InflightEntry[] _ring = new InflightEntry[8];
    private long _head;
    private long _tail;

    /// <summary>The next entry to send again after a reconnect; equal to the end when all were sent on this connection.</summary>
    private long _resend;

    /// <summary>Entries that hold a packet identifier.</summary>
    public int Count { get; private set; }

    public bool IsFull => _tail - _head >= MaximumSpan;

    public bool HasResend => _resend < _tail;

    /// <summary>Adds an entry that is being sent now and gives it its packet identifier.</summary>
    public ushort Add(StoredMessage? message, Subscription? subscription, QoS qos, long offset)
    {
        Invariant.Require(!IsFull && !HasResend, "an identifier is free and older messages go first");
        if (_tail - _head == _ring.Length)
        {
            Grow();
        }

        ref InflightEntry entry = ref At(_tail);
        entry = new InflightEntry
        {
            Message = message,
            Subscription = subscription,
            Offset = offset,
            QoS = qos,
            State = InflightState.Published,
        };
        _tail++;
        _resend = _tail;
        Count++;
        return PacketIdOf(_tail - 1);
    }

    /// <summary>Takes back the entry that was added last: its message was not sent after all.</summary>
    public void TakeBack()
    {
        _tail--;
        _resend = _tail;
        At(_tail) = default;
        Count--;
    }

    /// <summary>Finds what a packet identifier stands for; a null reference when it is not in flight.</summary>
    public ref InflightEntry Find(ushort packetId)
    {
        if (packetId == 0 || _head == _tail)
        {
            return ref System.Runtime.CompilerServices.Unsafe.NullRef<InflightEntry>();
        }

        long ahead = (packetId - PacketIdOf(_head) + MaximumSpan) % MaximumSpan;
        if (_head + ahead >= _tail || At(_head + ahead).State == InflightState.Done)
        {
            return ref System.Runtime.CompilerServices.Unsafe.NullRef<InflightEntry>();
        }

        return ref At(_head + ahead);
    }

    /// <summary>Frees an entry's packet identifier.</summary>
    public void Complete(ref InflightEntry entry)
    {
        entry = default;
        Count--;
        while (_head < _tail && At(_head).State == InflightState.Done)
        {
            _head++;
        }

        _resend = Math.Max(_resend, _head);
    }

    /// <summary>After a reconnect: everything is to be sent again, in order [MQTT-4.4.0-1], [MQTT-4.6.0-1].</summary>
    public void Rewind() => _resend = _head;

    /// <summary>The next entry to send again, and its packet identifier.</summary>
    public ref InflightEntry NextResend(out ushort packetId)
    {
        while (At(_resend).State == InflightState.Done)
        {
            _resend++;
            if (_resend == _tail)
            {
                packetId = 0;
                return ref System.Runtime.CompilerServices.Unsafe.NullRef<InflightEntry>();
            }
        }

        packetId = PacketIdOf(_resend);
        return ref At(_resend);
    }

    public void Resent() => _resend++;

    /// <summary>The lowest log offset that is not acknowledged; null: none is in flight.</summary>
    public long? LowestOffset()
    {
        for (long i = _head; i < _tail; i++)
        {
            if (At(i) is { State: not InflightState.Done, Offset: > 0, Subscription.Group: null } entry)
            {
                return entry.Offset;
            }
        }

        return null;
    }

    /// <summary>Takes out the QoS 1 messages of shared groups, oldest first: other members are to have them.</summary>
    public List<(SharedGroup Group, StoredMessage Message)> TakeShared(SharedGroup? only)
    {
        var taken = new List<(SharedGroup, StoredMessage)>();
        for (long i = _head; i < _tail; i++)
        {
            ref InflightEntry entry = ref At(i);
            if (entry is { State: InflightState.Published, QoS: QoS.AtLeastOnce, Message: { } message, Subscription.Group: { } group }
                && (only is null || ReferenceEquals(only, group)))
            {
                taken.Add((group, message));
                entry = default;
                Count--;
            }
        }

        while (_head < _tail && At(_head).State == InflightState.Done)
        {
            _head++;
        }

        _resend = Math.Max(_resend, _head);
        return taken;
    }

    private static ushort PacketIdOf(long sequence) => (ushort)((sequence % MaximumSpan) + 1);

    private ref InflightEntry At(long sequence) => ref _ring[sequence & (_ring.Length - 1)];

    private void Grow()
    {
        var ring = new InflightEntry[_ring.Length * 2];
        for (long i = _head; i < _tail; i++)
        {
            ring[i & (ring.Length - 1)] = At(i);
        }

        _ring = ring;
    }
}

/// <summary>One message in flight to the client.</summary>
internal struct InflightEntry
{
    /// <summary>To send it again; null for a transient session, which never does.</summary>
    public StoredMessage? Message;

    /// <summary>What it was sent for.</summary>
    public Subscription? Subscription;

    /// <summary>Its offset in the log; 0: not from the log.</summary>
    public long Offset;

    public QoS QoS;

    public InflightState State;
}

/// <summary>How far a message in flight has come.</summary>
internal enum InflightState : byte
{
    /// <summary>Acknowledged; the place is free.</summary>
    Done,

    /// <summary>PUBLISH was sent.</summary>
    Published,

    /// <summary>QoS 2: PUBREC came, PUBREL was sent.</summary>
    Released,
}
