namespace SkyTree.Core.Protocol;

/// <summary>DISCONNECT (MQTT 5.0, 3.14).</summary>
internal sealed partial class DisconnectPacket
{
    /// <summary>The reason code; Success is Normal disconnection.</summary>
    public ReasonCode ReasonCode { get; init; }

    /// <summary>Session Expiry Interval in seconds; null when absent: the one of CONNECT stays. Sent by clients only.</summary>
    public uint? SessionExpirySeconds { get; init; }

    /// <summary>Reason String.</summary>
    public string? ReasonString { get; init; }

    /// <summary>User Properties.</summary>
    public IReadOnlyList<UserProperty> UserProperties { get; init; } = [];

    /// <summary>Server Reference. Sent by servers only.</summary>
    public string? ServerReference { get; init; }
}
