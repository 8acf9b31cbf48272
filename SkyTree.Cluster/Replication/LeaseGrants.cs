using SkyTree.Core.Replication;

namespace SkyTree.Cluster.Replication;

/// <summary>
/// The leader's side of the leases. A node without one serves nobody for whom the state matters, so what all nodes with one
/// have applied holds for the whole cluster.
/// </summary>
/// <remarks>
/// A leader that is none any more must not give leases: it has one of its own from every entry that a majority has taken,
/// beginning when the entry was sent, and gives none that lasts longer. A new leader does not know who has one, and holds
/// everybody for having one until those of the leader before it have run out. A node that lets others wait for longer than
/// a lease lasts, since its disk is slow, say, gets none until it has applied what they wait for.
/// </remarks>
/// <param name="duration">How long a lease lasts.</param>
/// <param name="time">The clock.</param>
internal sealed class LeaseGrants(TimeSpan duration, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, Holder> _holders = []; // guarded by _gate
    private readonly List<Waiter> _waiting = []; // guarded by _gate
    private long? _ledSince; // timestamp; null: this node does not lead; guarded by _gate
    private long _own; // timestamp until which it certainly leads; written under _gate
    private long _settled; // what somebody was told that all have applied; guarded by _gate

    /// <summary>Until when this node certainly leads, as a timestamp.</summary>
    public long Own => Volatile.Read(ref _own);

    /// <summary>How far the other nodes have said that they are; empty unless this one leads.</summary>
    public IReadOnlyList<NodeProgress> Progress
    {
        get
        {
            lock (_gate)
            {
                return [.. _holders.Select(pair => new NodeProgress(pair.Key, pair.Value.Applied))];
            }
        }
    }

    /// <summary>This node leads from now on.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            _ledSince = time.GetTimestamp();
            Volatile.Write(ref _own, 0);
            _settled = 0;
            _holders.Clear();
        }
    }

    /// <summary>It leads no more. Who waits asks the next leader.</summary>
    public void End()
    {
        lock (_gate)
        {
            _ledSince = null;
            Volatile.Write(ref _own, 0);
            _holders.Clear();
            _waiting.Clear();
        }
    }

    /// <summary>A majority has taken an entry that this node sent as leader.</summary>
    /// <param name="sent">The timestamp from before it was sent.</param>
    public void Renew(long sent)
    {
        lock (_gate)
        {
            if (_ledSince is not null)
            {
                Volatile.Write(ref _own, Math.Max(_own, sent + ToTicks(duration)));
            }
        }
    }

    /// <summary>A node asks for a lease.</summary>
    /// <param name="node">The node.</param>
    /// <param name="applied">The index that it has applied.</param>
    /// <returns>How long it lasts from when the node asked; zero: there is none.</returns>
    public TimeSpan Grant(Guid node, long applied)
    {
        TimeSpan granted = TimeSpan.Zero;
        lock (_gate)
        {
            long now = time.GetTimestamp();
            if (_ledSince is null || _own <= now)
            {
                return TimeSpan.Zero;
            }

            _holders.TryGetValue(node, out Holder holder);
            long until = holder.Until;
            if (applied >= _settled && applied >= Overdue(now))
            {
                until = Math.Min(now + ToTicks(duration), _own);
                granted = time.GetElapsedTime(now, until);
            }

            _holders[node] = new Holder(Math.Max(holder.Applied, applied), until, now);
        }

        Check();
        return granted;
    }

    /// <summary>A node has given a sign of life.</summary>
    public void Touch(Guid node)
    {
        lock (_gate)
        {
            if (_ledSince is not null)
            {
                _holders.TryGetValue(node, out Holder holder);
                _holders[node] = holder with { Asked = time.GetTimestamp() };
            }
        }
    }

    /// <summary>Calls back when every node of a list that may have a lease has applied an index. At once, if they have.</summary>
    /// <param name="index">The index.</param>
    /// <param name="nodes">The other nodes that serve.</param>
    /// <param name="done">Called once, unless this node ceases to lead.</param>
    /// <returns>Nodes that have a lease and have not said that they have applied it: they are to be asked.</returns>
    public IReadOnlyList<Guid> Wait(long index, IReadOnlyList<Guid> nodes, Action done)
    {
        var missing = new List<Guid>();
        lock (_gate)
        {
            if (_ledSince is not { } since)
            {
                return missing;
            }

            foreach (Guid node in nodes)
            {
                if (!_holders.ContainsKey(node))
                {
                    _holders[node] = new Holder(0, since + ToTicks(duration), since); // from the leader before, perhaps
                }
            }

            _waiting.Add(new Waiter(index, time.GetTimestamp(), done));
            foreach ((Guid node, Holder holder) in _holders)
            {
                if (holder.Applied < index)
                {
                    missing.Add(node);
                }
            }
        }

        Check();
        return missing;
    }

    /// <summary>Looks whether leases have run out that somebody waits for.</summary>
    public void Check()
    {
        List<Action> done = [];
        lock (_gate)
        {
            if (_waiting.Count == 0)
            {
                return;
            }

            long now = time.GetTimestamp();
            if (_own <= now)
            {
                return; // another may lead already
            }

            long reached = long.MaxValue;
            foreach (Holder holder in _holders.Values)
            {
                if (holder.Until > now)
                {
                    reached = Math.Min(reached, holder.Applied);
                }
            }

            _waiting.RemoveAll(waiting =>
            {
                if (waiting.Index > reached)
                {
                    return false;
                }

                _settled = Math.Max(_settled, waiting.Index);
                done.Add(waiting.Done);
                return true;
            });
        }

        foreach (Action action in done)
        {
            action();
        }
    }

    /// <summary>Nodes of a list that have not asked for a lease for so long.</summary>
    public IReadOnlyList<Guid> SilentFor(TimeSpan silence, IReadOnlyList<Guid> nodes)
    {
        lock (_gate)
        {
            long now = time.GetTimestamp();
            if (_ledSince is not { } since || _own <= now)
            {
                return [];
            }

            return [.. nodes.Where(node => time.GetElapsedTime(_holders.TryGetValue(node, out Holder holder) ? holder.Asked : since, now) > silence)];
        }
    }

    /// <summary>The highest index for which somebody has waited for as long as a lease lasts; 0: there is none.</summary>
    private long Overdue(long now) =>
        _waiting.Where(waiter => time.GetElapsedTime(waiter.Since, now) >= duration).Select(waiter => waiter.Index).DefaultIfEmpty().Max();

    private long ToTicks(TimeSpan span) => (long)(span.TotalSeconds * time.TimestampFrequency);

    /// <param name="Applied">The index that the node has applied.</param>
    /// <param name="Until">The timestamp at which its lease runs out.</param>
    /// <param name="Asked">The timestamp at which it asked last.</param>
    private readonly record struct Holder(long Applied, long Until, long Asked);

    /// <param name="Index">What all are to have applied.</param>
    /// <param name="Since">The timestamp from which on somebody waits.</param>
    /// <param name="Done">Is called then.</param>
    private sealed record Waiter(long Index, long Since, Action Done);
}
