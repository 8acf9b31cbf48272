using System.Runtime.CompilerServices;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Messages;
using SkyTree.Core.Protocol;
using SkyTree.Core.Sessions.Limits;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Sessions;

/// <summary>
/// What a session has sent at QoS 1 and 2 and not had acknowledged, in the order of sending. Packet identifiers follow
/// the order, so finding one costs an index. A message that stays unacknowledged while 65,535 others come and go is
/// parked, and its identifier passed over. Guarded by the session queue's gate.
/// </summary>
internal sealed class Inflight
{
    private const int Identifiers = 65_535;

    private InflightEntry[] _ring = new InflightEntry[8];
    private long _head;
    private long _tail;
    private Dictionary<ushort, Parked>? _parked; // older than all in the ring
    private Queue<ushort>? _resendParked;

    /// <summary>The next entry of the ring to send again after a reconnect; equal to the end when all were sent on this connection.</summary>
    private long _resend;

    /// <summary>Entries that hold a packet identifier.</summary>
    public int Count { get; private set; }

    public bool IsFull => Count >= Identifiers;

    public bool HasResend => _resend < _tail || _resendParked is { Count: > 0 };

    /// <summary>Adds an entry and gives it its packet identifier. Unless it is being sent now, <see cref="NextResend"/> gives it in its turn.</summary>
    /// <param name="entry">The entry, as published.</param>
    public ushort Add(InflightEntry entry)
    {
        Invariant.Require(!IsFull && (!HasResend || !entry.Sent), "an identifier is free and older messages go first");
        do
        {
            if (_tail - _head == Identifiers)
            {
                Park();
            }

            if (_tail - _head == _ring.Length)
            {
                Grow();
            }

            At(_tail++) = default;
        }
        while (_parked is not null && _parked.ContainsKey(PacketIdOf(_tail - 1)));

        At(_tail - 1) = entry;
        if (entry.Sent)
        {
            _resend = _tail;
        }

        Count++;
        return PacketIdOf(_tail - 1);
    }

    /// <summary>Puts back an entry from before a restart, under the identifier that it had; oldest first, before any other.</summary>
    public void Restore(ushort packetId, InflightEntry entry)
    {
        (_parked ??= []).Add(packetId, new Parked { Entry = entry, Sequence = -65_536L + Count });
        Count++;
    }

    /// <summary>What was on its way to the disk is there: it may be sent.</summary>
    public void Committed()
    {
        for (long i = _resend; i < _tail; i++)
        {
            if (At(i).State == InflightState.Committing)
            {
                At(i).State = InflightState.Published;
            }
        }

        // Those that were parked meanwhile: the ring has come all the way round.
        foreach (Parked parked in _parked?.Values ?? Enumerable.Empty<Parked>())
        {
            if (parked.Entry.State == InflightState.Committing)
            {
                parked.Entry.State = InflightState.Published;
            }
        }
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
        if (packetId != 0 && _head < _tail)
        {
            long ahead = (packetId - PacketIdOf(_head) + Identifiers) % Identifiers;
            if (_head + ahead < _tail && At(_head + ahead).State != InflightState.Done)
            {
                return ref At(_head + ahead);
            }
        }

        if (_parked is not null && _parked.TryGetValue(packetId, out Parked? parked))
        {
            return ref parked.Entry;
        }

        return ref Unsafe.NullRef<InflightEntry>();
    }

    /// <summary>Whether a packet identifier in flight has not been sent again since the last reconnect.</summary>
    public bool AwaitsResend(ushort packetId)
    {
        if (_parked is not null && _parked.ContainsKey(packetId))
        {
            return _resendParked is not null && _resendParked.Contains(packetId);
        }

        return _head + ((packetId - PacketIdOf(_head) + Identifiers) % Identifiers) >= _resend;
    }

    /// <summary>Frees a packet identifier that is in flight.</summary>
    public void Complete(ushort packetId)
    {
        Count--;
        if (_parked is not null && _parked.Remove(packetId))
        {
            _parked = _parked.Count == 0 ? null : _parked;
            return;
        }

        Find(packetId) = default;
        SkipDone();
    }

    /// <summary>After a reconnect: everything is to be sent again, in order [MQTT-4.4.0-1], [MQTT-4.6.0-1].</summary>
    public void Rewind()
    {
        _resend = _head;
        _resendParked = _parked is null ? null : new Queue<ushort>(_parked.OrderBy(p => p.Value.Sequence).Select(p => p.Key));
    }

    /// <summary>The next entry to send again, and its packet identifier; a null reference when none is left.</summary>
    public ref InflightEntry NextResend(out ushort packetId)
    {
        while (_resendParked is not null && _resendParked.TryPeek(out packetId))
        {
            ref InflightEntry parked = ref Find(packetId);
            if (!Unsafe.IsNullRef(ref parked))
            {
                return ref parked;
            }

            _resendParked.Dequeue();
        }

        _resendParked = null;
        while (_resend < _tail && At(_resend).State == InflightState.Done)
        {
            _resend++;
        }

        packetId = PacketIdOf(_resend);
        return ref _resend < _tail ? ref At(_resend) : ref Unsafe.NullRef<InflightEntry>();
    }

    /// <summary>What <see cref="NextResend"/> gave has been sent.</summary>
    public void Resent()
    {
        if (_resendParked is not null)
        {
            _resendParked.Dequeue();
        }
        else
        {
            _resend++;
        }
    }

