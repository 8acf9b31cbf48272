using System.Globalization;
using Grpc.Core;

namespace SkyTree.Cluster.Peers.Protocol;

/// <summary>Who a node says it is: in the headers of each of its calls, and in the answer to the one that opens a stream.</summary>
/// <param name="Cluster">The name of its cluster.</param>
/// <param name="Node">Its identity.</param>
/// <param name="Incarnation">Which of its lives it is in.</param>
/// <param name="OldestLevel">The lowest format level that it can do with: that of its cluster.</param>
/// <param name="NewestLevel">The highest format level that it reads.</param>
/// <param name="Stream">Rises with each stream that it opens to the same node; 0 in answers.</param>
internal sealed record PeerHello(string Cluster, NodeId Node, long Incarnation, int OldestLevel, int NewestLevel, long Stream)
{
    /// <summary>What this node says of itself.</summary>
    public static PeerHello Of(PeerLinksOptions options, long stream = 0)
        => new(options.Cluster, options.Node, options.Incarnation, Math.Max(options.OldestLevel, options.WrittenLevel()), options.NewestLevel, stream);

    /// <summary>Null when they are not a node's.</summary>
    public static PeerHello? TryRead(Metadata headers)
        => headers.GetValue("skytree-cluster") is { } cluster
            && NodeId.TryParse(headers.GetValue("skytree-node"), out NodeId node)
            && long.TryParse(headers.GetValue("skytree-incarnation"), CultureInfo.InvariantCulture, out long incarnation)
            && int.TryParse(headers.GetValue("skytree-oldest"), CultureInfo.InvariantCulture, out int oldest)
            && int.TryParse(headers.GetValue("skytree-newest"), CultureInfo.InvariantCulture, out int newest)
            && long.TryParse(headers.GetValue("skytree-stream"), CultureInfo.InvariantCulture, out long stream)
                ? new PeerHello(Uri.UnescapeDataString(cluster), node, incarnation, oldest, newest, stream)
                : null;

    /// <summary>The headers; a name may have letters that headers may not.</summary>
    public Metadata ToHeaders() => new()
    {
        { "skytree-cluster", Uri.EscapeDataString(Cluster) },
        { "skytree-node", Node.ToString() },
        { "skytree-incarnation", Incarnation.ToString(CultureInfo.InvariantCulture) },
        { "skytree-oldest", OldestLevel.ToString(CultureInfo.InvariantCulture) },
        { "skytree-newest", NewestLevel.ToString(CultureInfo.InvariantCulture) },
        { "skytree-stream", Stream.ToString(CultureInfo.InvariantCulture) },
    };

    /// <summary>Why this node does not talk to one that says this; null when it does.</summary>
    public string? RefusalOf(PeerHello other)
    {
        if (other.Cluster != Cluster)
        {
            return $"it belongs to cluster '{other.Cluster}', this node to '{Cluster}'";
        }

        if (other.Node == Node)
        {
            return other.Incarnation == Incarnation
                ? "it is this node itself: the address of another node leads here"
                : $"it has this node's own identity {Node}: two nodes run with copies of one data folder";
        }

        return other.NewestLevel < OldestLevel || other.OldestLevel > NewestLevel
            ? $"it knows format levels {other.OldestLevel} to {other.NewestLevel}, this node {OldestLevel} to {NewestLevel}: upgrade the older one first, one release at a time"
            : null;
    }

    /// <summary>The highest format level that both read.</summary>
    public int LevelWith(PeerHello other) => Math.Min(NewestLevel, other.NewestLevel);
}
