using System.Diagnostics;
using SkyTree.Core.Messages;
using SkyTree.Core.Protocol;
using SkyTree.Core.Replication;

namespace SkyTree.Core.Connections;

/// <summary>A client's publish on its way through the replicator: when it is safe, it goes to who reads from memory, and is acknowledged.</summary>
internal sealed class PublishProposal(Connection connection, StoredMessage message, QoS qos, ushort packetId) : Proposal<PublishApplied>
{
    public StoredMessage Message => message;

    public QoS QoS => qos;

    public ushort PacketId => packetId;

    /// <summary>Its trace; null: it is not traced.</summary>
    public Activity? Trace { get; init; }

    public override void Complete() => connection.OnPublishApplied(this);
}
