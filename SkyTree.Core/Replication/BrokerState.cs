using SkyTree.Core.Connections;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Messages;
using SkyTree.Core.Protocol;
using SkyTree.Core.Sessions;
using SkyTree.Core.Sessions.Limits;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Replication;

/// <summary>
/// The replicated state: sessions, subscriptions, cursors, retained messages, wills. Changed only by
/// <see cref="Apply{TResult}"/>, in the replicator's order; the subscription index and the retained messages are read by all.
/// </summary>
internal sealed partial class BrokerState(SessionContext context)
{
    private AppendedMessage? _appended;
    private Durability? _needs;
    private bool _keeps;
    private bool _full; // nothing more can be stored for now
    private Guid _proposer; // the node whose command is being applied
    private int _changesBefore; // it
    private HashSet<SharedGroup>? _toPump; // groups that were given messages back
    private List<Connection>? _displaced; // connections of this node whose sessions have another owner now

    /// <summary>What was dropped, and why.</summary>
    public DropLedger Drops => context.Drops;

    /// <summary>Whether nothing more can be stored, as the command that is being applied has it.</summary>
    public bool IsFull => _full;

    /// <summary>This node; empty: there is no cluster.</summary>
    public Guid Node => context.Node;

    /// <summary>Stands in for a session that has ended: no epoch fits it.</summary>
    public Session NoSession(string clientId) => new(clientId, durable: false, context, ownerEpoch: -1) { Epoch = -1 };

    /// <summary>Before a command is applied.</summary>
    /// <param name="changes">Where its changes to what is kept on disk go.</param>
    /// <param name="keeps">Whether they are kept at all.</param>
    /// <param name="full">Whether nothing more can be stored for now.</param>
    /// <param name="proposer">The node that proposed it.</param>
    public void Begin(StateBatch changes, bool keeps, bool full, Guid proposer)
    {
        _changes = changes;
        _changesBefore = changes.Count;
        _keeps = keeps;
        _full = full;
        _proposer = proposer;
        _displaced = null;
        _needs = null;
        _appended = null;
        _toPump = null;
    }

    /// <summary>After a command was applied.</summary>
    /// <param name="nowMs">The command's time.</param>
    /// <param name="appended">The message that it appended, or null: its readers are to be told once it is stored.</param>
    /// <param name="toPump">Shared groups that have more to hand out, or null.</param>
    /// <returns>How safe the changes must be before anybody is told of them; null: they need not be safe at all.</returns>
    public Durability? End(long nowMs, out AppendedMessage? appended, out IReadOnlyCollection<SharedGroup>? toPump)
    {
        NowMs = nowMs;
        SaveTime(nowMs);
        appended = _appended;
        toPump = _toPump;
        return _needs;
    }

    /// <summary>Connections of this node whose sessions the command gave to clients of other nodes, or null. Asked after <see cref="End"/>.</summary>
    public IReadOnlyList<Connection>? Displaced => _displaced;

    /// <summary>Applies a command.</summary>
    public TResult Apply<TResult>(Command<TResult> command, long nowMs) => command.ApplyTo(this, nowMs);

    /// <summary>Tells the readers of a message that has been stored. In the log's order; they send nothing yet.</summary>
    public static void Wake(AppendedMessage appended)
    {
        if (appended.Message.QoS == 0)
        {
            return; // kept for a retention rule: who is connected got it from memory
        }

        foreach (Subscription subscription in appended.Route.OnlineReaders())
        {
            if (subscription.For(appended.Message.PublisherId) is { ReadsLog: true } wanted)
            {
                subscription.Session.Queue.OnAppended(appended.Message, wanted);
            }
        }

        foreach (SharedGroup group in appended.Route.Groups)
        {
            if (group.ReadsLog)
            {
                group.OnAppended(appended.Message);
            }
        }
    }

    /// <summary>Has those who were told of a message send it on, where no publisher here does.</summary>
    public static void Pump(AppendedMessage appended)
    {
        if (appended.Message.QoS == 0)
        {
            return;
        }

        foreach (Subscription subscription in appended.Route.OnlineReaders())
        {
            subscription.Session.Queue.PumpForPublisher();
        }

        foreach (SharedGroup group in appended.Route.Groups)
        {
            if (group.ReadsLog)
            {
                group.Pump();
            }
        }
    }

