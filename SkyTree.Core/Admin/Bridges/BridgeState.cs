namespace SkyTree.Core.Admin.Bridges;

/// <summary>What a bridge is doing.</summary>
public enum BridgeState
{
    /// <summary>Nothing on this node: another one leads the cluster and runs it, or none does for now.</summary>
    Standby,

    /// <summary>It connects to the other broker.</summary>
    Connecting,

    /// <summary>Messages pass.</summary>
    Connected,

    /// <summary>The other broker was not to be had, or was lost; it is tried again soon.</summary>
    Waiting,

    /// <summary>Somebody has paused it.</summary>
    Paused,
}
