using SkyTree.Core.Connections;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Messages;
using SkyTree.Core.Protocol;
using SkyTree.Core.Registry;
using SkyTree.Core.Sessions;

namespace SkyTree.Core.Subscriptions;

/// <summary>
/// <c>$share/{group}/{filter}</c>: each message goes to one member (MQTT 5.0, 4.8.2). QoS 1 and 2 pass through the
/// group: what no member can take now waits here, and what a member leaves unacknowledged goes to another.
/// With a durable member the group reads the log, so nothing is lost while everybody is away.
/// </summary>
internal sealed class SharedGroup(TopicFilter filter, SessionContext context)
{
    private const int LargestScan = 32;
    private const int MaximumStickyTopics = 65_536;
    private const int PageSize = 256;

    private readonly Lock _gate = new();

    // All guarded by _gate.
    private readonly List<Subscription> _members = [];
    private readonly Dictionary<Session, int> _places = []; // where each member is in the list
    private int _durableReaders; // members that want QoS 1 or 2 from the log
    private Queue<StoredMessage> _redeliver = new(); // in order of offset and time
    private readonly Queue<StoredMessage> _waiting = new(); // memory path
    private long _waitingBytes;
    private LogReader? _log;
    private readonly SortedSet<long> _outstanding = []; // log offsets that members have not acknowledged, or that are to be given to others
    private readonly HashSet<long> _handled = []; // log offsets above the cursor that are not to be given to anybody again, from the replicated state
    private Dictionary<string, Session>? _sticky;
    private int _next;
    private bool _hadLog; // so that what is kept of its place is removed with it
    private volatile bool _hasMore; // written under _gate
    private volatile bool _dispatches = context.Node == Guid.Empty; // written under _gate
    private (bool IsKnown, Guid? Node) _dispatcher; // who hands out the log

    public string Name { get; } = filter.Group!;

    public TopicFilter Filter { get; } = filter;

    /// <summary>Whether something waits for a member that can take it. False is a promise that nothing does.</summary>
    public bool HasMore => _hasMore;

    /// <summary>Whether it reads QoS 1 and 2 from the log: it has a durable member that wants them.</summary>
    public bool ReadsLog { get; private set; } // written and read when a command is applied

    /// <summary>The cursor as it was noted last. Written when a command is applied.</summary>
    public long SavedCursor { get; set; }

    /// <summary>Whether it has a place in the log, which outlives the process.</summary>
    public bool IsKept
    {
        get
        {
            lock (_gate)
            {
                return _log is not null || _hadLog;
            }
        }
    }

    /// <summary>Log offsets up to this one are acknowledged, or null when it does not read the log.</summary>
    /// <param name="announced">All messages up to this offset have been announced to their readers.</param>
    public long? Cursor(long announced)
    {
        lock (_gate)
        {
            if (_log is null)
            {
                return null;
            }

            if (!_dispatches)
            {
                return SavedCursor;
            }

            _log.Pass(announced);
            return _outstanding.Count > 0 ? Math.Min(_log.Position, _outstanding.Min - 1) : _log.Position;
        }
    }

    /// <summary>Its members.</summary>
    public Subscription[] Members
    {
        get
        {
            lock (_gate)
            {
                return [.. _members];
            }
        }
    }

    /// <summary>How much waits in memory, how much is to be given to others, how much of the log is not acknowledged, and up to where all of it is.</summary>
    public (int Waiting, int Redeliver, int Outstanding, long? Cursor) Describe()
    {
        lock (_gate)
        {
            long? cursor = _log is null ? null : !_dispatches ? SavedCursor : _outstanding.Count > 0 ? Math.Min(_log.Position, _outstanding.Min - 1) : _log.Position;
            return (_waiting.Count, _redeliver.Count, _outstanding.Count, cursor);
        }
    }

    /// <summary>A member has acknowledged a message of the log, or nobody will.</summary>
    public void Settle(long offset)
    {
        lock (_gate)
        {
            _outstanding.Remove(offset);
        }
    }

    /// <summary>A member has a QoS 2 message: it is not given to anybody again, though the cursor be below it.</summary>
    public void AddHandled(long offset)
    {
        lock (_gate)
        {
            _handled.Add(offset);
        }
    }