    /// <summary>The lowest log offset that is not acknowledged; null: none is in flight.</summary>
    /// <param name="replay">Of which replay; null: of what the session itself reads.</param>
    public long? LowestOffset(ReplayReader? replay = null)
    {
        long? lowest = null;
        foreach (Parked parked in _parked?.Values ?? Enumerable.Empty<Parked>())
        {
            if (IsOwn(parked.Entry) && !(lowest < parked.Entry.Offset))
            {
                lowest = parked.Entry.Offset;
            }
        }

        for (long i = _head; i < _tail && lowest is null; i++)
        {
            if (IsOwn(At(i)))
            {
                lowest = At(i).Offset;
            }
        }

        return lowest;

        bool IsOwn(in InflightEntry entry) =>
            entry is { State: not InflightState.Done, Offset: > 0, Subscription.Group: null } && ReferenceEquals(entry.Replay, replay);
    }

    /// <summary>What the session itself has read from the log and the client has not received.</summary>
    public QueueUsage OwnUsage()
    {
        QueueUsage usage = default;
        foreach (Parked parked in _parked?.Values ?? Enumerable.Empty<Parked>())
        {
            usage += UsageOf(parked.Entry);
        }

        for (long i = _head; i < _tail; i++)
        {
            usage += UsageOf(At(i));
        }

        return usage;

        static QueueUsage UsageOf(in InflightEntry entry) =>
            entry is { State: InflightState.Published or InflightState.Committing, Offset: > 0, Subscription.Group: null, Message: { } message }
                ? QueueUsage.Of(message)
                : default;
    }

    /// <summary>What is in flight, in the order of sending.</summary>
    public List<(ushort PacketId, InflightEntry Entry)> List()
    {
        var entries = new List<(ushort, InflightEntry)>(Count);
        foreach ((ushort packetId, Parked parked) in _parked?.OrderBy(p => p.Value.Sequence).ToArray() ?? [])
        {
            entries.Add((packetId, parked.Entry));
        }

        for (long i = _head; i < _tail; i++)
        {
            if (At(i).State != InflightState.Done)
            {
                entries.Add((PacketIdOf(i), At(i)));
            }
        }

        return entries;
    }

    /// <summary>The log offsets of shared groups' messages in it.</summary>
    public List<(SharedGroup Group, long Offset)> SharedOffsets()
    {
        var offsets = new List<(SharedGroup, long)>();
        foreach (Parked parked in _parked?.Values ?? Enumerable.Empty<Parked>())
        {
            Add(parked.Entry);
        }

        for (long i = _head; i < _tail; i++)
        {
            Add(At(i));
        }

        return offsets;

        void Add(in InflightEntry entry)
        {
            if (entry is { State: not InflightState.Done, Offset: > 0, Subscription.Group: { } group })
            {
                offsets.Add((group, entry.Offset));
            }
        }
    }

    /// <summary>Takes out the QoS 1 messages of shared groups, oldest first: other members are to have them.</summary>
    /// <param name="isNoted">
    /// Whether the state has a message of QoS 2, by its packet identifier and offset; one that it has not was never sent, and is taken out, too.
    /// Null: those that are being noted stay.
    /// </param>
    public List<(SharedGroup Group, StoredMessage Message)> TakeShared(Func<ushort, long, bool>? isNoted = null)
    {
        var taken = new List<(SharedGroup, StoredMessage)>();
        foreach ((ushort packetId, Parked parked) in _parked?.OrderBy(p => p.Value.Sequence).ToArray() ?? [])
        {
            if (IsShared(parked.Entry, packetId))
            {
                taken.Add((parked.Entry.Subscription!.Group!, parked.Entry.Message!));
                Complete(packetId);
            }
        }

        for (long i = _head; i < _tail; i++)
        {
            ref InflightEntry entry = ref At(i);
            if (IsShared(entry, PacketIdOf(i)))
            {
                taken.Add((entry.Subscription!.Group!, entry.Message!));
                entry = default;
                Count--;
            }
        }

        SkipDone();
        return taken;

        bool IsShared(in InflightEntry entry, ushort packetId) =>
            entry is { Message: not null, Subscription.Group: not null }
            && (entry is { State: InflightState.Published, QoS: QoS.AtLeastOnce }
                || (entry.State == InflightState.Committing && isNoted?.Invoke(packetId, entry.Offset) == false));
    }

    private static ushort PacketIdOf(long sequence) => (ushort)((sequence % Identifiers) + 1);

    private ref InflightEntry At(long sequence) => ref _ring[sequence & (_ring.Length - 1)];

    private void SkipDone()
    {
        while (_head < _tail && At(_head).State == InflightState.Done)
        {
            _head++;
        }

        _resend = Math.Max(_resend, _head);
    }

    private void Park()
    {
        (_parked ??= []).Add(PacketIdOf(_head), new Parked { Entry = At(_head), Sequence = _head });
        At(_head) = default;
        SkipDone();
    }

    private void Grow()
    {
        var ring = new InflightEntry[_ring.Length * 2];
        for (long i = _head; i < _tail; i++)
        {
            ring[i & (ring.Length - 1)] = At(i);
        }

        _ring = ring;
    }

    private sealed class Parked
    {
        public InflightEntry Entry;

        public long Sequence;
    }
}
