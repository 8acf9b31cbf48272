namespace SkyTree.Core.Listeners;

/// <summary>What one listener allows its clients. Each listener has its own.</summary>
public sealed record ListenerLimits
{
    /// <summary>Connections at a time, 1 to 10,000,000; further ones are closed at once.</summary>
    public int MaxConnections { get; init; } = 1_000_000;

    /// <summary>Connections at a time from one address; 0: no limit of its own.</summary>
    public int MaxConnectionsPerAddress { get; init; }

    /// <summary>Connections at a time that have not completed CONNECT, 1 to 1,000,000.</summary>
    public int MaxUnauthenticated { get; init; } = 10_000;

    /// <summary>Connections at a time from one address that have not completed CONNECT, 1 to 1,000,000.</summary>
    public int MaxUnauthenticatedPerAddress { get; init; } = 1_000;

    /// <summary>New connections per second, with a burst of one second; 0: no limit.</summary>
    public int ConnectionsPerSecond { get; init; }

    /// <summary>PUBLISH packets per second of one client; a faster one is read more slowly. 0: no limit.</summary>
    public int PublishesPerSecond { get; init; }

    /// <summary>Bytes per second of one client; a faster one is read more slowly. 0: no limit.</summary>
    public int BytesPerSecond { get; init; }

    /// <summary>The largest packet in bytes, fixed header included, 64 to 268,435,460. A larger one is refused from its header.</summary>
    public int MaxPacketSize { get; init; } = 1024 * 1024;

    /// <summary>The largest CONNECT (and AUTH during connecting) in bytes, 64 to 268,435,460.</summary>
    public int MaxConnectPacketSize { get; init; } = 64 * 1024;

    /// <summary>Seconds from accepting to a completed CONNECT, 1 to 3,600.</summary>
    public int ConnectTimeoutSeconds { get; init; } = 10;

    /// <summary>Bytes that may wait in memory to be sent to one client, 4,096 to 1,073,741,824. Beyond it QoS 0 is dropped and counted, QoS 1 and 2 wait.</summary>
    public int MaxOutboundBytes { get; init; } = 4 * 1024 * 1024;
}
