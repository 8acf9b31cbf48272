using SkyTree.Core.Protocol;

namespace SkyTree.Core.Admin.Subscriptions;

/// <summary>A subscription.</summary>
/// <param name="ClientId">Whose it is.</param>
/// <param name="Filter">The filter, with <c>$share/{group}/</c> if it is shared.</param>
/// <param name="QoS">The granted maximum QoS.</param>
/// <param name="NoLocal">No Local.</param>
/// <param name="RetainAsPublished">Retain As Published.</param>
/// <param name="Identifier">The subscription identifier; null: none.</param>
/// <param name="Group">The share group's name; null: it is not shared.</param>
/// <param name="StartOffset">Stored messages above this offset belong to it.</param>
/// <param name="IsConnected">Whether its client is connected.</param>
/// <param name="Node">The node that has the session or had it last.</param>
public sealed record SubscriptionItem(
    string ClientId,
    string Filter,
    QoS QoS,
    bool NoLocal,
    bool RetainAsPublished,
    uint? Identifier,
    string? Group,
    long StartOffset,
    bool IsConnected,
    Guid Node)
{
    internal static SubscriptionItem Of(Core.Subscriptions.Subscription subscription) => new(
        subscription.Session.ClientId,
        subscription.Filter.Text,
        subscription.QoS,
        subscription.NoLocal,
        subscription.RetainAsPublished,
        subscription.Identifiers is [uint identifier, ..] ? identifier : null,
        subscription.Filter.Group,
        subscription.StartOffset,
        subscription.Session.IsConnected,
        subscription.Session.Node);
}
