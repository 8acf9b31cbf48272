using System.Runtime.CompilerServices;
using SkyTree.Core.Connections;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Messages;
using SkyTree.Core.Protocol;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Sessions;

/// <summary>
/// A session's reading end: what is next for its client, in flight and waiting. Publishers' threads hand messages to it,
/// the client's thread hands it acknowledgements; each sends on what has become possible ("pump").
/// </summary>
/// <remarks>Locks are taken in this order: shared group, session queue, outbound buffer. None is held across a flush.</remarks>
internal sealed partial class SessionQueue(Session session, SessionContext context, long ownerEpoch)
{
    private readonly Lock _gate = new();

    // All guarded by _gate; _connection and _heldBack are also read without it, as hints.
    private volatile Connection? _connection;
    private Inflight? _inflight;
    private int _window; // how many messages the client takes unacknowledged
    private int _unacknowledged; // of those sent on this connection
    private Queue<Waiting>? _retained; // of subscriptions just made: first in turn
    private Queue<Waiting>? _waiting; // memory path, when the window is full
    private long _waitingBytes;
    private LogReader? _log;
    private bool _awaitsService; // sends nothing until this node has a lease again
    private volatile bool _heldBack; // retained messages have not all been sent: newer ones queue up behind

    public Connection? Connection => _connection;

    /// <summary>Messages in flight and waiting in memory: what a shared group compares. A hint.</summary>
    public int Load => _unacknowledged + (_waiting?.Count ?? 0);

    /// <summary>What is on its way to the client. A hint, read without waiting for anybody.</summary>
    public QueueDepth Depth => new(_connection is null ? 0 : _unacknowledged, _waiting?.Count ?? 0, Volatile.Read(ref _waitingBytes));

    /// <summary>Whether a shared group may hand it a message now. A hint.</summary>
    public bool CanTake => _connection is { } connection && !_heldBack && (IsWindowOpen || IsCollecting) && connection.Outbound.HasRoom;

    /// <summary>The memory path at the subscription's QoS: to whoever is connected.</summary>
    public void Deliver(ref Fanout message, Subscription subscription)
    {
        if (!MayRead(subscription, message.Topic))
        {
            Drop(DropReason.DeliveryNotAuthorized, message.TopicName);
            return;
        }

        QoS qos = message.QoS < subscription.QoS ? message.QoS : subscription.QoS;
        if (qos == QoS.AtMostOnce && !_heldBack)
        {
            if (_connection is not { } connection)
            {
                Drop(DropReason.Offline, message.TopicName);
                return;
            }

            Count(connection.Outbound.AppendPublish(ref message, qos, RetainFlag(message.Retain, subscription), 0, subscription.Identifiers, subscription.Properties), ref message);
            return;
        }

        lock (_gate)
        {
            if (_connection is not { } connection)
            {
                Drop(DropReason.Offline, message.TopicName);
                return;
            }

            if (qos == QoS.AtMostOnce && !_heldBack)
            {
                // What held it back has been sent since it was looked at without the lock.
                Count(connection.Outbound.AppendPublish(ref message, qos, RetainFlag(message.Retain, subscription), 0, subscription.Identifiers, subscription.Properties), ref message);
                return;
            }

            if (MaySendNow() && _waiting is not { Count: > 0 } && !_heldBack)
            {
                Send(ref message, subscription, qos, RetainFlag(message.Retain, subscription), keep: null, 0);
                return;
            }

            Enqueue(message.ToMessage(), subscription);
            if (_heldBack || !IsWindowOpen || connection.Outbound.WantRoom())
            {
                return; // what is ahead of it, an acknowledgement or the room sends it on
            }
        }

        Pump();
    }

    /// <summary>Asks to be told of room, for a shared group that waits for it. True when there is room after all.</summary>
    public bool WantRoom() =>
        _connection is { Outbound: { HasRoom: false, IsCompleted: false } outbound } && !outbound.WantRoom() && !outbound.IsCompleted;

    /// <summary>Whether the rules as they are now let the client, if it is connected, read a topic that a subscription matches.</summary>
    public bool MayRead(Subscription subscription, ReadOnlySpan<byte> topic, bool replay = false) =>
        _connection is not { } connection || connection.MayRead(subscription, topic, replay);

