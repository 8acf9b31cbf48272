using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Connections;

/// <summary>The other nodes of a cluster, whose clients get messages from memory, too.</summary>
internal interface INeighbours
{
    /// <summary>Hands a message on to the clients of a node that get it from memory; never waits. What cannot be sent is counted as dropped.</summary>
    /// <param name="node">The node.</param>
    /// <param name="message">The message.</param>
    void Publish(Guid node, ref Fanout message);

    /// <summary>The same, to one member of a shared group that is connected there.</summary>
    /// <param name="node">The node.</param>
    /// <param name="group">The group.</param>
    /// <param name="message">The message.</param>
    void Publish(Guid node, SharedGroup group, ref Fanout message);
}
