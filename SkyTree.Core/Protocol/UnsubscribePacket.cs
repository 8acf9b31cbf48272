namespace SkyTree.Core.Protocol;

/// <summary>UNSUBSCRIBE (MQTT 5.0, 3.10).</summary>
internal sealed partial class UnsubscribePacket
{
    /// <summary>The packet identifier, 1 to 65,535.</summary>
    public ushort PacketId { get; init; }

    /// <summary>User Properties.</summary>
    public IReadOnlyList<UserProperty> UserProperties { get; init; } = [];

    /// <summary>The topic filters, at least one, in order.</summary>
    public IReadOnlyList<string> Filters { get; init; } = [];
}
