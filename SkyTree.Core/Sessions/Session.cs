using SkyTree.Core.Diagnostics;
using SkyTree.Core.Messages;
using SkyTree.Core.Protocol;
using SkyTree.Core.Sessions.Limits;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Sessions;

/// <summary>
/// What MQTT keeps for a client identifier (MQTT 5.0, 4.1). The replicated part changes only when a command is applied;
/// <see cref="Queue"/> is the reading end that serves the client while it is connected.
/// </summary>
internal sealed partial class Session
{
    private static readonly int DropReasons = Enum.GetValues<DropReason>().Length;
    private static long s_moves; // interlocked

    private readonly Lock _gate = new();
    private readonly SubscriptionTable _subscriptions = new(); // guarded by _gate; written when a command is applied
    private HashSet<ushort>? _receivedQoS2; // guarded by _gate
    private Dictionary<ushort, OutgoingMessage>? _outgoing; // by packet identifier; guarded by _gate, written when a command is applied
    private HashSet<long>? _handled; // offsets above the cursor that are not to be read again; as above
    private HashSet<string>? _retainedDone; // topics of retained messages that were received while others of their subscription were not; as above
    private HashSet<SharedGroup>? _groups; // guarded by _gate
    private volatile SharedGroup[]? _groupList = []; // the same for readers; null: to be made anew, under _gate
    private long _drops; // interlocked
    private long[]? _dropsByReason; // made at the first drop; its numbers interlocked
    private int _subscriptionVersion; // written under _gate
    private volatile bool _isConnected;
    private volatile SessionQueue _queue; // swapped when a command is applied
    private SessionLosses? _losses; // made once

    public Session(string clientId, bool durable, SessionContext context, long ownerEpoch = 0)
    {
        ClientId = clientId;
        IsDurable = durable;
        Node = context.Node;
        OwnerEpoch = ownerEpoch;
        _queue = new SessionQueue(this, context, ownerEpoch);
        Backlog = durable && context.StoreOptions.QueueLimits.AreSet ? new SessionBacklog() : null;
    }

    public string ClientId { get; }

    /// <summary>Durable sessions read QoS 1 and 2 from the log; transient ones live as long as their connection. Stays until the session ends.</summary>
    public bool IsDurable { get; }

    /// <summary>Its reading end on this node; another one once the session has been elsewhere meanwhile.</summary>
    public SessionQueue Queue => _queue;

    /// <summary>The node that had it last. Written when a command is applied.</summary>
    public Guid Node { get; private set; }

    /// <summary>When it last was taken from another node where it was connected, in Unix milliseconds. Written when a command is applied; not kept.</summary>
    public long MovedAtMs { get; set; } = long.MinValue / 2; // never

    /// <summary>The epoch at which that node came to have it: fences what the node before it proposes late. Written when a command is applied.</summary>
    public long OwnerEpoch { get; private set; }

    /// <summary>How much waits for it; null: it has no limits.</summary>
    public SessionBacklog? Backlog { get; }

    /// <summary>What it was refused since it was over its limits, or might still be; null: nothing. Made when a command is applied, or under the queue's gate.</summary>
    public SessionLosses? Losses => Volatile.Read(ref _losses);

    /// <summary>Rises when subscriptions come, go and are forgotten.</summary>
    public int SubscriptionVersion => Volatile.Read(ref _subscriptionVersion);

    /// <summary>Rises with every connection: fences older ones. Written when a command is applied.</summary>
    public long Epoch { get; set; }

    /// <summary>Session Expiry Interval in seconds; <see cref="uint.MaxValue"/>: never. Written when a command is applied.</summary>
    public uint ExpirySeconds { get; set; }

    /// <summary>Whether a connection has it, on <see cref="Node"/>. Written when a command is applied.</summary>
    public bool IsConnected
    {
        get => _isConnected;
        set
        {
            _isConnected = value;
            Interlocked.Increment(ref s_moves);
        }
    }

    /// <summary>Rises whenever a session comes, goes or moves to another node.</summary>
    public static long Moves => Volatile.Read(ref s_moves);

    /// <summary>When it expires, in milliseconds since 1970; null while connected or when it never does. Written when a command is applied.</summary>
    public long? ExpiresAtMs { get; set; }

    /// <summary>How its last connection ended; null while connected, and where that was not kept. Written when a command is applied.</summary>
    public Disconnection? Disconnection { get; set; }

    /// <summary>Whether the replicated state keeps it: what is lost with its connection need not be kept, unless its Will must be sent.</summary>
    public bool IsKept => IsRecorded || Will is not null;

