using System.ComponentModel.DataAnnotations;

namespace SkyTree.Core.Listeners;

/// <summary>What one listener allows its clients. Each listener has its own.</summary>
public sealed record ListenerLimits
{
    /// <summary>Connections at a time, 1 to 10,000,000; further ones are closed at once.</summary>
    [Range(1, 10_000_000)]
    public int MaxConnections { get; init; } = 1_000_000;

    /// <summary>Connections at a time from one address, up to 10,000,000; 0: no limit of its own. Of IPv6 the first 64 bits count as one address.</summary>
    [Range(0, 10_000_000)]
    public int MaxConnectionsPerAddress { get; init; }

    /// <summary>Connections at a time that have not completed CONNECT, 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    public int MaxUnauthenticated { get; init; } = 10_000;

    /// <summary>Connections at a time from one address that have not completed CONNECT, 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    public int MaxUnauthenticatedPerAddress { get; init; } = 1_000;

    /// <summary>New connections per second, up to 10,000,000, with a burst of one second; 0: no limit.</summary>
    [Range(0, 10_000_000)]
    public int ConnectionsPerSecond { get; init; }

    /// <summary>PUBLISH packets per second of one client; a faster one is read more slowly. 0: no limit.</summary>
    [Range(0, int.MaxValue)]
    public int PublishesPerSecond { get; init; }

    /// <summary>Bytes per second of one client; a faster one is read more slowly. 0: no limit.</summary>
    [Range(0, int.MaxValue)]
    public int BytesPerSecond { get; init; }

    /// <summary>The largest packet in bytes, fixed header included, 64 to 268,435,460. A larger one is refused from its header.</summary>
    [Range(64, 268_435_460)]
    public int MaxPacketSize { get; init; } = 1024 * 1024;

    /// <summary>The largest CONNECT (and AUTH during connecting) in bytes, 64 to 268,435,460.</summary>
    [Range(64, 268_435_460)]
    public int MaxConnectPacketSize { get; init; } = 64 * 1024;

    /// <summary>Seconds from accepting to a completed CONNECT, 1 to 3,600.</summary>
    [Range(1, 3600)]
    public int ConnectTimeoutSeconds { get; init; } = 10;

    /// <summary>Bytes that may wait in memory to be sent to one client, 4,096 to 1,073,741,824. Beyond it QoS 0 is dropped and counted, QoS 1 and 2 wait.</summary>
    [Range(4096, 1_073_741_824)]
    public int MaxOutboundBytes { get; init; } = 4 * 1024 * 1024;
}
