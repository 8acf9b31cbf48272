namespace SkyTree.Core.Admin.Sessions;

/// <summary>A session, connected or not.</summary>
public record SessionItem
{
    /// <summary>The client identifier.</summary>
    public required string ClientId { get; init; }

    /// <summary>Whether a client is connected.</summary>
    public bool IsConnected { get; init; }

    /// <summary>Whether it outlives its connection and reads QoS 1 and 2 from the log.</summary>
    public bool IsDurable { get; init; }

    /// <summary>The node that has it or had it last; empty: the broker is one process.</summary>
    public Guid Node { get; init; }

    /// <summary>Session Expiry Interval in seconds; <see cref="uint.MaxValue"/>: never.</summary>
    public uint ExpirySeconds { get; init; }

    /// <summary>When it expires; null while connected, or if it never does.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When its last connection ended; null while connected, and if that was not kept.</summary>
    public DateTimeOffset? DisconnectedAt { get; init; }

    /// <summary>Why it ended, in words; null while connected, and if that is not known.</summary>
    public string? DisconnectReason { get; init; }

    /// <summary>How many subscriptions it has.</summary>
    public int SubscriptionCount { get; init; }

    /// <summary>Up to this offset of the log it has acknowledged everything; of a transient session it means nothing.</summary>
    public long Cursor { get; init; }

    /// <summary>The log's last offset less the cursor: at most so many messages wait for it in the log. 0 for transient sessions.</summary>
    public long Lag { get; init; }

    /// <summary>Its connection; null: it has none, or the node that has it did not answer (then the page or the session names that node).</summary>
    public SessionConnection? Live { get; init; }
}