    /// <summary>Whether the replicated state keeps all that belongs to it: in a cluster other nodes go on though one of them starts anew.</summary>
    public bool IsRecorded => IsDurable || Node != Guid.Empty;

    /// <summary>Filters whose retained messages have not all been acknowledged: they are looked up again after a restart. Written when a command is applied.</summary>
    public string[] RetainedPending { get; set; } = [];

    /// <summary>The Will that is still to be sent or discarded. Written when a command is applied.</summary>
    public Will? Will { get; set; }

    /// <summary>When the Will is sent, in milliseconds since 1970; null: not yet decided. Written when a command is applied.</summary>
    public long? WillDueMs { get; set; }

    /// <summary>The earlier of the two times above, as it stands in the list of what falls due. Written when a command is applied.</summary>
    public long? DueMs { get; set; }

    /// <summary>Log offsets up to this one are acknowledged. Written when a command is applied.</summary>
    public long Cursor { get; set; }

    /// <summary>Messages that this session did not get.</summary>
    public long Drops => Interlocked.Read(ref _drops);

    public void CountDrops(DropReason reason, long count)
    {
        Interlocked.Add(ref _drops, count);
        long[] counts = Volatile.Read(ref _dropsByReason)
            ?? Interlocked.CompareExchange(ref _dropsByReason, new long[DropReasons], null)
            ?? _dropsByReason!;
        Interlocked.Add(ref counts[(int)reason], count);
    }

    /// <summary>The same by reason; those that there were.</summary>
    public Dictionary<DropReason, long> DropsByReason()
    {
        var drops = new Dictionary<DropReason, long>();
        long[] counts = Volatile.Read(ref _dropsByReason) ?? [];
        for (int i = 0; i < counts.Length; i++)
        {
            if (Interlocked.Read(ref counts[i]) is > 0 and long count)
            {
                drops.Add((DropReason)i, count);
            }
        }

        return drops;
    }

    /// <summary>Gives it to another node.</summary>
    /// <param name="node">The node.</param>
    /// <param name="epoch">The epoch from which on it has it.</param>
    /// <param name="context">This node's.</param>
    public void MoveTo(Guid node, long epoch, SessionContext context)
    {
        Node = node;
        OwnerEpoch = epoch;
        Interlocked.Increment(ref s_moves);
        _queue = new SessionQueue(this, context, epoch);
    }

    /// <summary>Who has it, after a restart.</summary>
    public void RestoreOwner(Guid node, long epoch, SessionContext context) => MoveTo(node, epoch, context);

    /// <summary>Adds or replaces the subscription of a filter.</summary>
    /// <returns>The one that it replaced, or null.</returns>
    public Subscription? SetSubscription(Subscription subscription, long lastOffset)
    {
        lock (_gate)
        {
            Subscription? replaced = _subscriptions.Set(subscription, IsDurable, lastOffset);
            _subscriptionVersion++;
            if (subscription.Group is { } group)
            {
                (_groups ??= []).Add(group);
                _groupList = null;
            }

            return replaced;
        }
    }

    public Subscription? RemoveSubscription(string filter, long lastOffset)
    {
        lock (_gate)
        {
            Subscription? removed = _subscriptions.Remove(filter, IsDurable, lastOffset);
            _subscriptionVersion++;
            if (removed?.Group is { } group)
            {
                _groups!.Remove(group);
                _groupList = null;
            }

            return removed;
        }
    }

    public Subscription? FindSubscription(string filter)
    {
        lock (_gate)
        {
            return _subscriptions.Find(filter);
        }
    }

    /// <summary>The subscriptions that stand now.</summary>
    public Subscription[] Subscriptions
    {
        get
        {
            lock (_gate)
            {
                return _subscriptions.ToArray();
            }
        }
    }

    /// <summary>Subscriptions that stand, and ended ones with messages still to be read.</summary>
    public int SubscriptionCount
    {
        get
        {
            lock (_gate)
            {
                return _subscriptions.Count + _subscriptions.EndedCount;
            }
        }
    }

    /// <summary>Whether a subscription, also an ended one with messages still to be read, matches a topic.</summary>
    public bool MatchesAny(string topic)
    {
        lock (_gate)
        {
            return _subscriptions.Match(topic, null);
        }
    }

    /// <summary>The topics that the subscriptions name, ended ones too; null: some have wildcards, or they are more than a number.</summary>
    public List<string>? LiteralTopics(int maximum)
    {
        lock (_gate)
        {
            List<string> topics = [];
            foreach (Subscription subscription in _subscriptions.ToArrayWithEnded())
            {
                if (subscription.Group is not null || topics.Contains(subscription.Filter.Filter))
                {
                    continue;
                }

                if (subscription.Filter.HasWildcard || topics.Count == maximum)
                {
                    return null;
                }

                topics.Add(subscription.Filter.Filter);
            }

            return topics;
        }
    }

