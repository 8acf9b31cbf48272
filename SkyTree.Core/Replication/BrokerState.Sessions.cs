using SkyTree.Core.Connections;
using SkyTree.Core.Protocol;
using SkyTree.Core.Sessions;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Replication;

/// <content>Sessions open, close and expire; wills are sent once.</content>
internal sealed partial class BrokerState
{
    // Sessions for which something falls due (the Will's delay, the session's end), one entry each, in order of time.
    private readonly SortedSet<(long AtMs, string ClientId)> _due = [];

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
        if (existing is null && Sessions.Count >= context.Options.MaximumSessions)
        {
            return null;
        }

        Will? will = null;
        Connection? ended = null;
        if (existing is not null)
        {
            // A transient session does not outlive its connection, and this connection takes the other's place.
            bool ends = command.CleanStart || !existing.IsDurable || existing.ExpiresAtMs <= nowMs;
            bool connected = existing.IsConnected;
            if (existing.Will is { } pending && (ends || (connected && pending.DelaySeconds == 0)))
            {
                will = pending; // [MQTT-3.1.2-8]; a longer delay is cut off by this connection [MQTT-3.1.3-9]
            }

            existing.Will = null;
            existing.WillDueMs = null;
            existing.ExpiresAtMs = null;
            SetDue(existing);
            if (ends)
            {
                ended = EndSession(existing);
                existing = null;
            }
        }

        bool present = existing is not null;
        Session session = existing ?? Sessions.Add(new Session(command.ClientId, command.Durable, context) { Cursor = LastOffset });
        session.Epoch++;
        session.ExpirySeconds = command.ExpirySeconds;
        session.IsConnected = true;
        session.Will = command.Will;
        return new SessionOpened(session, present, session.Epoch, ended, will);
    }

    internal SessionClosed Apply(CloseSession command, long nowMs)
    {
        Session session = command.Session;
        if (session.Epoch != command.Epoch || !session.IsConnected || !ReferenceEquals(Sessions.Find(session.ClientId), session))
        {
            return default; // a later connection has it, or it has ended
        }

        session.IsConnected = false;
        session.ExpirySeconds = command.ExpirySeconds ?? session.ExpirySeconds;
        Will? will = command.DiscardWill ? null : session.Will;
        session.Will = null;
        if (!session.IsDurable || session.ExpirySeconds == 0)
        {
            EndSession(session);
            return new SessionClosed(will); // the session's end does not wait for the delay
        }

        if (session.ExpirySeconds != uint.MaxValue)
        {
            session.ExpiresAtMs = nowMs + (session.ExpirySeconds * 1000L);
        }

        if (will is { DelaySeconds: > 0 })
        {
            session.Will = will;
            session.WillDueMs = nowMs + (will.DelaySeconds * 1000L);
            will = null;
        }

        SetDue(session);
        return new SessionClosed(will);
    }

    internal SessionClosed Apply(ExpireSession command, long nowMs)
    {
        if (Sessions.Find(command.ClientId) is not { IsConnected: false } session)
        {
            return default;
        }

        Will? will = null;
        bool expired = session.ExpiresAtMs <= nowMs;
        if (expired || session.WillDueMs <= nowMs)
        {
            will = session.Will;
            session.Will = null;
            session.WillDueMs = null;
        }

        if (expired)
        {
            EndSession(session);
        }
        else
        {
            SetDue(session);
        }

        return new SessionClosed(will, expired);
    }

    /// <summary>The broker stops and nothing outlives it: wills that still wait for their delay are due now.</summary>
    internal IReadOnlyList<(string ClientId, Will Will)> Apply(TakeAllWills _)
    {
        var wills = new List<(string, Will)>();
        foreach (Session session in Sessions.All)
        {
            if (session.Will is { } will)
            {
                wills.Add((session.ClientId, will));
                session.Will = null;
                session.WillDueMs = null;
                SetDue(session);
            }
        }

        return wills;
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

    private Connection? EndSession(Session session)
    {
        session.ExpiresAtMs = null;
        session.WillDueMs = null;
        SetDue(session);
        Sessions.Remove(session);
        session.Epoch++;
        session.IsConnected = false;
        foreach (Subscription subscription in session.Subscriptions)
        {
            Unsubscribe(session, subscription.Filter.Text);
        }

        return session.Queue.End();
    }
}
