namespace SkyTree.Core.Protocol;

/// <summary>CONNECT (MQTT 5.0, 3.1). Properties that were absent have their specified defaults, or null where absence has a meaning.</summary>
internal sealed partial class ConnectPacket
{
    /// <summary>The protocol version.</summary>
    public ProtocolVersion Version { get; init; } = ProtocolVersion.V5;

    /// <summary>Clean Start (5.0) or Clean Session (3.x).</summary>
    public bool CleanStart { get; init; }

    /// <summary>Keep Alive in seconds; 0 turns the mechanism off.</summary>
    public ushort KeepAliveSeconds { get; init; }

    /// <summary>The client identifier; empty when the server is to assign one.</summary>
    public string ClientId { get; init; } = "";

    /// <summary>The Will, or null.</summary>
    public Will? Will { get; init; }

    /// <summary>The user name, or null.</summary>
    public string? UserName { get; init; }

    /// <summary>The password, or null; it may be empty.</summary>
    public ReadOnlyMemory<byte>? Password { get; init; }

    /// <summary>Session Expiry Interval in seconds; 0 when absent, <see cref="uint.MaxValue"/>: never. 5.0 only.</summary>
    public uint SessionExpirySeconds { get; init; }

    /// <summary>Receive Maximum; 65,535 when absent.</summary>
    public ushort ReceiveMaximum { get; init; } = ushort.MaxValue;

    /// <summary>Maximum Packet Size in bytes; null: no limit.</summary>
    public uint? MaximumPacketSize { get; init; }

    /// <summary>Topic Alias Maximum; 0 when absent: the server must not send aliases.</summary>
    public ushort TopicAliasMaximum { get; init; }

    /// <summary>Request Response Information; false when absent.</summary>
    public bool RequestResponseInformation { get; init; }

    /// <summary>Request Problem Information; true when absent.</summary>
    public bool RequestProblemInformation { get; init; } = true;

    /// <summary>Authentication Method; null: no enhanced authentication.</summary>
    public string? AuthenticationMethod { get; init; }

    /// <summary>Authentication Data, or null.</summary>
    public ReadOnlyMemory<byte>? AuthenticationData { get; init; }

    /// <summary>User Properties.</summary>
    public IReadOnlyList<UserProperty> UserProperties { get; init; } = [];
}