    /// <summary>What a message of the log is sent for: the subscriptions that stood when it was appended; null: it is not for this session.</summary>
    public Subscription? Resolve(StoredMessage message)
    {
        List<Subscription> matching = [];
        lock (_gate)
        {
            _subscriptions.Match(message.Topic, matching);
        }

        matching.RemoveAll(s => message.Offset <= s.StartOffset || message.Offset > s.EndOffset || (s.NoLocal && message.PublisherId == ClientId));
        if (matching.Count == 0)
        {
            return null;
        }

        Subscription merged = Subscription.Merge(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(matching));
        return merged.QoS > QoS.AtMostOnce ? merged : null;
    }

    /// <summary>Forgets ended subscriptions whose messages have all been read.</summary>
    /// <returns>Those that it forgot.</returns>
    public List<Subscription> ForgetEnded(long cursor)
    {
        lock (_gate)
        {
            List<Subscription> past = _subscriptions.ForgetEnded(cursor);
            _subscriptionVersion += past.Count > 0 ? 1 : 0;
            return past;
        }
    }

    /// <summary>The offset up to which ended subscriptions may have messages of a topic still to be read; 0: none has.</summary>
    public long EndedOffset(string topic)
    {
        lock (_gate)
        {
            return _subscriptions.EndedOffset(topic);
        }
    }

    /// <summary>Whether ended subscriptions still have messages to be read.</summary>
    public bool HasEnded
    {
        get
        {
            lock (_gate)
            {
                return _subscriptions.EndedCount > 0;
            }
        }
    }

    /// <summary>The client can take more: so can its groups.</summary>
    public void PumpGroups()
    {
        SharedGroup[] groups = Groups;
        if (groups.Length == 0)
        {
            return;
        }

        // A group first notes that it has something, then looks for a member that can take it; we the other way round.
        Interlocked.MemoryBarrier();
        foreach (SharedGroup group in groups)
        {
            if (group.HasMore)
            {
                group.Pump();
            }
        }
    }

    /// <summary>The shared groups that it is a member of.</summary>
    public SharedGroup[] Groups => _groupList ?? ListGroups();

    private SharedGroup[] ListGroups()
    {
        lock (_gate)
        {
            return _groupList = _groups?.ToArray() ?? [];
        }
    }

    /// <summary>QoS 2 messages on their way to the client, in the order in which they were sent.</summary>
    public OutgoingMessage[] Outgoing
    {
        get
        {
            lock (_gate)
            {
                return _outgoing is null ? [] : [.. _outgoing.Values.OrderBy(o => o.Sequence)];
            }
        }
    }

    /// <summary>Notes a QoS 2 message before it is sent, or how far it has come since.</summary>
    public void SetOutgoing(OutgoingMessage message)
    {
        lock (_gate)
        {
            (_outgoing ??= [])[message.PacketId] = message;
            if (message is { Offset: > 0, Group: null, ReplayId: 0 })
            {
                (_handled ??= []).Add(message.Offset);
            }
            else if (message.ReplayId != 0 && _replays?.GetValueOrDefault(message.ReplayId) is { } replay)
            {
                (replay.Handled ??= []).Add(message.Offset);
            }
        }
    }

    public OutgoingMessage? FindOutgoing(ushort packetId)
    {
        lock (_gate)
        {
            return _outgoing?.GetValueOrDefault(packetId);
        }
    }

    /// <summary>The client has it. Its offset stays handled until the cursor is past it.</summary>
    /// <param name="packetId">Its packet identifier.</param>
    /// <param name="offset">Its offset: a later message may have the same identifier.</param>
    public OutgoingMessage? RemoveOutgoing(ushort packetId, long offset)
    {
        lock (_gate)
        {
            if (_outgoing is null || !_outgoing.TryGetValue(packetId, out OutgoingMessage? found) || found.Offset != offset)
            {
                return null;
            }

            _outgoing.Remove(packetId);
            return found;
        }
    }

    /// <summary>Whether the log's message at an offset was sent at QoS 2 already: not to be read for the client again.</summary>
    public bool HasHandled(long offset)
    {
        lock (_gate)
        {
            return _handled?.Contains(offset) ?? false;
        }
    }

    public void AddHandled(long offset)
    {
        lock (_gate)
        {
            (_handled ??= []).Add(offset);
        }
    }