    /// <summary>A member was being sent a QoS 2 message when the process before this one ended: it is the member's.</summary>
    public void RestoreOutstanding(long offset)
    {
        lock (_gate)
        {
            _handled.Add(offset);
            _outstanding.Add(offset);
        }
    }

    /// <summary>
    /// Forgets handled offsets that the cursor is past. The cursor may come from a node that ran the group before and had
    /// come further than is read here: what lies between is not read, since it is not known any longer who had it.
    /// </summary>
    /// <returns>Those that it forgot.</returns>
    public List<long> ForgetHandled(long cursor)
    {
        lock (_gate)
        {
            if (_dispatches)
            {
                _log?.Skip(cursor);
                _hasMore = true;
            }

            List<long> past = [.. _handled.Where(offset => offset <= cursor)];
            _handled.ExceptWith(past);
            return past;
        }
    }

    /// <summary>Adds a member, or replaces its subscription.</summary>
    public void Add(Subscription member, long lastOffset)
    {
        lock (_gate)
        {
            if (_places.TryGetValue(member.Session, out int at))
            {
                _durableReaders -= Wants(_members[at]);
                _members[at] = member;
            }
            else
            {
                _places.Add(member.Session, _members.Count);
                _members.Add(member);
            }

            _durableReaders += Wants(member);
            _dispatcher = default;
            DecidePath(lastOffset);
        }
    }

    /// <summary>It had a place in the log when the process before this one ended, whoever its members are now.</summary>
    public void RestorePlace(long cursor)
    {
        lock (_gate)
        {
            _log ??= new LogReader(cursor);
            ReadsLog = true;
            _hasMore = true;
        }
    }

    /// <summary>Removes a member.</summary>
    /// <returns>True when it was the last.</returns>
    public bool Remove(Session session, long lastOffset)
    {
        lock (_gate)
        {
            if (_places.Remove(session, out int at))
            {
                _durableReaders -= Wants(_members[at]);
                Subscription last = _members[^1];
                _members.RemoveAt(_members.Count - 1);
                if (!ReferenceEquals(last.Session, session))
                {
                    _members[at] = last;
                    _places[last.Session] = at;
                }
            }

            _dispatcher = default;
            DecidePath(lastOffset);
            if (_members.Count == 0 && _waiting.Count + _redeliver.Count > 0)
            {
                context.Drops.Add(DropReason.NoMember, Filter.Text, "", _waiting.Count + _redeliver.Count);
                _waiting.Clear();
                _redeliver.Clear();
                _waitingBytes = 0;
            }

            return _members.Count == 0;
        }
    }

    /// <summary>The state that it belongs to is no more: what the log does not have is dropped and counted, and nothing is handed out.</summary>
    public void Close()
    {
        lock (_gate)
        {
            int lost = _waiting.Count + _redeliver.Count(message => message.Offset == 0);
            if (lost > 0)
            {
                context.Drops.Add(DropReason.NoMember, Filter.Text, "", lost);
            }

            _waiting.Clear();
            _waitingBytes = 0;
            _redeliver.Clear();
            _members.Clear();
            _places.Clear();
            _sticky?.Clear();
            _durableReaders = 0;
            _outstanding.Clear();
            _handled.Clear();
            _log = null;
            ReadsLog = false;
            _hasMore = false;
        }
    }

    /// <summary>QoS 0: to one member that is connected.</summary>
    public void Deliver(ref Fanout message, Route route)
    {
        if (DeliverHere(ref message, route))
        {
            return;
        }

        if (context.Neighbours is { } neighbours && NodeWithMember() is { } node)
        {
            neighbours.Publish(node, this, ref message);
            return;
        }

        context.Drops.Add(IsForNobody(message.Topic) ? DropReason.DeliveryNotAuthorized : DropReason.NoMember, Filter.Text, message.TopicName);
    }

    /// <summary>QoS 0: to one member that is connected to this node.</summary>
    /// <returns>False: none is.</returns>
    public bool DeliverHere(ref Fanout message, Route route)
    {
        Subscription? member;
        lock (_gate)
        {
            member = Choose(route.Name, message.Topic, canTake: false);
        }

        member?.Session.Queue.Deliver(ref message, member);
        return member is not null;
    }

