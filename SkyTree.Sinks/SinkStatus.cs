namespace SkyTree.Sinks;

/// <summary>How a sink is. Counters are those of the node that runs it, since it began to.</summary>
internal sealed record SinkStatus
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>What it is, such as <c>Webhook</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Where it writes to; empty: it has not run yet.</summary>
    public string Target { get; init; } = "";

    /// <summary>What it reads.</summary>
    public IReadOnlyList<string> Filters { get; init; } = [];

    /// <summary>The client identifier of its session.</summary>
    public required string ClientId { get; init; }

    /// <summary>What it does.</summary>
    public SinkState State { get; init; }

    /// <summary>The node that runs it; null: none, or the broker is one process.</summary>
    public Guid? Node { get; init; }

    /// <summary>The log's last offset less its place there: at most so many messages are to be written.</summary>
    public long Lag { get; init; }

    /// <summary>Messages that were written.</summary>
    public long Written { get; init; }

    /// <summary>Attempts to write that failed.</summary>
    public long Failed { get; init; }

    /// <summary>Messages that were given up.</summary>
    public long DeadLettered { get; init; }

    /// <summary>When the last batch was written; null: none was.</summary>
    public DateTimeOffset? LastWrittenAt { get; init; }

    /// <summary>Why the last attempt failed that did; null: none did.</summary>
    public string? LastError { get; init; }

    /// <summary>When that was.</summary>
    public DateTimeOffset? LastErrorAt { get; init; }

    /// <summary>When it is tried again; null: it is not <see cref="SinkState.Retrying"/>.</summary>
    public DateTimeOffset? RetryAt { get; init; }
}