    /// <summary>A publish that concerns the state: retained, to durable readers, or QoS 2 from a durable session.</summary>
    internal PublishApplied Apply(PublishMessage command, long nowMs)
    {
        if (command.ReceivedBy is { } receiver)
        {
            if (receiver.Epoch != command.Epoch)
            {
                return new PublishApplied(PublishStatus.Fenced, null);
            }

            if (receiver.HasReceivedQoS2(command.PacketId))
            {
                Require(command.Durability); // what it repeats may still be on its way to the disk
                return new PublishApplied(PublishStatus.Repeated, null);
            }
        }

        // What a node that was cut off had not proposed in time must not come behind what the client has published since.
        if (command.Epoch != 0 && (Sessions.Find(command.Message.PublisherId) is not { } publisher || publisher.Epoch != command.Epoch))
        {
            return new PublishApplied(PublishStatus.Fenced, null);
        }

        if (command.WillId != 0)
        {
            if (!_dueWills.Remove(command.WillId))
            {
                return new PublishApplied(PublishStatus.Repeated, null);
            }

            DeleteDueWill(command.WillId);
        }

        StoredMessage message = command.Message;
        Route route = Index.Match(message.TopicUtf8);
        bool append = command.IsStored || (message.QoS > 0 && (route.HasLogReaders || Array.Exists(route.Groups, g => g.ReadsLog)));
        bool retains = message.Retain && command.KeepRetained;
        if (_full && append && message.QoS == 0)
        {
            append = false; // nobody is told of what becomes of it; it is delivered all the same
            if (_proposer == context.Node)
            {
                context.Drops.Add(DropReason.QuotaExceeded, message.PublisherId, message.Topic);
            }
        }

        if (_full && (append || (retains && !message.Payload.IsEmpty)))
        {
            return new PublishApplied(PublishStatus.StoreFull, null);
        }

        if (append && command.IsRefused)
        {
            return new PublishApplied(PublishStatus.QueueFull, null);
        }

        if (retains)
        {
            if (message.Payload.IsEmpty)
            {
                if (Retained.Clear(message.Topic)) // [MQTT-3.3.1-6]
                {
                    DeleteRetained(message.Topic);
                }
            }
            else if (Retained.TrySet(message, command.MaximumRetained))
            {
                SaveRetained(message);
            }
            else
            {
                return new PublishApplied(PublishStatus.RetainedQuotaExceeded, null);
            }
        }

        if (message.QoS > 0)
        {
            foreach (SharedGroup group in route.Groups)
            {
                // Here, since a group may come to read the log at any moment after.
                if (!group.ReadsLog && _proposer == context.Node)
                {
                    group.Offer(message);
                }
            }
        }

        if (command.ReceivedBy is { } session)
        {
            session.ReceiveQoS2(command.PacketId);
            SaveReceived(session, command.PacketId);
        }

        if (append)
        {
            LastOffset++;
            StoredMessage stored = message with { Offset = LastOffset, TimestampMs = nowMs };
            _changes.Append(stored);
            _appended = new AppendedMessage(stored, route) { CameFromElsewhere = _proposer != context.Node };
            message = stored;

            if (stored.QoS > 0 && route.Counters is { } counters)
            {
                Count(counters, stored);
            }
        }

        if (message.QoS > 0 && (append || retains || command.ReceivedBy is not null))
        {
            Require(command.Durability);
        }

        return new PublishApplied(PublishStatus.Applied, route, append ? message : null);
    }

    internal IReadOnlyList<ReasonCode>? Apply(Subscribe command, long nowMs)
    {
        if (command.Session.Epoch != command.Epoch)
        {
            return null; // nobody would ever end what a deposed connection subscribes to
        }

        var results = new ReasonCode[command.Requests.Count];
        int retained = command.RetainedWaiting;
        for (int i = 0; i < results.Length; i++)
        {
            results[i] = Subscribe(command, command.Requests[i], ref retained, nowMs);
        }

        if (command.Session.IsKept)
        {
            SaveSession(command.Session); // whether retained messages are pending
        }

        RequireFor(command.Session);
        return results;
    }

    internal IReadOnlyList<bool>? Apply(Unsubscribe command)
    {
        if (command.Session.Epoch != command.Epoch)
        {
            return null;
        }

        var existed = new bool[command.Filters.Count];
        for (int i = 0; i < existed.Length; i++)
        {
            existed[i] = Unsubscribe(command.Session, command.Filters[i]);
        }

        RequireFor(command.Session);
        return existed;
    }

