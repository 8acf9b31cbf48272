namespace SkyTree.AspNetCore.Portal.Live;

/// <summary>What this node was doing at one moment. Counters run since its start; rates are of the second before.</summary>
public sealed record PulseSample
{
    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Connections.</summary>
    public int Connections { get; init; }

    /// <summary>Sessions, connected or not.</summary>
    public int Sessions { get; init; }

    /// <summary>Subscriptions; a shared group counts once.</summary>
    public long Subscriptions { get; init; }

    /// <summary>Retained messages.</summary>
    public int Retained { get; init; }

    /// <summary>PUBLISH packets received.</summary>
    public long MessagesIn { get; init; }

    /// <summary>PUBLISH packets sent.</summary>
    public long MessagesOut { get; init; }

    /// <summary>Messages that a subscriber did not get.</summary>
    public long MessagesDropped { get; init; }

    /// <summary>Bytes received.</summary>
    public long BytesIn { get; init; }

    /// <summary>Bytes sent.</summary>
    public long BytesOut { get; init; }

    /// <summary>PUBLISH packets received each second.</summary>
    public double InPerSecond { get; init; }

    /// <summary>PUBLISH packets sent each second.</summary>
    public double OutPerSecond { get; init; }

    /// <summary>Messages dropped each second.</summary>
    public double DroppedPerSecond { get; init; }

    /// <summary>Bytes received each second.</summary>
    public double BytesInPerSecond { get; init; }

    /// <summary>Bytes sent each second.</summary>
    public double BytesOutPerSecond { get; init; }
}
