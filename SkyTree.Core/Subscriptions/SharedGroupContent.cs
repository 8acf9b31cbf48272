using SkyTree.Core.Registry;

namespace SkyTree.Core.Subscriptions;

/// <summary>What people want of a shared group, as it is kept.</summary>
internal sealed record SharedGroupContent
{
    /// <summary>The node that is to hand out what the group reads from the log, while it has a member.</summary>
    public Guid Dispatcher { get; init; }

    public static SharedGroupContent Of(RegistryEntry entry) => entry.Read(RegistryJson.Decode<SharedGroupContent>);
}