    /// <summary>A shared group's message at QoS 1 or 2. <see cref="Pump"/> follows, without the group's lock.</summary>
    public SharedDelivery TryDeliverShared(StoredMessage message, Subscription membership, long nowMs)
    {
        lock (_gate)
        {
            if (_connection is null || _heldBack || !_connection.Outbound.HasRoom || !(IsWindowOpen || IsCollecting))
            {
                return SharedDelivery.NotNow;
            }

            var qos = (QoS)Math.Min(message.QoS, (byte)membership.QoS);
            byte flags = RetainFlag(message.Retain, membership);
            if (IsCollecting || MustCommit(qos))
            {
                Collect(message, membership, qos, flags, message.Offset);
                return SharedDelivery.InFlight;
            }

            var fanout = new Fanout(message, nowMs);
            bool inFlight = false;
            if (qos == QoS.AtMostOnce)
            {
                Count(_connection.Outbound.AppendPublish(ref fanout, qos, flags, 0, membership.Identifiers, membership.Properties), ref fanout);
            }
            else
            {
                inFlight = Send(ref fanout, membership, qos, flags, message, message.Offset);
            }

            fanout.Dispose();
            return inFlight ? SharedDelivery.InFlight : SharedDelivery.Done;
        }
    }

    /// <summary>Retained messages that wait.</summary>
    public int RetainedWaiting
    {
        get
        {
            lock (_gate)
            {
                return _retained?.Count ?? 0;
            }
        }
    }

    /// <summary>Retained messages for a subscription just made. Sent before anything newer, never dropped for want of room.</summary>
    public void AddRetained(List<StoredMessage> messages, Subscription subscription)
    {
        if (messages.Count == 0)
        {
            return;
        }

        lock (_gate)
        {
            _retained ??= new Queue<Waiting>();
            foreach (StoredMessage message in messages)
            {
                _retained.Enqueue(new Waiting(message, subscription));
                if (session.IsDurable && Math.Min(message.QoS, (byte)subscription.QoS) > 0)
                {
                    _retainedOpen++;
                }
            }

            _heldBack = true;
        }
    }

    /// <summary>A message that the session wants was appended to the log. Called in the log's order; sends nothing yet.</summary>
    public void OnAppended(StoredMessage message, Subscription subscription)
    {
        lock (_gate)
        {
            _log?.OnAppended(message, subscription);
        }
    }

    /// <summary>Sends on what has become possible. Holding no lock.</summary>
    public void Pump()
    {
        int replayPages = 0;
        while (DrainAndCommit() && ReadPage(ref replayPages))
        {
        }
    }

    /// <summary>
    /// The same for a thread that publishes: if the store has to be read first, another thread does it, so that a
    /// session with much to catch up costs no other client time.
    /// </summary>
    public void PumpForPublisher()
    {
        if (DrainAndCommit())
        {
            ThreadPool.UnsafeQueueUserWorkItem(static queue => queue.CatchUp(), this, preferLocal: false);
        }
    }

    /// <summary>
    /// The lowest offset that the session may still need the log for is above this one: its cursor.
    /// </summary>
    /// <param name="announced">All messages up to this offset have been announced to their readers.</param>
    public long Cursor(long announced)
    {
        lock (_gate)
        {
            _log?.Pass(announced);
            long read = _log?.Position ?? session.Cursor;
            return LowestUnacknowledged() is { } lowest ? Math.Min(read, lowest - 1) : read;
        }
    }

    /// <summary>Sends what may be sent, and proposes what must be safe before more is. True when the log has to be read for more.</summary>
    private bool DrainAndCommit()
    {
        bool read;
        Commit? commit;
        lock (_gate)
        {
            read = Drain();
            commit = TakeCommit();
        }

        commit?.Propose();
        return read;
    }

    private void HoldUntilServing()
    {
        if (!_awaitsService)
        {
            _awaitsService = true;
            context.Held.Enqueue(this);
        }
    }

    /// <summary>The node serves again.</summary>
    public void Resume()
    {
        lock (_gate)
        {
            _awaitsService = false;
        }

        Pump();
    }

    private bool Drain()
    {
        if (session.IsDurable && !context.Replicator.IsServing)
        {
            HoldUntilServing();
            return false; // another node may have the session
        }

        long nowMs = context.NowMs;
        while (_connection is { } connection)
        {
            while (connection.Outbound.HasRoom)
            {
                if (!SendNext(nowMs))
                {
                    return NeedsPage;
                }
            }

            // Asked under the buffer's own lock: either it calls when there is room, or there is room and we go on.
            if (connection.Outbound.IsCompleted || connection.Outbound.WantRoom())
            {
                return false;
            }
        }

        return false;
    }