    /// <summary>What was sent at QoS 2 already, of what is to be read after an offset; null: nothing.</summary>
    public HashSet<long>? HandledAfter(long offset)
    {
        lock (_gate)
        {
            HashSet<long>? after = _handled?.Where(handled => handled > offset).ToHashSet();
            return after is { Count: > 0 } ? after : null;
        }
    }

    /// <summary>The lowest offset in the log of what is on its way at QoS 2; null: nothing is.</summary>
    public long? LowestOutgoing()
    {
        lock (_gate)
        {
            return _outgoing?.Values.Where(o => o is { Offset: > 0, Group: null }).Select(o => (long?)o.Offset).Min();
        }
    }

    /// <summary>QoS 2 messages of the log that may have been sent and were not received.</summary>
    public int OutgoingCount
    {
        get
        {
            lock (_gate)
            {
                return _outgoing?.Values.Count(o => o is { Offset: > 0, Group: null, Stage: OutgoingStage.Published }) ?? 0;
            }
        }
    }

    /// <summary>The same as <see cref="Losses"/>, made if it is not there yet.</summary>
    public SessionLosses MakeLosses() =>
        Volatile.Read(ref _losses) ?? Interlocked.CompareExchange(ref _losses, new SessionLosses(), null) ?? _losses!;

    /// <summary>Forgets handled offsets that the cursor is past.</summary>
    /// <returns>Those that it forgot.</returns>
    public List<long> ForgetHandled(long cursor)
    {
        lock (_gate)
        {
            List<long> past = _handled is null ? [] : [.. _handled.Where(offset => offset <= cursor)];
            _handled?.ExceptWith(past);
            return past;
        }
    }

    /// <summary>The cursor was put elsewhere: what was handled is to be read again, but for what is on its way.</summary>
    /// <returns>What it forgot.</returns>
    public List<long> ForgetHandled()
    {
        lock (_gate)
        {
            HashSet<long> underWay = _outgoing?.Values.Where(o => o is { Offset: > 0, Group: null, ReplayId: 0 }).Select(o => o.Offset).ToHashSet() ?? [];
            List<long> forgotten = _handled is null ? [] : [.. _handled.Where(offset => !underWay.Contains(offset))];
            _handled?.ExceptWith(forgotten);
            return forgotten;
        }
    }

    /// <summary>What a message is sent for whose subscription is not known any more.</summary>
    public Subscription Unsubscribed => new() { Session = this, Filter = default, QoS = QoS.ExactlyOnce };

    /// <summary>Topics of retained messages that need not be sent again when those of a subscription are.</summary>
    public bool HasRetainedDone(string topic)
    {
        lock (_gate)
        {
            return _retainedDone is not null && _retainedDone.Contains(topic);
        }
    }

    public void AddRetainedDone(string topic)
    {
        lock (_gate)
        {
            (_retainedDone ??= new HashSet<string>(StringComparer.Ordinal)).Add(topic);
        }
    }

    public void ForgetRetainedDone()
    {
        lock (_gate)
        {
            _retainedDone = null;
        }
    }

    /// <summary>Subscriptions that stand, and ended ones that may still have messages to be read.</summary>
    public Subscription[] AllSubscriptions
    {
        get
        {
            lock (_gate)
            {
                return _subscriptions.ToArrayWithEnded();
            }
        }
    }

    /// <summary>Puts an ended subscription back, after a restart.</summary>
    public void RestoreEnded(Subscription subscription)
    {
        lock (_gate)
        {
            _subscriptions.RestoreEnded(subscription);
            _subscriptionVersion++;
        }
    }

    public ushort[] ReceivedQoS2
    {
        get
        {
            lock (_gate)
            {
                return _receivedQoS2 is null ? [] : [.. _receivedQoS2];
            }
        }
    }

    /// <summary>Notes an incoming QoS 2 packet identifier.</summary>
    /// <returns>False when it is there already: the packet is a repeat.</returns>
    public bool ReceiveQoS2(ushort packetId)
    {
        lock (_gate)
        {
            return (_receivedQoS2 ??= []).Add(packetId);
        }
    }

    /// <summary>Whether an incoming QoS 2 packet identifier waits for its PUBREL.</summary>
    public bool HasReceivedQoS2(ushort packetId)
    {
        lock (_gate)
        {
            return _receivedQoS2?.Contains(packetId) ?? false;
        }
    }

    /// <summary>PUBREL came.</summary>
    /// <returns>False when the identifier was unknown.</returns>
    public bool ReleaseQoS2(ushort packetId)
    {
        lock (_gate)
        {
            return _receivedQoS2?.Remove(packetId) ?? false;
        }
    }
}
