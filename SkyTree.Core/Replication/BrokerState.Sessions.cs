using SkyTree.Core.Connections;
using SkyTree.Core.Protocol;
using SkyTree.Core.Sessions;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Replication;

/// <content>Sessions open, close and expire; wills are sent once.</content>
internal sealed partial class BrokerState
{
    private const long NeverMoved = long.MinValue / 2;
    private const string BrokerEnded = "the broker's process ended";
    private const string NodeSilent = "its node was silent for too long";

    /// <summary>
    /// Far longer than a lease. Who took a client from another node may have given up before that node knew, so whoever gets the
    /// client next waits for it, too.
    /// </summary>
    private const long UnsettledMs = 60_000;

    private long _ends; // durable sessions that have ended
    private long _safeEnds; // those of them that no crash brings back; written by who writes

    /// <summary>Client identifiers whose will or session may be due. Called in the replicator's order.</summary>
    internal IReadOnlyList<string> Apply(TakeDue command, long nowMs)
    {
        var due = new List<string>();
        foreach ((long atMs, string clientId) in _due)
        {
            if (atMs > nowMs || due.Count == command.Limit)
            {
                break;
            }

            due.Add(clientId);
        }

        return due;
    }

    internal SessionOpened? Apply(OpenSession command, long nowMs)
    {
        Session? existing = Sessions.Find(command.ClientId);
        if (existing is null && Sessions.Count >= command.MaximumSessions)
        {
            return null;
        }

        DueWill? will = null;
        Connection? ended = null;
        bool moves = existing is { IsConnected: true } && existing.Node != _proposer;
        long movedAtMs = moves ? nowMs : existing?.MovedAtMs ?? NeverMoved;
        if (existing is not null)
        {
            // A transient session does not outlive its connection, and this connection takes the other's place.
            bool ends = command.CleanStart || !existing.IsDurable || existing.ExpiresAtMs <= nowMs;
            bool connected = existing.IsConnected;
            if (existing.Will is { } pending && (ends || (connected && pending.DelaySeconds == 0)))
            {
                will = MakeDue(existing.ClientId, pending); // [MQTT-3.1.2-8]; a longer delay is cut off by this connection [MQTT-3.1.3-9]
            }

            bool kept = existing.IsKept;
            existing.Will = null;
            existing.WillDueMs = null;
            existing.ExpiresAtMs = null;
            SetDue(existing);
            if (ends)
            {
                ended = EndSession(existing, kept);
                existing = null;
            }
        }

        bool present = existing is not null;
        if (!present)
        {
            RequireEnds();
        }

        long epoch = Math.Max(existing?.Epoch ?? 0, _lastEpoch) + 1;
        _lastEpoch = epoch;
        Session session = existing ?? Sessions.Add(new Session(command.ClientId, command.Durable, context, epoch) { Cursor = LastOffset });
        if (session.Node != _proposer)
        {
            Move(session, _proposer, epoch);
        }

        session.Epoch = epoch;
        session.ExpirySeconds = command.ExpirySeconds;
        session.IsConnected = true;
        session.Disconnection = null;
        session.MovedAtMs = movedAtMs;
        session.Will = command.Will;
        if (session.IsKept)
        {
            SaveSession(session);
            if (!present)
            {
                SaveCursor(session);
            }
        }

        Review(session.Groups);
        RequireFor(session);
        return new SessionOpened(session, present, session.Epoch, ended, will, MustSettle: nowMs - movedAtMs < UnsettledMs);
    }

    internal SessionClosed Apply(CloseSession command, long nowMs)
    {
        Session session = command.Session;
        if (session.Epoch != command.Epoch || !session.IsConnected || !ReferenceEquals(Sessions.Find(session.ClientId), session))
        {
            return default; // a later connection has it, or it has ended
        }

        session.ExpirySeconds = command.ExpirySeconds ?? session.ExpirySeconds;
        return new SessionClosed(Disconnect(session, command.DiscardWill, nowMs, command.Reason ?? ""));
    }

