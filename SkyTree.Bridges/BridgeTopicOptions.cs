using System.ComponentModel.DataAnnotations;
using SkyTree.Core.Admin.Bridges;

namespace SkyTree.Bridges;

/// <summary>Topics that pass a bridge.</summary>
internal sealed record BridgeTopicOptions
{
    /// <summary>The topic filter, without the prefixes.</summary>
    public string Filter { get; init; } = "";

    /// <summary>Which way.</summary>
    public BridgeDirection Direction { get; init; } = BridgeDirection.Out;

    /// <summary>What the topics begin with here, and not there.</summary>
    public string LocalPrefix { get; init; } = "";

    /// <summary>What they begin with there, and not here.</summary>
    public string RemotePrefix { get; init; } = "";

    /// <summary>The highest QoS, 0 to 2: messages with a higher one pass with this. At 0 nothing waits while the other broker is away.</summary>
    [Range(0, 2)]
    public int QoS { get; init; } = 1;
}
