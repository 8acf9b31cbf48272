namespace SkyTree.Core.Admin.Bridges;

/// <summary>Which way the messages of a topic go.</summary>
public enum BridgeDirection
{
    /// <summary>From this broker to the other one.</summary>
    Out,

    /// <summary>From the other broker to this one.</summary>
    In,

    /// <summary>Both ways; nothing goes back where it came from.</summary>
    Both,
}