    internal SessionClosed Apply(ExpireSession command, long nowMs)
    {
        if (Sessions.Find(command.ClientId) is not { IsConnected: false } session)
        {
            return default;
        }

        DueWill? will = null;
        bool expired = session.ExpiresAtMs <= nowMs;
        if (session.Will is { } pending && (expired || session.WillDueMs <= nowMs))
        {
            will = MakeDue(session.ClientId, pending);
            session.Will = null;
            session.WillDueMs = null;
        }

        if (expired)
        {
            EndSession(session, wasKept: true);
        }
        else
        {
            SetDue(session);
            SaveSession(session);
        }

        return new SessionClosed(will, expired);
    }

    internal IReadOnlyList<DueWill> Apply(Recover _, long nowMs)
    {
        foreach (Session session in InOrder())
        {
            if (session.IsConnected)
            {
                Disconnect(session, discardWill: false, nowMs, BrokerEnded);
            }
        }

        return [.. _dueWills.Values];
    }

    internal bool Apply(NodeUp command, long nowMs)
    {
        if (_nodes.GetValueOrDefault(command.Node).Incarnation >= command.Incarnation)
        {
            return false; // it repeats one that was applied, or comes too late
        }

        DisconnectAll(command.Node, nowMs, BrokerEnded);
        SetNode(command.Node, new NodeRecord(command.Incarnation, IsUp: true, LastNumber: 0));
        return true;
    }

    internal bool Apply(NodeDown command, long nowMs)
    {
        if (_nodes.GetValueOrDefault(command.Node) is not { IsUp: true } node || node.Incarnation != command.Incarnation)
        {
            return false;
        }

        DisconnectAll(command.Node, nowMs, NodeSilent);
        SetNode(command.Node, node with { IsUp = false });
        if (command.Node == context.Node)
        {
            RenewQueues();
        }

        return true;
    }

    /// <summary>What this node has proposed and was not applied is void: its queues begin again from the state.</summary>
    private void RenewQueues()
    {
        foreach (Session session in InOrder().Where(session => session.IsDurable && IsHere(session)))
        {
            Move(session, session.Node, session.OwnerEpoch);
        }
    }

    private void DisconnectAll(Guid node, long nowMs, string reason)
    {
        foreach (Session session in InOrder())
        {
            if (session.IsConnected && (session.Node == node || session.Node == Guid.Empty))
            {
                Connection? connection = session.Queue.Connection;
                Disconnect(session, discardWill: false, nowMs, reason);
                if (connection is not null)
                {
                    (_displaced ??= []).Add(connection); // the node was cut off, and is this one
                }
            }
        }

        Require(Durability.QuorumFsync);
    }

    /// <summary>The broker stops. What is not kept beyond the process is due now.</summary>
    internal IReadOnlyList<DueWill> Apply(TakeAllWills command)
    {
        var wills = new List<DueWill>();
        foreach (Session session in InOrder())
        {
            bool waits = session.IsDurable && (session.WillDueMs is not null || session.Will is { DelaySeconds: > 0 });
            if (session.Will is { } will && session.Node == _proposer && (command.Everything || !waits))
            {
                wills.Add(MakeDue(session.ClientId, will));
                session.Will = null;
                session.WillDueMs = null;
                SetDue(session);
                if (session.IsRecorded)
                {
                    SaveSession(session);
                }
                else
                {
                    DeleteSession(session);
                }
            }
        }

        return wills;
    }

    /// <summary>The sessions in an order that is the same everywhere.</summary>
    private IOrderedEnumerable<Session> InOrder() => Sessions.All.OrderBy(session => session.ClientId, StringComparer.Ordinal);

    /// <summary>A client has come to another node: that one has the session from now on.</summary>
    private void Move(Session session, Guid node, long epoch)
    {
        SessionQueue before = session.Queue;
        session.MoveTo(node, epoch, context);
        if (before.Leave(out IReadOnlyCollection<SharedGroup> groups) is { } connection)
        {
            (_displaced ??= []).Add(connection);
        }

        foreach (SharedGroup group in groups)
        {
            (_toPump ??= []).Add(group);
        }

        if (IsHere(session))
        {
            RestoreQueue(session);
        }
    }

