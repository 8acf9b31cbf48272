using SkyTree.Core.Connections;
using SkyTree.Core.Messages;
using SkyTree.Core.Sessions;
using SkyTree.Core.Sessions.Limits;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Replication;

/// <content>
/// All that the state holds from one command to the next, in one place, so that <see cref="Empty"/> leaves nothing out. The
/// other fields serve the command that is being applied.
/// </content>
internal sealed partial class BrokerState
{
    // All written when a command is applied.
    private volatile int _level = FormatLevel.Oldest; // read by any thread
    private readonly Dictionary<Guid, NodeRecord> _nodes = [];

    // Sessions for which something falls due (the Will's delay, the session's end), one entry each, in order of time.
    private readonly SortedSet<(long AtMs, string ClientId)> _due = [];
    private readonly SortedDictionary<long, DueWill> _dueWills = []; // taken from their sessions and not yet sent
    private long _lastWill;
    private long _lastEpoch; // of all sessions: a client identifier's epochs rise though its session ends
    private long _lastReplay;
    private long _savedTimeMs;

    public SessionStore Sessions { get; } = new();

    public SubscriptionIndex Index { get; } = new(context.Policies);

    public Retained Retained { get; } = new();

    /// <summary>What is counted, by filter.</summary>
    public FilterCounters Counters { get; } = new();

    /// <summary>The highest offset assigned.</summary>
    public long LastOffset { get; private set; }

    /// <summary>In a cluster: up to here the external store has every message. Never falls; 0 without one.</summary>
    public long StoredUpTo { get; private set; }

    /// <summary>How often all of it was replaced. Read by any thread.</summary>
    public int Reloads => Volatile.Read(ref _reloads);

    private int _reloads; // written when it is replaced

    /// <summary>The index of the last log entry whose effects are here; 0: none is.</summary>
    public long AppliedIndex { get; private set; }

    /// <summary>The time of the last command, in milliseconds since 1970-01-01 UTC.</summary>
    public long NowMs { get; private set; }

    /// <summary>
    /// Forgets everything and reads the database, whose content has been replaced, as a process does that starts. While no
    /// command is applied; who matches topics meanwhile finds fewer and fewer subscribers, then more and more.
    /// </summary>
    /// <param name="database">The database, open.</param>
    /// <param name="store">All stored messages, also those that are elsewhere.</param>
    /// <returns>The connections that had sessions of this node: they have none any more, and are to be closed.</returns>
    /// <exception cref="StateDatabaseException">It was written by a later version, or a record of it makes no sense. The state is then of no use.</exception>
    public async ValueTask<IReadOnlyList<Connection>> ReloadAsync(StateDatabase database, MessageStore store)
    {
        IReadOnlyList<Connection> connections = Empty();
        await LoadAsync(database, store).ConfigureAwait(false);
        return connections;
    }

    /// <returns>The connections that had sessions.</returns>
    private List<Connection> Empty()
    {
        SharedGroup[] groups = Index.Groups;
        Index.Clear(); // first: who has not matched by now finds nobody
        var connections = new List<Connection>();
        foreach (Session session in Sessions.All)
        {
            if (session.Queue.Leave(out _) is { } connection)
            {
                connections.Add(connection);
            }

            session.Epoch = -1; // for who still holds it: no command of theirs fits
            session.IsConnected = false;
        }

        Array.ForEach(groups, group => group.Close());
        Interlocked.Increment(ref _reloads);
        Sessions.Clear();
        Retained.Clear();
        Counters.Clear();
        _nodes.Clear();
        _due.Clear();
        _dueWills.Clear();
        _level = FormatLevel.Oldest;
        _lastWill = 0;
        _lastEpoch = 0;
        _lastReplay = 0;
        _savedTimeMs = 0;
        LastOffset = 0;
        StoredUpTo = 0;
        AppliedIndex = 0;
        NowMs = 0;
        context.Moved.Clear();
        context.QueueRoom.Signal(); // who waited for room in a session that is gone looks again
        return connections;
    }
}
