using SkyTree.Core.Connections;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Messages;
using SkyTree.Core.Protocol;
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
    private Dictionary<string, Session>? _sticky;
    private int _next;
    private volatile bool _hasMore; // written under _gate

    public string Name { get; } = filter.Group!;

    public TopicFilter Filter { get; } = filter;

    /// <summary>Whether something waits for a member that can take it. False is a promise that nothing does.</summary>
    public bool HasMore => _hasMore;

    /// <summary>Whether it reads QoS 1 and 2 from the log: it has a durable member that wants them.</summary>
    public bool ReadsLog { get; private set; } // written and read when a command is applied

    /// <summary>Log offsets up to this one are dispatched, or null when it does not read the log.</summary>
    /// <param name="announced">All messages up to this offset have been announced to their readers.</param>
    public long? Cursor(long announced)
    {
        lock (_gate)
        {
            _log?.Pass(announced);
            return _log?.Position;
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
            DecidePath(lastOffset);
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

            DecidePath(lastOffset);
            if (_members.Count == 0 && _waiting.Count + _redeliver.Count > 0)
            {
                context.Drops.Add(DropReason.NoMember, _waiting.Count + _redeliver.Count);
                _waiting.Clear();
                _redeliver.Clear();
                _waitingBytes = 0;
            }

            return _members.Count == 0;
        }
    }

    /// <summary>QoS 0: to one member that is connected.</summary>
    public void Deliver(ref Fanout message, Route route)
    {
        Subscription? member;
        lock (_gate)
        {
            member = Choose(route.Name, canTake: false);
        }

        if (member is null)
        {
            context.Drops.Add(DropReason.NoMember);
            return;
        }

        member.Session.Queue.Deliver(ref message, member);
    }

    /// <summary>QoS 1 or 2 on the memory path, when a command is applied. Sends nothing yet: <see cref="Pump"/> follows.</summary>
    public void Offer(StoredMessage message)
    {
        lock (_gate)
        {
            if (_waiting.Count >= context.Options.MaximumQueuedMessages
                || _waitingBytes + message.Size > context.Options.MaximumQueuedBytes)
            {
                context.Drops.Add(DropReason.QueueFull);
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
            _log?.OnAppended(message, null);
            _hasMore = true;
        }
    }

    /// <summary>Takes back what a member left unacknowledged, and gives it to others [MQTT-4.8.2-5].</summary>
    public void Redeliver(List<StoredMessage> messages)
    {
        lock (_gate)
        {
            if (_members.Count == 0)
            {
                context.Drops.Add(DropReason.NoMember, messages.Count);
                return;
            }

            // A stable order: of one millisecond's messages, the first sent stays the first.
            _redeliver = new Queue<StoredMessage>(_redeliver.Concat(messages).OrderBy(m => m.Offset).ThenBy(m => m.TimestampMs));
            _hasMore = true;
        }

        Pump();
    }

    /// <summary>Hands out what members can take.</summary>
    public void Pump()
    {
        long nowMs = context.NowMs;
        do
        {
            lock (_gate)
            {
                while (TryPeek(out StoredMessage? message))
                {
                    if (message.ExpiresAtMs <= nowMs)
                    {
                        context.Drops.Add(DropReason.Expired);
                        Take();
                        continue;
                    }

                    // Who seemed able and was not is no longer chosen next time.
                    Subscription? member = Choose(message.Topic, canTake: true);
                    if (member is null && !RoomCame())
                    {
                        return;
                    }

                    if (member is not null && member.Session.Queue.TryDeliverShared(message, member, nowMs))
                    {
                        Take();
                    }
                }

                if (_log is not { NeedsRead: true })
                {
                    _hasMore = _log is { IsEmpty: false }; // a read under way pumps when it is done
                    return;
                }

                if (!_members.Exists(m => m.Session.Queue.CanTake))
                {
                    return;
                }
            }
        }
        while (ReadPage());
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
            if (_log is not { NeedsRead: true })
            {
                return false;
            }

            log = _log;
            after = log.BeginRead();
        }

        ValueTask<LogPage> read = context.Store.ReadLogAsync(after, topic => TopicFilter.Matches(Filter.Filter, topic), PageSize);
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
            context.Log.StoreReadFailed(Filter.Text, e);
            lock (_gate)
            {
                log.AbandonRead();
            }
        }
        finally
        {
            FlushList.FlushAll();
        }
    }

    private void EndRead(LogReader log, long after, LogPage page)
    {
        List<LogItem> items = [.. page.Messages.Where(m => m.QoS > 0).Select(m => new LogItem(m, null))];
        lock (_gate)
        {
            log.EndRead(items, after, page.Next);
        }
    }

    private bool TryPeek([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out StoredMessage? message)
    {
        if (_redeliver.TryPeek(out message) || _waiting.TryPeek(out message))
        {
            return true;
        }

        if (_log is not null && _log.TryPeek(out LogItem item))
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
            _log = null;
        }

        // Messages that the log still holds for the group are read to the end also when only transient members are left.
        ReadsLog = _log is not null && (readsLog || _members.Count > 0);
    }

    private Subscription? Choose(string topic, bool canTake)
    {
        List<Subscription> members = _members;
        switch (context.Options.SharedStrategy)
        {
            case SharedStrategy.RoundRobin:
                for (int i = 0; i < members.Count; i++)
                {
                    Subscription member = members[(_next + i) % members.Count];
                    if (Fits(member, canTake))
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
                    && stuck.Queue.Connection is not null)
                {
                    return Fits(members[at], canTake) ? members[at] : null;
                }

                Subscription? chosen = LeastLoaded(members, canTake);
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
                return LeastLoaded(members, canTake);
        }
    }

    // Looks at some of a large group's members, starting at another one each time: cost stays bounded, load even.
    private Subscription? LeastLoaded(List<Subscription> members, bool canTake)
    {
        Subscription? least = null;
        int leastLoad = int.MaxValue;
        int seen = 0;
        for (int i = 0; i < members.Count && (seen < LargestScan || least is null); i++)
        {
            Subscription member = members[(_next + i) % members.Count];
            seen++;
            if (Fits(member, canTake) && member.Session.Queue.Load is int load && load < leastLoad)
            {
                least = member;
                leastLoad = load;
            }
        }

        _next = members.Count == 0 ? 0 : (_next + 1) % members.Count;
        return least;
    }

    private static int Wants(Subscription member) => member.Session.IsDurable && member.QoS > QoS.AtMostOnce ? 1 : 0;

    private static bool Fits(Subscription member, bool canTake) =>
        canTake ? member.Session.Queue.CanTake : member.Session.Queue.Connection is not null;
}