    /// <summary>QoS 1 or 2 on the memory path, when a command is applied. Sends nothing yet: <see cref="Pump"/> follows.</summary>
    public void Offer(StoredMessage message)
    {
        lock (_gate)
        {
            if (_waiting.Count >= context.Options.MaximumQueuedMessages
                || _waitingBytes + message.Size > context.Options.MaximumQueuedBytes)
            {
                context.Drops.Add(DropReason.QueueFull, Filter.Text, message.Topic);
                return;
            }

            _waiting.Enqueue(message);
            _waitingBytes += message.Size;
            _hasMore = true;
        }
    }

    /// <summary>A message was appended to the log. Called in the log's order; sends nothing yet.</summary>
    public void OnAppended(StoredMessage message)
    {
        lock (_gate)
        {
            if (_dispatches)
            {
                _log?.OnAppended(message, null);
                _hasMore = true;
            }
        }
    }

    /// <summary>Takes back what a member left unacknowledged, to give it to others [MQTT-4.8.2-5]. Sends nothing yet: <see cref="Pump"/> follows.</summary>
    public void Redeliver(List<StoredMessage> messages)
    {
        lock (_gate)
        {
            if (!_dispatches)
            {
                messages = [.. messages.Where(message => message.Offset == 0)]; // who dispatches reads the log's again
            }

            if (_members.Count == 0)
            {
                context.Drops.Add(DropReason.NoMember, Filter.Text, "", messages.Count);
                _outstanding.ExceptWith(messages.Select(m => m.Offset));
                return;
            }

            // A stable order: of one millisecond's messages, the first sent stays the first.
            _redeliver = new Queue<StoredMessage>(_redeliver.Concat(messages).OrderBy(m => m.Offset).ThenBy(m => m.TimestampMs));
            _hasMore = true;
        }
    }

    /// <summary>Hands out what members can take. Holding no lock.</summary>
    public void Pump()
    {
        long nowMs = context.NowMs;
        HashSet<SessionQueue>? collecting = null;
        bool read;
        do
        {
            lock (_gate)
            {
                read = HandOut(nowMs, ref collecting);
            }

            // What must be safe before it is sent has been collected: now it is proposed.
            foreach (SessionQueue member in collecting ?? [])
            {
                member.Pump();
            }

            collecting = null;
        }
        while (read && ReadPage());
    }

    /// <summary>Hands out. True when the log has to be read for more. The gate is held.</summary>
    private bool HandOut(long nowMs, ref HashSet<SessionQueue>? collecting)
    {
        while (TryPeek(out StoredMessage? message))
        {
            if (message.ExpiresAtMs <= nowMs)
            {
                context.Drops.Add(DropReason.Expired, Filter.Text, message.Topic);
                Take();
                _outstanding.Remove(message.Offset);
                continue;
            }

            // Who seemed able and was not is no longer chosen next time.
            Subscription? member = Choose(message.Topic, message.TopicUtf8, canTake: true);
            if (member is null && message.Offset == 0 && HandOn(message, nowMs))
            {
                Take();
                continue;
            }

            if (member is null && IsForNobody(message.TopicUtf8))
            {
                context.Drops.Add(DropReason.DeliveryNotAuthorized, Filter.Text, message.Topic);
                Take();
                _outstanding.Remove(message.Offset);
                continue;
            }

            if (member is null && !RoomCame())
            {
                return false;
            }

            SharedDelivery delivery = member?.Session.Queue.TryDeliverShared(message, member, nowMs) ?? SharedDelivery.NotNow;
            if (delivery == SharedDelivery.NotNow)
            {
                continue;
            }

            Take();
            if (delivery == SharedDelivery.InFlight && message.Offset > 0)
            {
                _outstanding.Add(message.Offset);
            }
            else
            {
                _outstanding.Remove(message.Offset);
            }

            if (member!.Session.IsDurable)
            {
                (collecting ??= []).Add(member.Session.Queue);
            }
        }

        if (!_dispatches || _log is not { NeedsRead: true })
        {
            _hasMore = _log is { IsEmpty: false }; // a read under way pumps when it is done
            return false;
        }

        return _members.Exists(m => m.Session.Queue.CanTake);
    }

    // What waits in memory goes to a node with members when this one has none.
    private bool HandOn(StoredMessage message, long nowMs)
    {
        if (context.Neighbours is not { } neighbours || _members.Exists(m => m.Session.Queue.Connection is not null) || NodeWithMember() is not { } node)
        {
            return false;
        }

        var fanout = new Fanout(message, nowMs);
        neighbours.Publish(node, this, ref fanout);
        fanout.Dispose();
        return true;
    }

