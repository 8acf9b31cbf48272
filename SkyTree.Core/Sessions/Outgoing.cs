using SkyTree.Core.Messages;

namespace SkyTree.Core.Sessions;

/// <summary>A QoS 2 message that a durable session has been or is being sent; part of the replicated state.</summary>
internal sealed record OutgoingMessage
{
    public required ushort PacketId { get; init; }

    /// <summary>Orders what one session was sent.</summary>
    public required long Sequence { get; init; }

    /// <summary>Its offset in the log; 0: it is not in the log, and <see cref="Message"/> holds it.</summary>
    public long Offset { get; init; }

    /// <summary>The whole <c>$share/…</c> filter of the group that it came through, or null.</summary>
    public string? Group { get; init; }

    /// <summary>The replay that it is sent for: then <see cref="Message"/> holds it, too. 0: none.</summary>
    public long ReplayId { get; init; }

    /// <summary>The message, where the log does not have it or may lose it; null once it has been received.</summary>
    public StoredMessage? Message { get; init; }

    /// <summary>The topic of a retained message that was sent for a subscription; null for others.</summary>
    public string? RetainedTopic { get; init; }

    /// <summary>Whether it goes out with RETAIN.</summary>
    public bool Retain { get; init; }

    public OutgoingStage Stage { get; init; }
}

/// <summary>How far it has come.</summary>
internal enum OutgoingStage : byte
{
    /// <summary>PUBLISH may have been sent.</summary>
    Published = 1,

    /// <summary>PUBREC came: PUBREL may have been sent.</summary>
    Released = 2,
}
