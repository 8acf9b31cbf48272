namespace SkyTree.Core.Protocol;

/// <summary>CONNACK (MQTT 5.0, 3.2). Null properties are not sent; for 3.x only the flag and the return code are.</summary>
internal sealed partial class ConnAckPacket
{
    /// <summary>Session Present.</summary>
    public bool SessionPresent { get; init; }

    /// <summary>The reason code. Written to a 3.x client as the return code that comes nearest.</summary>
    public ReasonCode ReasonCode { get; init; }

    /// <summary>Session Expiry Interval in seconds, when it is not what the client asked for.</summary>
    public uint? SessionExpirySeconds { get; init; }

    /// <summary>Receive Maximum.</summary>
    public ushort? ReceiveMaximum { get; init; }

    /// <summary>Maximum QoS: 0 or 1; null means 2.</summary>
    public QoS? MaximumQoS { get; init; }

    /// <summary>Retain Available.</summary>
    public bool? RetainAvailable { get; init; }

    /// <summary>Maximum Packet Size in bytes.</summary>
    public uint? MaximumPacketSize { get; init; }

    /// <summary>Assigned Client Identifier.</summary>
    public string? AssignedClientId { get; init; }

    /// <summary>Topic Alias Maximum.</summary>
    public ushort? TopicAliasMaximum { get; init; }

    /// <summary>Reason String.</summary>
    public string? ReasonString { get; init; }

    /// <summary>User Properties.</summary>
    public IReadOnlyList<UserProperty> UserProperties { get; init; } = [];

    /// <summary>Wildcard Subscription Available.</summary>
    public bool? WildcardSubscriptionAvailable { get; init; }

    /// <summary>Subscription Identifiers Available.</summary>
    public bool? SubscriptionIdentifiersAvailable { get; init; }

    /// <summary>Shared Subscription Available.</summary>
    public bool? SharedSubscriptionAvailable { get; init; }

    /// <summary>Server Keep Alive in seconds.</summary>
    public ushort? ServerKeepAliveSeconds { get; init; }

    /// <summary>Response Information.</summary>
    public string? ResponseInformation { get; init; }

    /// <summary>Server Reference.</summary>
    public string? ServerReference { get; init; }

    /// <summary>Authentication Method.</summary>
    public string? AuthenticationMethod { get; init; }

    /// <summary>Authentication Data.</summary>
    public ReadOnlyMemory<byte>? AuthenticationData { get; init; }
}