    /// <summary>Another node to which members are connected: one after the other in turn.</summary>
    private Guid? NodeWithMember()
    {
        lock (_gate)
        {
            for (int i = 0; i < _members.Count; i++)
            {
                Session session = _members[(_next + i) % _members.Count].Session;
                if (session.IsConnected && session.Node != context.Node)
                {
                    _next = (_next + i + 1) % _members.Count;
                    return session.Node;
                }
            }

            return null;
        }
    }

    /// <summary>
    /// Whether this node hands out what the group reads from the log: the one that people have chosen, while it has a member, else that
    /// of the member which has been connected for longest. It is the same for every node.
    /// </summary>
    public bool IsDispatcher => _dispatches;

    /// <summary>The node that does; null: no member is connected. The same for every node at one place in the log.</summary>
    public Guid? Dispatcher
    {
        get
        {
            lock (_gate)
            {
                return (_dispatcher.IsKnown ? _dispatcher : _dispatcher = (true, FindDispatcher())).Node;
            }
        }
    }

    /// <summary>A member has come or gone, or another node was chosen: finds out who hands out the log. When a command is applied; <see cref="Pump"/> follows.</summary>
    public void ReviewDispatcher()
    {
        if (context.Node == Guid.Empty)
        {
            return;
        }

        lock (_gate)
        {
            _dispatcher = (true, FindDispatcher());
            bool dispatches = _dispatcher.Node == context.Node;
            if (dispatches == _dispatches)
            {
                return;
            }

            _dispatches = dispatches;
            if (_log is null)
            {
                return;
            }

            // From where the state has the group: what another node handed out and nobody acknowledged is handed out again.
            _log = new LogReader(SavedCursor);
            _outstanding.Clear();
            _redeliver = new Queue<StoredMessage>(_redeliver.Where(message => message.Offset == 0));
            foreach (Subscription member in dispatches ? _members : [])
            {
                foreach (OutgoingMessage outgoing in member.Session.Outgoing)
                {
                    if (outgoing.Offset > 0 && outgoing.Group == Filter.Text)
                    {
                        _handled.Add(outgoing.Offset);
                        _outstanding.Add(outgoing.Offset);
                    }
                }
            }

            _hasMore = true;
        }
    }

    private Guid? FindDispatcher()
    {
        Guid? chosen = context.Registry[RegistryCollection.SharedGroups].TryGet(Filter.Text, out RegistryEntry? entry) ? SharedGroupContent.Of(entry).Dispatcher : null;
        Session? first = null;
        foreach (Subscription member in _members)
        {
            if (!member.Session.IsConnected)
            {
                continue;
            }

            if (member.Session.Node == chosen)
            {
                return chosen;
            }

            if (first is null || member.Session.Epoch < first.Epoch)
            {
                first = member.Session;
            }
        }

        return first?.Node;
    }

    // An acknowledgement pumps the group again; a member that only lacks room must be asked to. True when one has it already.
    private bool RoomCame()
    {
        bool came = false;
        foreach (Subscription member in _members)
        {
            came |= member.Session.Queue.WantRoom();
        }

        return came;
    }

    private bool ReadPage()
    {
        LogReader log;
        long after;
        lock (_gate)
        {
            if (!_dispatches || _log is not { NeedsRead: true })
            {
                return false;
            }

            log = _log;
            after = log.BeginRead();
        }

        ValueTask<LogPage> read = context.ReadLog(after, topic => TopicFilter.Matches(Filter.Filter, topic), PageSize);
        if (read.IsCompletedSuccessfully)
        {
            EndRead(log, after, read.Result);
            return true;
        }

        _ = FinishReadAsync(log, after, read);
        return false;
    }

    private async Task FinishReadAsync(LogReader log, long after, ValueTask<LogPage> read)
    {
        try
        {
            EndRead(log, after, await read.ConfigureAwait(false));
            Pump();
        }
        catch (Exception e)
        {
            lock (_gate)
            {
                log.AbandonRead();
                _hasMore = true;
            }

            context.Retries.Add(Filter.Text, e, Pump);
        }
        finally
        {
            FlushList.FlushAll();
        }
    }

