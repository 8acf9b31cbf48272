using System.ComponentModel.DataAnnotations;

namespace SkyTree.Core.Listeners;

/// <summary>What one listener allows its clients. Each listener has its own.</summary>
internal sealed record ListenerLimits
{
    /// <summary>Connections at a time, 1 to 10,000,000; further ones are closed at once.</summary>
    [Range(1, 10_000_000)]
    [Changeable]
    public int MaxConnections { get; set; } = 1_000_000;

    /// <summary>Connections at a time from one address, up to 10,000,000; 0: no limit of its own. Of IPv6 the first 64 bits count as one address.</summary>
    [Range(0, 10_000_000)]
    [Changeable]
    public int MaxConnectionsPerAddress { get; set; }

    /// <summary>Connections at a time that have not completed CONNECT, 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    [Changeable]
    public int MaxUnauthenticated { get; set; } = 10_000;

    /// <summary>Connections at a time from one address that have not completed CONNECT, 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    [Changeable]
    public int MaxUnauthenticatedPerAddress { get; set; } = 1_000;

    /// <summary>New connections per second, up to 10,000,000, with a burst of one second; 0: no limit.</summary>
    [Range(0, 10_000_000)]
    [Changeable]
    public int ConnectionsPerSecond { get; set; }

    /// <summary>PUBLISH packets per second of one client; a faster one is read more slowly. 0: no limit.</summary>
    [Range(0, int.MaxValue)]
    [Changeable]
    public int PublishesPerSecond { get; set; }

    /// <summary>Bytes per second of one client; a faster one is read more slowly. 0: no limit.</summary>
    [Range(0, int.MaxValue)]
    [Changeable]
    public int BytesPerSecond { get; set; }

    /// <summary>The largest packet in bytes, fixed header included, 64 to 268,435,460. A larger one is refused from its header.</summary>
    [Range(64, 268_435_460)]
    public int MaxPacketSize { get; init; } = 1024 * 1024;

    /// <summary>The largest CONNECT (and AUTH during connecting) in bytes, 64 to 268,435,460.</summary>
    [Range(64, 268_435_460)]
    [Changeable]
    public int MaxConnectPacketSize { get; set; } = 64 * 1024;

    /// <summary>Seconds from accepting to a completed CONNECT, 1 to 3,600.</summary>
    [Range(1, 3600)]
    [Changeable]
    public int ConnectTimeoutSeconds { get; set; } = 10;

    /// <summary>Bytes that may wait in memory to be sent to one client, 4,096 to 1,073,741,824. Beyond it QoS 0 is dropped and counted, QoS 1 and 2 wait.</summary>
    [Range(4096, 1_073_741_824)]
    [Changeable(NewConnectionsOnly = true)]
    public int MaxOutboundBytes { get; set; } = 4 * 1024 * 1024;
}