    private bool NeedsPage => CurrentReplay is { } replay
        ? replay.NeedsRead && (IsWindowOpen || IsCollecting || replay.Replay.Subscription.QoS == QoS.AtMostOnce)
        : (IsWindowOpen || IsCollecting) && _log is { NeedsRead: true };

    private bool HasMore =>
        _inflight is { HasResend: true } || _retained is { Count: > 0 } || _replays is { Count: > 0 } || _waiting is { Count: > 0 } || _log is { IsEmpty: false } or { NeedsRead: true };

    private static byte RetainFlag(bool retained, Subscription subscription) =>
        retained && subscription.RetainAsPublished ? (byte)1 : (byte)0;

    private bool IsWindowOpen =>
        _unacknowledged < _window
        && _inflight is not { IsFull: true }
        && _inflight is not { HasResend: true };

    private bool MaySendNow() => IsWindowOpen && _connection!.Outbound.HasRoom;

    /// <summary>Sends the next message in turn, if there is one that may be sent. The gate is held.</summary>
    private bool SendNext(long nowMs)
    {
        if (_inflight is { HasResend: true } && !IsCollecting)
        {
            return Resend(nowMs);
        }

        if (_retained is { Count: > 0 } retained)
        {
            Waiting first = retained.Peek();
            if (Math.Min(first.Message.QoS, (byte)first.Subscription.QoS) > 0 ? !(IsWindowOpen || IsCollecting) : IsCollecting)
            {
                return false;
            }

            retained.Dequeue();
            SendKept(first.Message, first.Subscription, 1, 0, nowMs);
            SetHeldBack();
            return true;
        }

        if (CurrentReplay is { } replay)
        {
            return SendReplayed(replay, nowMs);
        }

        if (_waiting is { Count: > 0 } waiting)
        {
            Waiting first = waiting.Peek();
            if (Math.Min(first.Message.QoS, (byte)first.Subscription.QoS) > 0 ? !(IsWindowOpen || IsCollecting) : IsCollecting)
            {
                return false;
            }

            waiting.Dequeue();
            _waitingBytes -= first.Message.Size;
            SendKept(first.Message, first.Subscription, RetainFlag(first.Message.Retain, first.Subscription), 0, nowMs);
            if (waiting.Count == 0)
            {
                _waiting = null;
                _heldBack = false;
            }

            return true;
        }

        if (_log is not null && (IsWindowOpen || IsCollecting) && _log.TryPeek(out LogItem item))
        {
            _log.Take();
            if (item.Message.Offset > item.Subscription!.EndOffset)
            {
                return true; // a replay has taken it over since it was read
            }

            if (IsRefused(item.Message, nowMs))
            {
                return true;
            }

            SendKept(item.Message, item.Subscription, RetainFlag(item.Message.Retain, item.Subscription), item.Message.Offset, nowMs);
            return true;
        }

        return false;
    }

    private bool Resend(long nowMs)
    {
        ref InflightEntry entry = ref _inflight!.NextResend(out ushort packetId);
        if (Unsafe.IsNullRef(ref entry))
        {
            return true;
        }

        Outbound outbound = _connection!.Outbound;
        if (entry.State == InflightState.Released)
        {
            outbound.AppendAck(0x62, packetId);
            _unacknowledged++;
            _inflight.Resent();
            return true;
        }

        if (entry.State == InflightState.Committing || _unacknowledged >= _window)
        {
            return false;
        }

        Invariant.Require(entry.Message is not null, "a message to send again was kept");
        if (!MayRead(entry.Subscription!, entry.Message.TopicUtf8, entry.Replay is not null))
        {
            GiveUp(packetId, entry, DropReason.DeliveryNotAuthorized);
            return true;
        }

        var fanout = new Fanout(entry.Message, nowMs);
        byte flags = (byte)((entry.Sent ? 8 : 0) | (entry.Retain ? 1 : 0));
        AppendOutcome outcome = outbound.AppendPublish(ref fanout, entry.QoS, flags, packetId, entry.Subscription!.Identifiers, entry.Subscription.Properties);
        fanout.Dispose();
        if (outcome == AppendOutcome.TooLarge)
        {
            GiveUp(packetId, entry, DropReason.PacketTooLarge);
            return true;
        }

        entry.Sent = true;
        _unacknowledged++;
        _inflight.Resent();
        return true;
    }

