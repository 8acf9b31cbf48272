namespace SkyTree.Core.Diagnostics;

/// <summary>How a broker is, at one moment.</summary>
internal sealed record BrokerHealth
{
    /// <summary>Whether it has opened what it keeps, and is not stopping.</summary>
    public required bool IsRunning { get; init; }

    /// <summary>Whether it may acknowledge and serve durable sessions: always, unless it is a node of a cluster and cut off from that, or has not caught up.</summary>
    public required bool IsServing { get; init; }

    /// <summary>Whether it sends its clients to other servers.</summary>
    public required bool IsDraining { get; init; }

    /// <summary>Whether nothing more can be stored for now: the disk, the memory or the outbox is full, or the database refuses to be written.</summary>
    public required bool IsFull { get; init; }

    /// <summary>Whether the disk lacks its reserve.</summary>
    public required bool IsDiskShort { get; init; }

    /// <summary>Why the embedded database cannot be read; null: it can.</summary>
    public string? DatabaseError { get; init; }

    /// <summary>Whether there is an external store.</summary>
    public bool HasExternalStore { get; init; }

    /// <summary>Why the external store does not take messages, which wait in the outbox meanwhile; null: it does, or there is none.</summary>
    public string? ExternalStoreError { get; init; }

    /// <summary>How long ago keep-alives and expiries were looked at last; normally a quarter of a second.</summary>
    public required TimeSpan SinceLastStep { get; init; }
}
