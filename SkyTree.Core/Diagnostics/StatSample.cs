namespace SkyTree.Core.Diagnostics;

/// <summary>What a node has counted up to a moment, and what it has at that moment.</summary>
public readonly record struct StatSample
{
    /// <summary>PUBLISH packets received.</summary>
    public long MessagesReceived { get; init; }

    /// <summary>PUBLISH packets sent.</summary>
    public long MessagesSent { get; init; }

    /// <summary>Messages dropped.</summary>
    public long MessagesDropped { get; init; }

    /// <summary>Bytes received.</summary>
    public long BytesReceived { get; init; }

    /// <summary>Bytes sent.</summary>
    public long BytesSent { get; init; }

    /// <summary>Clients connected to the node.</summary>
    public long Connections { get; init; }

    /// <summary>Sessions, of the whole cluster.</summary>
    public long Sessions { get; init; }

    /// <summary>Subscriptions, of the whole cluster; a shared group counts once.</summary>
    public long Subscriptions { get; init; }

    /// <summary>Retained messages, of the whole cluster.</summary>
    public long Retained { get; init; }

    /// <summary>The log's last offset: so many messages were ever stored.</summary>
    public long LastOffset { get; init; }

    /// <summary>Bytes of the files in the data folder; 0: nothing is kept there.</summary>
    public long StoreBytes { get; init; }
}