    private void EndRead(LogReader log, long after, LogPage page)
    {
        lock (_gate)
        {
            List<LogItem> items = [.. page.Messages.Where(m => m.QoS > 0 && !_handled.Contains(m.Offset)).Select(m => new LogItem(m, null))];
            log.EndRead(items, after, page.Next);
            _hasMore = true; // who pumped meanwhile found nothing
        }
    }

    private bool TryPeek([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out StoredMessage? message)
    {
        if (_redeliver.TryPeek(out message) || _waiting.TryPeek(out message))
        {
            return true;
        }

        if (_dispatches && _log is not null && _log.TryPeek(out LogItem item))
        {
            message = item.Message;
            return true;
        }

        return false;
    }

    private void Take()
    {
        if (_redeliver.TryDequeue(out _))
        {
            return;
        }

        if (_waiting.TryDequeue(out StoredMessage? message))
        {
            _waitingBytes -= message.Size;
            return;
        }

        _log!.Take();
    }

    // A group's path may change when members come and go; what waits in memory still goes first.
    private void DecidePath(long lastOffset)
    {
        bool readsLog = _durableReaders > 0;
        if (readsLog && _log is null)
        {
            _log = new LogReader(lastOffset);
            _hasMore = true;
        }
        else if (_members.Count == 0)
        {
            _hadLog |= _log is not null;
            _log = null;
            _outstanding.Clear();
        }

        // Messages that the log still holds for the group are read to the end also when only transient members are left.
        ReadsLog = _log is not null && (readsLog || _members.Count > 0);
    }

    private Subscription? Choose(string topic, ReadOnlySpan<byte> utf8, bool canTake)
    {
        List<Subscription> members = _members;
        switch (context.Options.SharedStrategy)
        {
            case SharedStrategy.RoundRobin:
                for (int i = 0; i < members.Count; i++)
                {
                    Subscription member = members[(_next + i) % members.Count];
                    if (Fits(member, utf8, canTake))
                    {
                        _next = (_next + i + 1) % members.Count;
                        return member;
                    }
                }

                return null;

            case SharedStrategy.StickyByTopic:
                _sticky ??= new Dictionary<string, Session>(StringComparer.Ordinal);
                if (_sticky.TryGetValue(topic, out Session? stuck)
                    && _places.TryGetValue(stuck, out int at)
                    && stuck.Queue.Connection is not null
                    && stuck.Queue.MayRead(members[at], utf8))
                {
                    return Fits(members[at], utf8, canTake) ? members[at] : null;
                }

                Subscription? chosen = LeastLoaded(members, utf8, canTake);
                if (chosen is not null)
                {
                    if (_sticky.Count >= MaximumStickyTopics)
                    {
                        _sticky.Clear();
                    }

                    _sticky[topic] = chosen.Session;
                }

                return chosen;

            default:
                return LeastLoaded(members, utf8, canTake);
        }
    }

    // Looks at some of a large group's members, starting at another one each time: cost stays bounded, load even.
    private Subscription? LeastLoaded(List<Subscription> members, ReadOnlySpan<byte> utf8, bool canTake)
    {
        Subscription? least = null;
        int leastLoad = int.MaxValue;
        int seen = 0;
        for (int i = 0; i < members.Count && (seen < LargestScan || least is null); i++)
        {
            Subscription member = members[(_next + i) % members.Count];
            seen++;
            if (Fits(member, utf8, canTake) && member.Session.Queue.Load is int load && load < leastLoad)
            {
                least = member;
                leastLoad = load;
            }
        }

        _next = members.Count == 0 ? 0 : (_next + 1) % members.Count;
        return least;
    }

    private static int Wants(Subscription member) => member.Session.IsDurable && member.QoS > QoS.AtMostOnce ? 1 : 0;

    private static bool Fits(Subscription member, ReadOnlySpan<byte> utf8, bool canTake) =>
        (canTake ? member.Session.Queue.CanTake : member.Session.Queue.Connection is not null) && member.Session.Queue.MayRead(member, utf8);

    /// <summary>Whether members are connected to this node and none of them may read a topic: it must not hold up what is behind it.</summary>
    private bool IsForNobody(ReadOnlySpan<byte> topic)
    {
        lock (_gate)
        {
            bool any = false;
            foreach (Subscription member in _members)
            {
                if (member.Session.Queue.Connection is not null)
                {
                    if (member.Session.Queue.MayRead(member, topic))
                    {
                        return false;
                    }

                    any = true;
                }
            }

            return any;
        }
    }
}
