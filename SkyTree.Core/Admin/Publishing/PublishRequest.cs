using SkyTree.Core.Admin.Messages;
using SkyTree.Core.Protocol;

namespace SkyTree.Core.Admin.Publishing;

/// <summary>A message that is to be published in the broker's name.</summary>
public sealed record PublishRequest
{
    /// <summary>The topic name; not below <c>$SYS</c>.</summary>
    public required string Topic { get; init; }

    /// <summary>The payload.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>The QoS.</summary>
    public QoS QoS { get; init; }

    /// <summary>Whether it becomes the topic's retained message; with an empty payload that is removed.</summary>
    public bool Retain { get; init; }

    /// <summary>Message Expiry Interval in seconds; null: it never expires.</summary>
    public uint? ExpirySeconds { get; init; }

    /// <summary>Its properties; null: none.</summary>
    public MessageProperties? Properties { get; init; }

    /// <summary>The client in whose name it is published, for No Local and the log; null: the broker's.</summary>
    internal string? PublisherId { get; init; }
}

/// <summary>What publishing came to.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Matched">How many subscriptions matched; a shared group counts once.</param>
/// <param name="Stored">Whether it was stored, for a durable reader or by a rule of retention.</param>
/// <param name="Offset">Its offset in the log; null: it was not stored.</param>
/// <param name="Error">In a bulk: why it was not published; null: it was.</param>
public sealed record PublishResult(string Topic, int Matched, bool Stored, long? Offset, PublishError? Error = null);

/// <summary>Why a message of a bulk was not published.</summary>
/// <param name="Code">A stable name in snake case.</param>
/// <param name="Message">The same for people.</param>
public sealed record PublishError(string Code, string Message);
