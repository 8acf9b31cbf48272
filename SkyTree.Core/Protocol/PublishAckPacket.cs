namespace SkyTree.Core.Protocol;

/// <summary>PUBACK, PUBREC, PUBREL or PUBCOMP (MQTT 5.0, 3.4 to 3.7).</summary>
internal readonly partial record struct PublishAckPacket
{
    /// <summary>Which of the four.</summary>
    public required PacketType Type { get; init; }

    /// <summary>The packet identifier, 1 to 65,535.</summary>
    public required ushort PacketId { get; init; }

    /// <summary>The reason code; always Success with 3.x.</summary>
    public ReasonCode ReasonCode { get; init; }

    /// <summary>Reason String.</summary>
    public string? ReasonString { get; init; }

    /// <summary>User Properties; null when there are none.</summary>
    public IReadOnlyList<UserProperty>? UserProperties { get; init; }
}