    /// <summary>How many durable sessions have ended so far.</summary>
    public long Ends => _ends;

    /// <summary>Changes up to here have been written, and are as safe as sessions need them to be.</summary>
    /// <param name="ends">What <see cref="Ends"/> was then.</param>
    /// <param name="synced">Whether they outlive a loss of power.</param>
    public void Wrote(long ends, bool synced)
    {
        if (synced || context.StoreOptions.Durability < Durability.QuorumFsync)
        {
            Volatile.Write(ref _safeEnds, ends);
        }
    }

    /// <summary>A session's connection is gone.</summary>
    /// <returns>The Will that is to be sent now, or null.</returns>
    private DueWill? Disconnect(Session session, bool discardWill, long nowMs, string reason)
    {
        bool kept = session.IsKept;
        session.IsConnected = false;
        Will? will = discardWill ? null : session.Will;
        session.Will = null;
        if (!session.IsDurable || session.ExpirySeconds == 0)
        {
            EndSession(session, kept);
            return will is null ? null : MakeDue(session.ClientId, will); // the session's end does not wait for the delay
        }

        session.Disconnection = Level >= FormatLevel.Disconnections ? new Disconnection(nowMs, reason) : null;
        if (session.ExpirySeconds != uint.MaxValue)
        {
            session.ExpiresAtMs = nowMs + (session.ExpirySeconds * 1000L);
        }

        DueWill? due = null;
        if (will is { DelaySeconds: > 0 })
        {
            session.Will = will;
            session.WillDueMs = nowMs + (will.DelaySeconds * 1000L);
        }
        else if (will is not null)
        {
            due = MakeDue(session.ClientId, will);
        }

        Review(session.Groups);
        SetDue(session);
        SaveSession(session);
        return due;
    }

    private DueWill MakeDue(string clientId, Will will)
    {
        var due = new DueWill(++_lastWill, clientId, will);
        _dueWills.Add(due.Id, due);
        SaveDueWill(due);
        return due;
    }

    private void SetDue(Session session)
    {
        if (session.DueMs is { } before)
        {
            _due.Remove((before, session.ClientId));
        }

        session.DueMs = session.ExpiresAtMs < (session.WillDueMs ?? long.MaxValue) ? session.ExpiresAtMs : session.WillDueMs ?? session.ExpiresAtMs;
        if (session.DueMs is { } due)
        {
            _due.Add((due, session.ClientId));
        }
    }

    /// <summary>A crash must not bring back a session of which somebody is told now that it is gone.</summary>
    private void RequireEnds()
    {
        if (_ends > Volatile.Read(ref _safeEnds))
        {
            Require(context.StoreOptions.Durability);
        }
    }

    private Connection? EndSession(Session session, bool wasKept)
    {
        session.ExpiresAtMs = null;
        session.WillDueMs = null;
        SetDue(session);
        Sessions.Remove(session);
        _ends += session.IsDurable ? 1 : 0;
        session.Epoch++;
        _lastEpoch = Math.Max(_lastEpoch, session.Epoch);
        session.IsConnected = false;
        foreach (Subscription subscription in session.Subscriptions)
        {
            Unsubscribe(session, subscription.Filter.Text);
        }

        foreach (OutgoingMessage outgoing in session.Outgoing)
        {
            if (outgoing is { Offset: > 0, Group: { } filter } && FindGroup(filter) is { } group)
            {
                group.AddHandled(outgoing.Offset); // nobody else is to have it, also after a crash [MQTT-4.8.2-5]
                SaveGroupHandled(group, outgoing.Offset);
            }
        }

        if (wasKept)
        {
            DeleteSession(session);
        }

        Connection? connection = session.Queue.End(out IReadOnlyCollection<SharedGroup> groups);
        foreach (SharedGroup group in groups)
        {
            (_toPump ??= []).Add(group);
        }

        if (connection is not null && _proposer != context.Node)
        {
            (_displaced ??= []).Add(connection); // nobody here is answered
        }

        return connection;
    }
}