    internal bool Apply(AdvanceCursors command)
    {
        foreach ((OwnedSession of, long cursor) in command.Cursors)
        {
            Session session = of.Session;
            if (!IsLive(of))
            {
                continue;
            }

            session.Cursor = Math.Max(session.Cursor, cursor);
            SaveCursor(session);
            foreach (Subscription ended in session.ForgetEnded(session.Cursor))
            {
                DeleteSubscription(ended);
            }

            foreach (long offset in session.ForgetHandled(session.Cursor))
            {
                DeleteHandled(session, offset);
            }

            ForgetDropped(session);
        }

        foreach ((SharedGroup group, long cursor) in command.Groups)
        {
            if (ReferenceEquals(Index.FindGroup(group.Filter), group) && cursor > group.SavedCursor) // it may come late, from a node that ran the group before
            {
                group.SavedCursor = cursor;
                SaveGroupCursor(group, cursor);
                foreach (long offset in group.ForgetHandled(cursor))
                {
                    DeleteGroupHandled(group, offset);
                }
            }
        }

        return true;
    }

    internal bool Apply(NoteStored command)
    {
        if (command.UpTo > StoredUpTo)
        {
            StoredUpTo = command.UpTo;
            SaveStored(_changes, command.UpTo);
        }

        return true;
    }

    internal bool Apply(SendOutgoing command)
    {
        Session session = command.Of.Session;
        if (!IsLive(command.Of) || command.Messages.Any(IsAnotherNodesToHandOut))
        {
            return false;
        }

        foreach (OutgoingMessage message in command.Messages)
        {
            session.SetOutgoing(message);
            SaveOutgoing(session, message);
        }

        RequireFor(session);
        return true;
    }

    // A node that does not know yet that another hands out what a group reads would have a second member get it.
    private bool IsAnotherNodesToHandOut(OutgoingMessage message) =>
        _proposer != Guid.Empty && message is { Offset: > 0, Group: { } filter } && FindGroup(filter) is { } group && group.Dispatcher != _proposer;

    internal bool Apply(ReleaseOutgoing command)
    {
        Session session = command.Of.Session;
        if (!IsLive(command.Of))
        {
            return false;
        }

        if (session.FindOutgoing(command.PacketId) is not { Stage: OutgoingStage.Published } message)
        {
            return true; // it repeats one that was applied
        }

        message = message with { Stage = OutgoingStage.Released, Message = null };
        session.SetOutgoing(message);
        SaveOutgoing(session, message);
        RequireFor(session);
        return true;
    }

    internal bool Apply(CompleteOutgoing command)
    {
        Session session = command.Of.Session;
        if (!IsLive(command.Of) || session.RemoveOutgoing(command.PacketId, command.Offset) is not { } message)
        {
            return true;
        }

        DeleteOutgoing(session, message.PacketId);
        if (message is { Offset: > 0, Group: { } filter })
        {
            if (FindGroup(filter) is { } group)
            {
                group.AddHandled(message.Offset);
                SaveGroupHandled(group, message.Offset);
            }
        }
        else if (message.ReplayId != 0)
        {
            SaveReplayHandled(session, message.ReplayId, message.Offset);
        }
        else if (message.Offset > session.Cursor) // below it nothing is read again, and nobody would delete the record
        {
            SaveHandled(session, message.Offset);
        }
        else if (message.RetainedTopic is { } topic && session.RetainedPending.Length > 0)
        {
            session.AddRetainedDone(topic);
            SaveRetainedDone(session, topic);
        }

        return true;
    }

    internal bool Apply(RetainedDelivered command)
    {
        if (IsLive(command.Of))
        {
            Session session = command.Of.Session;
            session.RetainedPending = [];
            session.ForgetRetainedDone();
            DeleteRetainedDone(session);
            SaveSession(session);
        }

        return true;
    }

    internal bool Apply(ReleaseReceived command)
    {
        if (command.Session.Epoch != command.Epoch || !command.Session.ReleaseQoS2(command.PacketId))
        {
            return false;
        }

        DeleteReceived(command.Session, command.PacketId);
        RequireFor(command.Session);
        return true;
    }

    internal bool Apply(RemoveExpiredRetained command, long nowMs)
    {
        foreach (string topic in Retained.RemoveExpired(nowMs, command.Limit))
        {
            DeleteRetained(topic);
        }

        return true;
    }

    /// <summary>A member of groups has come or gone: another node may have to hand out what they read.</summary>
    private void Review(params ReadOnlySpan<SharedGroup> groups)
    {
        if (context.Node == Guid.Empty)
        {
            return;
        }

        foreach (SharedGroup group in groups)
        {
            group.ReviewDispatcher();
            (_toPump ??= []).Add(group);
        }
    }

    private bool IsLive(OwnedSession of) =>
        of.OwnerEpoch == of.Session.OwnerEpoch && ReferenceEquals(Sessions.Find(of.Session.ClientId), of.Session);

