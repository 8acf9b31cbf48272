using SkyTree.Core.Protocol;

namespace SkyTree.Core.Admin.Bridges;

/// <summary>A bridge to another broker, as it is now. What it counts, it counts since its node was started.</summary>
public sealed record BridgeItem
{
    /// <summary>Its name in the configuration.</summary>
    public required string Name { get; init; }

    /// <summary>The other broker, such as <c>mqtts://plant.example:8883</c>.</summary>
    public required string Server { get; init; }

    /// <summary>What it is doing.</summary>
    public required BridgeState State { get; init; }

    /// <summary>Since when.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>The node that runs it, or answers for it while none does; empty: the broker is one process.</summary>
    public Guid Node { get; init; }

    /// <summary>The client identifier of its session in this broker, which keeps what has still to be sent.</summary>
    public required string ClientId { get; init; }

    /// <summary>Why it failed last; null: it has not.</summary>
    public string? LastError { get; init; }

    /// <summary>When it failed last; null: it has not.</summary>
    public DateTimeOffset? LastErrorAt { get; init; }

    /// <summary>Messages that the other broker took; at QoS 1 and 2 it has acknowledged them.</summary>
    public long Sent { get; init; }

    /// <summary>Messages of the other broker that were published here.</summary>
    public long Received { get; init; }

    /// <summary>Messages that were not passed on because they had been here before.</summary>
    public long Looped { get; init; }

    /// <summary>Messages that were not passed on because one side does not take them, now or ever.</summary>
    public long Refused { get; init; }

    /// <summary>Connections that failed or were lost.</summary>
    public long Failures { get; init; }

    /// <summary>At most so many messages wait in the log to be sent; null: it sends none.</summary>
    public long? Lag { get; init; }

    /// <summary>Its topics.</summary>
    public IReadOnlyList<BridgeTopic> Topics { get; init; } = [];
}

/// <summary>Topics that a bridge passes on.</summary>
/// <param name="Filter">The topic filter, without the prefixes.</param>
/// <param name="Direction">Which way.</param>
/// <param name="LocalPrefix">What topics begin with here.</param>
/// <param name="RemotePrefix">What they begin with there.</param>
/// <param name="QoS">The highest QoS.</param>
public sealed record BridgeTopic(string Filter, BridgeDirection Direction, string LocalPrefix, string RemotePrefix, QoS QoS);

/// <summary>All bridges.</summary>
/// <param name="Items">By name.</param>
public sealed record BridgeList(IReadOnlyList<BridgeItem> Items)
{
    /// <summary>Nodes that did not answer: what only they know is missing.</summary>
    public IReadOnlyList<Guid> Unavailable { get; init; } = [];
}
