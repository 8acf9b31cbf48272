namespace SkyTree.Core.Protocol;

/// <summary>AUTH (MQTT 5.0, 3.15).</summary>
internal sealed partial class AuthPacket
{
    /// <summary>Success, Continue authentication or Re-authenticate.</summary>
    public ReasonCode ReasonCode { get; init; }

    /// <summary>Authentication Method; null only in the short form, which is Success.</summary>
    public string? AuthenticationMethod { get; init; }

    /// <summary>Authentication Data, or null.</summary>
    public ReadOnlyMemory<byte>? AuthenticationData { get; init; }

    /// <summary>Reason String.</summary>
    public string? ReasonString { get; init; }

    /// <summary>User Properties.</summary>
    public IReadOnlyList<UserProperty> UserProperties { get; init; } = [];
}
