namespace SkyTree.Core.Protocol;

/// <summary>SUBSCRIBE (MQTT 5.0, 3.8).</summary>
internal sealed partial class SubscribePacket
{
    /// <summary>The packet identifier, 1 to 65,535.</summary>
    public ushort PacketId { get; init; }

    /// <summary>Subscription Identifier, 1 to 268,435,455; 0 when absent.</summary>
    public uint SubscriptionIdentifier { get; init; }

    /// <summary>User Properties.</summary>
    public IReadOnlyList<UserProperty> UserProperties { get; init; } = [];

    /// <summary>The topic filters with their options, at least one, in order.</summary>
    public IReadOnlyList<SubscribeRequest> Requests { get; init; } = [];
}

/// <summary>One topic filter of a SUBSCRIBE. The filter is well-formed UTF-8; its syntax is checked by the receiver.</summary>
/// <param name="Filter">The topic filter, as sent: it may be shared (<c>$share/…</c>).</param>
/// <param name="QoS">The maximum QoS asked for.</param>
/// <param name="NoLocal">No Local.</param>
/// <param name="RetainAsPublished">Retain As Published.</param>
/// <param name="RetainHandling">Retain Handling.</param>
public readonly record struct SubscribeRequest(
    string Filter,
    QoS QoS,
    bool NoLocal = false,
    bool RetainAsPublished = false,
    RetainHandling RetainHandling = RetainHandling.Send);
