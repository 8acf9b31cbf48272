using System.Buffers;
using System.Collections.Concurrent;
using SkyTree.Cluster.Replication;

namespace SkyTree.Cluster.Tests.Replication.Simulation;

/// <summary>
/// A log that nodes of one process share, and links between them, both as unreliable as the real ones may be: leaders
/// change, entries are lost or taken though their leader was told nothing, frames are lost with their link. What the log has
/// taken it gives to every node, in its order, sooner or later.
/// </summary>
internal sealed class SimulatedCluster(int seed) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Random _random = new(seed); // guarded by _gate
    private readonly List<byte[]> _entries = []; // guarded by _gate
    private readonly HashSet<(Guid, Guid)> _cut = []; // links from one to another; guarded by _gate
    private Guid _leader; // guarded by _gate
    private long _term; // guarded by _gate
    private readonly HashSet<byte> _sentKinds = []; // guarded by _gate

    public ConcurrentDictionary<Guid, SimulatedNode> Nodes { get; } = [];

    /// <summary>How often of a hundred times an entry is lost, or taken without a word.</summary>
    public int Trouble { get; set; }

    public long LastIndex
    {
        get
        {
            lock (_gate)
            {
                return _entries.Count;
            }
        }
    }

    public int Next(int maximum)
    {
        lock (_gate)
        {
            return _random.Next(maximum);
        }
    }

    /// <summary>Makes a node lead; empty: nobody does.</summary>
    public void Elect(Guid node)
    {
        lock (_gate)
        {
            _leader = node;
            _term++;
        }

        foreach (SimulatedNode one in Nodes.Values)
        {
            one.Replicator.OnLeaderChanged();
        }
    }

    /// <summary>Ends and makes links.</summary>
    public void Cut(Guid from, Guid to, bool isCut)
    {
        lock (_gate)
        {
            if (isCut)
            {
                _cut.Add((from, to));
            }
            else
            {
                _cut.Remove((from, to));
            }
        }
    }

    public Guid Leader(Guid node)
    {
        lock (_gate)
        {
            return _leader;
        }
    }

    public long Term
    {
        get
        {
            lock (_gate)
            {
                return _term;
            }
        }
    }

    /// <summary>The kinds of the frames that were sent since it was asked last.</summary>
    public IReadOnlyList<byte> TakeSentKinds()
    {
        lock (_gate)
        {
            byte[] kinds = [.. _sentKinds];
            _sentKinds.Clear();
            return kinds;
        }
    }

    public byte[]? Entry(long index)
    {
        lock (_gate)
        {
            return index <= _entries.Count ? _entries[(int)index - 1] : null;
        }
    }

    /// <returns>The index; null: it was lost.</returns>
    public (long? Index, bool IsTold) Append(Guid node, ReadOnlyMemory<byte> entry)
    {
        lock (_gate)
        {
            if (_leader != node || _random.Next(100) < Trouble)
            {
                return (null, true);
            }

            _entries.Add(entry.ToArray());
            return (_entries.Count, _random.Next(100) >= Trouble);
        }
    }

    public bool TrySend(Guid from, Guid to, byte kind, ReadOnlySpan<byte> body)
    {
        if (!Nodes.TryGetValue(to, out SimulatedNode? node))
        {
            return false;
        }

        lock (_gate)
        {
            if (_cut.Contains((from, to)))
            {
                return _random.Next(2) == 0; // what is sent into a link that is being lost was taken, for all the sender knows
            }

            _sentKinds.Add(kind);
            node.Inbox(from).Add((kind, body.ToArray()));
            return true;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (SimulatedNode node in Nodes.Values)
        {
            await node.DisposeAsync();
        }

    }
}
