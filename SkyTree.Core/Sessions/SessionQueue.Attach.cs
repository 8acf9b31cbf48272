using SkyTree.Core.Connections;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Messages;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Sessions;

/// <content>Connections come and go; the session stays.</content>
internal sealed partial class SessionQueue
{
    private static long s_attachments; // interlocked

    private long _epoch; // of the connection that was attached last; guarded by _gate

    /// <summary>Rises whenever a durable session's client comes or goes.</summary>
    public static long Attachments => Volatile.Read(ref s_attachments);

    /// <summary>Gives the session to a connection.</summary>
    /// <param name="connection">The new connection.</param>
    /// <param name="epoch">The epoch under which it opened the session.</param>
    /// <param name="window">How many QoS 1 and 2 messages the client takes unacknowledged.</param>
    /// <param name="previous">The connection that had it, or null.</param>
    /// <returns>False when a later one has it already.</returns>
    public bool TryAttach(Connection connection, long epoch, int window, out Connection? previous)
    {
        lock (_gate)
        {
            previous = null;
            if (epoch <= _epoch || epoch < ownerEpoch)
            {
                return false; // also when another node has the session by now
            }

            previous = _connection;
            _epoch = epoch;
            _connection = connection;
            _window = window;
            _unacknowledged = 0;
            _inflight?.Rewind();
            if (session.IsDurable)
            {
                _log ??= new LogReader(session.Cursor);
                Interlocked.Increment(ref s_attachments);
            }
        }

        StartReplays();
        return true;
    }

    /// <summary>Takes the session from a connection, if it is still its own.</summary>
    public bool Detach(Connection connection)
    {
        List<(SharedGroup Group, StoredMessage Message)>? shared = null;
        Commit? commit;
        lock (_gate)
        {
            if (!ReferenceEquals(_connection, connection))
            {
                return false;
            }

            _connection = null;
            if (session.IsDurable)
            {
                Interlocked.Increment(ref s_attachments);
            }

            _unacknowledged = 0;
            _log?.Suspend();
            SuspendReplays();
            commit = TakeCommit();
            if (_inflight is { Count: > 0 })
            {
                shared = _inflight.TakeShared();
            }
        }

        commit?.Propose();
        Return(shared);
        foreach (SharedGroup group in shared?.Select(s => s.Group).Distinct() ?? [])
        {
            group.Pump();
        }

        return true;
    }

    /// <summary>The session has ended: what waited for it is dropped and counted.</summary>
    /// <param name="groups">Shared groups that were given messages back: they are to be pumped.</param>
    public Connection? End(out IReadOnlyCollection<SharedGroup> groups) => Close(DropReason.SessionEnded, out groups);

    /// <summary>Another node has the session: what it will read from the log is not lost, what waited in memory is dropped and counted.</summary>
    /// <param name="groups">Shared groups that were given messages back: they are to be pumped.</param>
    public Connection? Leave(out IReadOnlyCollection<SharedGroup> groups) => Close(null, out groups);

    private Connection? Close(DropReason? ended, out IReadOnlyCollection<SharedGroup> groups)
    {
        Connection? connection;
        List<(SharedGroup Group, StoredMessage Message)>? shared = null;
        List<(SharedGroup Group, long Offset)>? settled = null;
        lock (_gate)
        {
            connection = _connection;
            _connection = null;
            _epoch = long.MaxValue;
            if (_inflight is { Count: > 0 })
            {
                shared = _inflight.TakeShared((packetId, offset) => session.FindOutgoing(packetId)?.Offset == offset);
                settled = _inflight.SharedOffsets(); // QoS 2 is nobody else's [MQTT-4.8.2-5]
            }

            long lost = (_waiting?.Count ?? 0) + (ended is null ? 0 : _inflight?.Count ?? 0);
            if (lost > 0)
            {
                Drop(ended ?? DropReason.Offline, "", lost);
            }

            _waiting = null;
            _retained = null;
            _replays = null;
            _replaysToNote = null;
            _inflight = null;
            _log = null;
            _collected = null;
            _completed = null;
            _retainedSettled = false;
        }

        foreach ((SharedGroup group, long offset) in settled ?? [])
        {
            group.Settle(offset);
        }

        groups = [.. shared?.Select(s => s.Group).Distinct() ?? []];
        Return(shared);
        return connection;
    }

    private static void Return(List<(SharedGroup Group, StoredMessage Message)>? shared)
    {
        if (shared is null)
        {
            return;
        }

        foreach (IGrouping<SharedGroup, (SharedGroup Group, StoredMessage Message)> byGroup in shared.GroupBy(s => s.Group))
        {
            byGroup.Key.Redeliver([.. byGroup.Select(s => s.Message)]);
        }
    }
}
