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

    public override void Complete() => connection.OnPublishApplied(this);
}
