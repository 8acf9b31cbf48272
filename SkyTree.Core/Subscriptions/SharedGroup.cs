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

    // All guarded by _gate, but for the members, which are replaced whole.
    private volatile Subscription[] _members = [];
    private readonly List<StoredMessage> _redeliver = []; // in order of offset and time
    private readonly Queue<StoredMessage> _waiting = new(); // memory path
    private long _waitingBytes;
    private LogReader? _log;
    private Dictionary<string, Session>? _sticky;
    private int _next;

    public string Name { get; } = filter.Group!;

    public TopicFilter Filter { get; } = filter;

    public IReadOnlyList<Subscription> Members => _members;

    /// <summary>Whether it reads QoS 1 and 2 from the log: it has a durable member that wants them.</summary>
    public bool ReadsLog { get; private set; } // written under _gate when a command is applied

    /// <summary>Log offsets up to this one are dispatched and acknowledged, or null when it does not read the log.</summary>
    public long? Cursor
    {
        get
        {
            lock (_gate)
            {
                return _log is null ? null
                    : _redeliver.Count > 0 ? Math.Min(_log.Position, _redeliver[0].Offset - 1)
                    : _log.Position;
            }
        }
    }

    /// <summary>Adds a member, or replaces its subscription.</summary>
    public void Add(Subscription member, long lastOffset)
    {
        lock (_gate)
        {
            int at = Array.FindIndex(_members, m => ReferenceEquals(m.Session, member.Session));
            Subscription[] members = at < 0 ? [.. _members, member] : [.. _members];
            if (at >= 0)
            {
                members[at] = member;
            }

            _members = members;
            DecidePath(lastOffset);
        }
    }

    /// <summary>Removes a member.</summary>
    /// <returns>True when it was the last.</returns>
    public bool Remove(Session session, long lastOffset)
    {
        lock (_gate)
        {
            _members = Array.FindAll(_members, m => !ReferenceEquals(m.Session, session));
            DecidePath(lastOffset);
            if (_members.Length == 0 && _waiting.Count + _redeliver.Count > 0)
            {
                context.Drops.Add(DropReason.NoMember, _waiting.Count + _redeliver.Count);
                _waiting.Clear();
                _redeliver.Clear();
                _waitingBytes = 0;
            }

            return _members.Length == 0;
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

    /// <summary>QoS 1 or 2 on the memory path. Sends nothing yet: <see cref="Pump"/> follows.</summary>
    public void Offer(StoredMessage message)
    {
        lock (_gate)
        {
            if (_waiting.Count >= context.Options.MaximumQueuedMessages
                || _waitingBytes + message.Payload.Length > context.Options.MaximumQueuedBytes)
            {
                context.Drops.Add(DropReason.QueueFull);
                return;
            }

            _waiting.Enqueue(message);
            _waitingBytes += message.Payload.Length;
        }
    }

    /// <summary>A message was appended to the log. Called in the log's order; sends nothing yet.</summary>
    public void OnAppended(StoredMessage message)
    {
        lock (_gate)
        {
            _log?.OnAppended(message, null);
        }
    }

    /// <summary>Takes back what a member left unacknowledged, and gives it to others [MQTT-4.8.2-5].</summary>
    public void Redeliver(List<StoredMessage> messages)
    {
        lock (_gate)
        {
            if (_members.Length == 0)
            {
                context.Drops.Add(DropReason.NoMember, messages.Count);
                return;
            }

            _redeliver.AddRange(messages);
            _redeliver.Sort((a, b) => a.Offset != b.Offset ? a.Offset.CompareTo(b.Offset) : a.TimestampMs.CompareTo(b.TimestampMs));
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

                    Subscription? member = Choose(message.Topic, canTake: true);
                    if (member is not null && member.Session.Queue.TryDeliverShared(message, member, nowMs))
                    {
                        Take();
                    }
                    else if (!RoomCame())
                    {
                        return;
                    }
                }

                if (_log is not { NeedsRead: true } || !Array.Exists(_members, m => m.Session.Queue.CanTake))
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
        if (_redeliver.Count > 0)
        {
            message = _redeliver[0];
            return true;
        }

        if (_waiting.TryPeek(out message))
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
        if (_redeliver.Count > 0)
        {
            _redeliver.RemoveAt(0);
        }
        else if (_waiting.TryDequeue(out StoredMessage? message))
        {
            _waitingBytes -= message.Payload.Length;
        }
        else
        {
            _log!.Take();
        }
    }

    // A group's path may change when members come and go; what waits in memory still goes first.
    private void DecidePath(long lastOffset)
    {
        bool readsLog = Array.Exists(_members, m => m.Session.IsDurable && m.QoS > QoS.AtMostOnce);
        if (readsLog && _log is null)
        {
            _log = new LogReader(lastOffset);
        }
        else if (_members.Length == 0)
        {
            _log = null;
        }

        // Messages that the log still holds for the group are read to the end also when only transient members are left.
        ReadsLog = _log is not null && (readsLog || _members.Length > 0);
    }

    private Subscription? Choose(string topic, bool canTake)
    {
        Subscription[] members = _members;
        switch (context.Options.SharedStrategy)
        {
            case SharedStrategy.RoundRobin:
                for (int i = 0; i < members.Length; i++)
                {
                    Subscription member = members[(_next + i) % members.Length];
                    if (Fits(member, canTake))
                    {
                        _next = (_next + i + 1) % members.Length;
                        return member;
                    }
                }

                return null;

            case SharedStrategy.StickyByTopic:
                _sticky ??= new Dictionary<string, Session>(StringComparer.Ordinal);
                if (_sticky.TryGetValue(topic, out Session? stuck))
                {
                    Subscription? member = Array.Find(members, m => ReferenceEquals(m.Session, stuck));
                    if (member is not null && stuck.Queue.Connection is not null)
                    {
                        return Fits(member, canTake) ? member : null;
                    }
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
    private Subscription? LeastLoaded(Subscription[] members, bool canTake)
    {
        Subscription? least = null;
        int leastLoad = int.MaxValue;
        int seen = 0;
        for (int i = 0; i < members.Length && (seen < LargestScan || least is null); i++)
        {
            Subscription member = members[(_next + i) % members.Length];
            seen++;
            if (Fits(member, canTake) && member.Session.Queue.Load is int load && load < leastLoad)
            {
                least = member;
                leastLoad = load;
            }
        }

        _next = members.Length == 0 ? 0 : (_next + 1) % members.Length;
        return least;
    }

    private static bool Fits(Subscription member, bool canTake) =>
        canTake ? member.Session.Queue.CanTake : member.Session.Queue.Connection is not null;
}
