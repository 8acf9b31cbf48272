using System.Collections.Concurrent;
using SkyTree.Core.Replication;
using SkyTree.Core.Replication.Records;

namespace SkyTree.Cluster.Replication;

/// <content>The format level rises when every node agrees that it does.</content>
internal sealed partial class ClusterReplicator
{
    private readonly ConcurrentDictionary<Guid, Agreement> _agreed = []; // what nodes have said, while this one leads or did

    private int _toldLevel; // guarded by _applyGate

    /// <summary>The level at which the cluster writes, as far as this node has applied.</summary>
    public int Level => _state.Level;

    /// <summary>The highest level that this node agrees to.</summary>
    public int AgreedLevel => _parts.AgreedLevel;

    // Releases before the second level do not say.
    private static int ReadAgreed(ref RecordReader reader) => reader.IsAtEnd ? FormatLevel.Oldest : reader.Byte();

    /// <summary>
    /// On the leader. All who vote must have said so in the life that they are in: one that is away may come back as an
    /// earlier release. So must those who propose and do not vote (yet, or any more).
    /// </summary>
    private void RaiseLevelIfAllAgree()
    {
        int level = _parts.AgreedLevel;
        if (level <= _state.Level || _log.Voters is not { } voters)
        {
            return;
        }

        Dictionary<Guid, long> up = NodesNow().ToDictionary(node => node.Node, node => node.Incarnation);
        if (!voters.All(up.ContainsKey))
        {
            return;
        }

        foreach ((Guid node, long incarnation) in up)
        {
            if (node != _node)
            {
                level = Math.Min(level, _agreed.TryGetValue(node, out Agreement agreement) && agreement.Incarnation == incarnation ? agreement.Level : FormatLevel.Oldest);
            }
        }

        if (level > _state.Level)
        {
            TakeBlock(EntryFormat.Own(new RaiseLevel(level)));
        }
    }

    /// <param name="Incarnation">Which process of a node has said it.</param>
    /// <param name="Level">The highest level that it agrees to.</param>
    private readonly record struct Agreement(long Incarnation, int Level);
}
