using System.ComponentModel.DataAnnotations;

namespace SkyTree.Core.Sessions.Limits;

/// <summary>
/// How much may be stored for one durable session (configuration section <c>SkyTree:Store:QueueLimits</c>): of messages at
/// QoS 1 and 2 that it has not acknowledged. Without limits, which is the default, it gets everything. Shared groups are not
/// concerned.
/// </summary>
internal sealed record QueueLimits
{
    private const double LargestCount = 1_000_000_000_000;
    private const double LargestSize = 1_000_000_000_000_000;

    /// <summary>Messages that may wait for a session, 0 to 1,000,000,000,000; 0: however many.</summary>
    [Range(0, LargestCount)]
    public long MaximumMessages { get; init; }

    /// <summary>Bytes of payload and properties that may wait for a session, 0 to 1,000,000,000,000,000; 0: however many.</summary>
    [Range(0, LargestSize)]
    public long MaximumBytes { get; init; }

    /// <summary>Seconds after which a message that a session has not been sent is dropped for it, whatever the policy, 0 to 2,147,483,647; 0: never.</summary>
    [Range(0, int.MaxValue)]
    public int MaximumAgeSeconds { get; init; }

    /// <summary>What gives way when more waits than <see cref="MaximumMessages"/> or <see cref="MaximumBytes"/>.</summary>
    public QueueLimitPolicy Policy { get; init; }

    /// <summary>Whether there is any limit.</summary>
    internal bool AreSet => MaximumMessages > 0 || MaximumBytes > 0 || MaximumAgeSeconds > 0;

    /// <summary>Checks what ranges cannot say.</summary>
    /// <param name="limits">The limits.</param>
    /// <param name="section">The configuration key that they are under, such as <c>SkyTree:Store:QueueLimits</c>.</param>
    /// <param name="errors">Receives one line for each mistake, beginning with the full key.</param>
    public static void Validate(QueueLimits limits, string section, ICollection<string> errors)
    {
        ArgumentNullException.ThrowIfNull(limits);
        ArgumentNullException.ThrowIfNull(errors);
        if (limits is { Policy: not QueueLimitPolicy.DropOldest, MaximumMessages: 0, MaximumBytes: 0 })
        {
            errors.Add($"{section}:{nameof(Policy)}: {limits.Policy} needs {nameof(MaximumMessages)} or {nameof(MaximumBytes)}; what is over age is dropped whatever the policy");
        }
    }

    /// <summary>By how much a backlog is beyond the limits; nothing where there is no limit.</summary>
    internal QueueUsage Excess(QueueUsage backlog) => new(
        MaximumMessages > 0 ? Math.Max(0, backlog.Messages - MaximumMessages) : 0,
        MaximumBytes > 0 ? Math.Max(0, backlog.Bytes - MaximumBytes) : 0);

    /// <summary>Whether nothing more may be added to a backlog.</summary>
    internal bool AreReached(QueueUsage backlog) =>
        (MaximumMessages > 0 && backlog.Messages >= MaximumMessages) || (MaximumBytes > 0 && backlog.Bytes >= MaximumBytes);
}

/// <summary>What gives way when a durable session's queue is full.</summary>
internal enum QueueLimitPolicy
{
    /// <summary>The session loses the oldest messages that it has not been sent.</summary>
    DropOldest,

    /// <summary>The session loses the newest messages.</summary>
    DropNewest,

    /// <summary>Publishers are refused what the session would get, with 0x97 or, before MQTT 5.0, without acknowledgement.</summary>
    RejectPublisher,
}