    /// <summary>A message in flight cannot be sent again.</summary>
    private void GiveUp(ushort packetId, in InflightEntry entry, DropReason reason)
    {
        Drop(reason, entry.Message!.Topic);
        Settle(packetId, entry);
        SettleReplay(entry.Replay);
        _inflight!.Complete(packetId);
    }

    private void SendKept(StoredMessage message, Subscription subscription, byte flags, long offset, long nowMs)
    {
        var qos = (QoS)Math.Min(message.QoS, (byte)subscription.QoS);
        if (WhyNot(message, subscription, nowMs) is { } reason)
        {
            Drop(reason, message.Topic);
            if (qos > QoS.AtMostOnce)
            {
                SettleRetained(offset, subscription);
            }

            return;
        }

        if (IsCollecting || MustCommit(qos))
        {
            Collect(message, subscription, qos, flags, offset);
            return;
        }

        var fanout = new Fanout(message, nowMs);
        if (qos == QoS.AtMostOnce)
        {
            Count(_connection!.Outbound.AppendPublish(ref fanout, qos, flags, 0, subscription.Identifiers, subscription.Properties), ref fanout);
        }
        else
        {
            Send(ref fanout, subscription, qos, flags, session.IsDurable ? message : null, offset);
        }

        fanout.Dispose();
    }

    /// <summary>Why a message that was kept is not sent any more; null: it is.</summary>
    private DropReason? WhyNot(StoredMessage message, Subscription subscription, long nowMs, bool replay = false) =>
        message.ExpiresAtMs <= nowMs ? DropReason.Expired // [MQTT-3.3.2-5]
        : !MayRead(subscription, message.TopicUtf8, replay) ? DropReason.DeliveryNotAuthorized
        : null;

    /// <summary>Sends a message and notes it in flight. False: the client takes none so large.</summary>
    private bool Send(ref Fanout message, Subscription subscription, QoS qos, byte flags, StoredMessage? keep, long offset, ReplayReader? replay = null)
    {
        _inflight ??= new Inflight();
        ushort packetId = _inflight.Add(new InflightEntry
        {
            Message = keep,
            Subscription = keep is null && subscription.Group is null ? null : subscription,
            Offset = offset,
            Replay = replay,
            QoS = qos,
            State = InflightState.Published,
            Retain = (flags & 1) != 0,
            Sent = true,
        });
        AppendOutcome outcome = _connection!.Outbound.AppendPublish(ref message, qos, flags, packetId, subscription.Identifiers, subscription.Properties);
        if (outcome == AppendOutcome.TooLarge)
        {
            _inflight.TakeBack();
            Drop(DropReason.PacketTooLarge, message.TopicName);
            SettleRetained(offset, subscription);
            return false;
        }

        _unacknowledged++;
        if (replay is not null)
        {
            replay.Unacknowledged++;
        }

        return true;
    }

    private void Enqueue(StoredMessage message, Subscription subscription)
    {
        if ((_waiting?.Count ?? 0) >= context.Options.MaximumQueuedMessages
            || _waitingBytes + message.Size > context.Options.MaximumQueuedBytes)
        {
            Drop(message.QoS == 0 ? DropReason.SlowConsumer : DropReason.QueueFull, message.Topic);
            return;
        }

        (_waiting ??= new Queue<Waiting>()).Enqueue(new Waiting(message, subscription));
        _waitingBytes += message.Size;
    }

    private void Count(AppendOutcome outcome, ref Fanout message)
    {
        if (outcome != AppendOutcome.Appended)
        {
            DropReason reason = outcome switch
            {
                AppendOutcome.Full => DropReason.SlowConsumer,
                AppendOutcome.TooLarge => DropReason.PacketTooLarge,
                _ => DropReason.Offline,
            };
            Drop(reason, message.TopicName);
        }
    }

    private void Drop(DropReason reason, string topic, long count = 1)
    {
        context.Drops.Add(reason, session.ClientId, topic, count);
        session.CountDrops(reason, count);
    }

    private readonly record struct Waiting(StoredMessage Message, Subscription Subscription);
}

/// <summary>What handing a shared group's message to a member came to.</summary>
internal enum SharedDelivery
{
    /// <summary>It cannot be sent now and stays with the group.</summary>
    NotNow,

    /// <summary>It is sent, or next to be, and the member is to acknowledge it.</summary>
    InFlight,

    /// <summary>Nothing more is to come of it.</summary>
    Done,
}
