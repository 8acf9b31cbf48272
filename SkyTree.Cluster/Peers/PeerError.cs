namespace SkyTree.Cluster.Peers;

/// <summary>Why a request did not succeed.</summary>
internal enum PeerError
{
    /// <summary>There is no link to the node, or it was lost meanwhile; whether the request was handled is unknown in that case.</summary>
    NotConnected,

    /// <summary>No answer in time; whether the request was or will be handled is unknown.</summary>
    TimedOut,

    /// <summary>The node has said no.</summary>
    Refused,

    /// <summary>The node failed while it handled the request; how far it came is unknown.</summary>
    Failed,
}
