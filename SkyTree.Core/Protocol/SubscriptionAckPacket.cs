namespace SkyTree.Core.Protocol;

/// <summary>SUBACK or UNSUBACK (MQTT 5.0, 3.9 and 3.11): a reason code for each filter of the request, in its order.</summary>
internal sealed partial class SubscriptionAckPacket
{
    /// <summary><see cref="PacketType.SubAck"/> or <see cref="PacketType.UnsubAck"/>.</summary>
    public required PacketType Type { get; init; }

    /// <summary>The packet identifier of the request.</summary>
    public ushort PacketId { get; init; }

    /// <summary>Reason String.</summary>
    public string? ReasonString { get; init; }

    /// <summary>User Properties.</summary>
    public IReadOnlyList<UserProperty> UserProperties { get; init; } = [];

    /// <summary>The reason codes. Written to a 3.x client as 0, 1, 2 or 0x80 in SUBACK, and not at all in UNSUBACK.</summary>
    public IReadOnlyList<ReasonCode> ReasonCodes { get; init; } = [];
}
