using SkyTree.Core.Connections;
using SkyTree.Core.Protocol;
using SkyTree.Core.Sessions;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Replication;

/// <content>What people do to the state.</content>
internal sealed partial class BrokerState
{
    internal SessionEnded? Apply(EndSession command)
    {
        if (Sessions.Find(command.ClientId) is not { } session)
        {
            return null;
        }

        bool kept = session.IsKept;
        DueWill? will = session.Will is { } pending ? MakeDue(session.ClientId, pending) : null;
        session.Will = null;
        Connection? connection = EndSession(session, kept);
        RequireEnds();
        return new SessionEnded(connection, will);
    }

    internal MoveCursorResult Apply(MoveCursor command)
    {
        if (Sessions.Find(command.ClientId) is not { } session)
        {
            return MoveCursorResult.NotFound;
        }

        if (!session.IsDurable)
        {
            return MoveCursorResult.NotDurable;
        }

        if (session.IsConnected)
        {
            return MoveCursorResult.Connected;
        }

        // What the queue until now still proposes is void, and a connection that it had cannot come back to it.
        session.Cursor = Math.Clamp(command.Offset, 0, LastOffset);
        session.Epoch = ++_lastEpoch;
        Move(session, session.Node, session.Epoch);
        SaveSession(session);
        SaveCursor(session);
        foreach (long offset in session.ForgetHandled())
        {
            DeleteHandled(session, offset);
        }

        foreach (Subscription ended in session.ForgetEnded(session.Cursor))
        {
            DeleteSubscription(ended);
        }

        ForgetDropped(session);
        session.Backlog?.Restore(LastOffset); // how much waits now has not been counted
        RequireFor(session);
        return MoveCursorResult.Moved;
    }

    internal int Apply(ClearRetained command)
    {
        int cleared = 0;
        foreach (string topic in command.Topics)
        {
            if (Retained.Clear(topic))
            {
                DeleteRetained(topic);
                cleared++;
            }
        }

        if (cleared > 0)
        {
            Require(Durability.QuorumFsync);
        }

        return cleared;
    }
}
