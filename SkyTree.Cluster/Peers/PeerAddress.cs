namespace SkyTree.Cluster.Peers;

/// <summary>Where another node is reached.</summary>
/// <param name="Id">The node that must answer there.</param>
/// <param name="Address">An https address: scheme, host and port.</param>
internal sealed record PeerAddress(NodeId Id, Uri Address);