    /// <summary>Whether this node has a session: only then does it fill the session's queue.</summary>
    private bool IsHere(Session session) => session.Node == context.Node;

    private void Require(Durability durability)
    {
        if (!(_needs >= durability))
        {
            _needs = durability;
        }
    }

    /// <summary>What a session is told of must be safe if the session is to outlive the process.</summary>
    private void RequireFor(Session session)
    {
        if (session.IsDurable)
        {
            Require(context.StoreOptions.Durability);
        }
    }

    private ReasonCode Subscribe(Subscribe command, SubscriptionRequest request, ref int retainedWaiting, long nowMs)
    {
        Session session = command.Session;
        uint identifier = command.Identifier;
        if (session.SubscriptionCount >= command.MaximumSubscriptions && session.FindSubscription(request.Filter.Text) is null)
        {
            return ReasonCode.QuotaExceeded;
        }

        SharedGroup? group = null;
        if (request.Filter.IsShared)
        {
            group = Index.FindGroup(request.Filter) ?? new SharedGroup(request.Filter, context);
        }
        else if (retainedWaiting > 0 && retainedWaiting >= command.MaximumRetained)
        {
            return ReasonCode.QuotaExceeded; // it asks for retained messages faster than it takes them
        }

        FilterCounter? counter = TakeCounter(session, request.Filter, request.QoS);
        var subscription = new Subscription
        {
            Session = session,
            Filter = request.Filter,
            QoS = request.QoS,
            NoLocal = request.NoLocal,
            RetainAsPublished = request.RetainAsPublished,
            Identifiers = identifier == 0 ? [] : [identifier],
            Properties = request.Properties,
            Group = group,
            Counter = counter,
            CountedBefore = counter?.Appended ?? default,
            StartOffset = LastOffset,
        };
        Subscription? replaced = session.SetSubscription(subscription, EndEarlier(session, request.Filter, request.From));
        ReturnCounter(replaced);
        bool isNew = replaced is null;
        SaveReplaced(replaced);
        SaveSubscription(subscription);
        if (group is not null)
        {
            bool readLog = group.ReadsLog;
            group.Add(subscription, LastOffset);
            Index.Set(request.Filter, group);
            if (group.ReadsLog && !readLog)
            {
                group.SavedCursor = LastOffset;
                SaveGroupCursor(group, LastOffset); // from here on it is the group's
            }

            Review(group);

            return (ReasonCode)request.QoS;
        }

        if (request.RetainHandling == RetainHandling.Send || (request.RetainHandling == RetainHandling.SendIfNew && isNew))
        {
            // Before the index knows of it: what is published from now on queues up behind them.
            var retained = new List<StoredMessage>();
            Retained.Match(request.Filter.Filter, nowMs, message =>
            {
                if (subscription.For(message.PublisherId) is not null) // [MQTT-3.8.3-3]
                {
                    retained.Add(message);
                }
            });
            if (session.IsDurable && request.QoS > QoS.AtMostOnce && retained.Exists(m => m.QoS > 0) && !session.RetainedPending.Contains(request.Filter.Text))
            {
                session.RetainedPending = [.. session.RetainedPending, request.Filter.Text];
            }

            retainedWaiting += retained.Count;
            if (IsHere(session))
            {
                session.Queue.AddRetained(retained, subscription);
            }
        }

        if (request.From is { } from)
        {
            StartReplay(session, subscription, from); // before the index knows of it, too
        }

        Index.Set(request.Filter, subscription);
        return (ReasonCode)request.QoS;
    }

    private bool Unsubscribe(Session session, string filterText)
    {
        if (session.RemoveSubscription(filterText, LastOffset) is not { } removed)
        {
            return false;
        }

        SaveReplaced(removed);
        StopReplay(session, filterText);
        ReturnCounter(removed);
        if (removed.Group is not { } group)
        {
            Index.Remove(removed.Filter, session);
            return true;
        }

        if (group.Remove(session, LastOffset))
        {
            Index.Remove(removed.Filter, group);
            DeleteGroup(group);
        }

        Review(group);

        // What has been sent to the member is its own to acknowledge [MQTT-3.10.4-3].
        return true;
    }
}

/// <summary>A message that was appended to the log, and who was subscribed at that moment.</summary>
/// <param name="Message">The message.</param>
/// <param name="Route">Who was subscribed.</param>
internal sealed record AppendedMessage(StoredMessage Message, Route Route)
{
    /// <summary>Whether another node's client published it: then nobody here finishes the publish.</summary>
    public bool CameFromElsewhere { get; init; }
}
