using SkyTree.Core.Protocol;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Connections;

/// <summary>What a SUBSCRIBE asks for in the user properties that this broker knows, for all its filters.</summary>
/// <param name="From"><c>skytree-from</c>, or null.</param>
/// <param name="Properties"><c>skytree-properties</c>.</param>
internal readonly record struct SubscribeWishes(ReplayStart? From, StoredProperties Properties)
{
    /// <summary>Reads them.</summary>
    /// <param name="properties">The SUBSCRIBE's user properties.</param>
    /// <param name="nowMs">The time now, in milliseconds since 1970-01-01 UTC.</param>
    /// <param name="wishes">What it asks for.</param>
    /// <returns>What is wrong, to be told to the client, or null.</returns>
    public static string? TryRead(IReadOnlyList<UserProperty> properties, long nowMs, out SubscribeWishes wishes)
    {
        ReplayStart? from = null;
        var stored = StoredProperties.None;
        wishes = default;
        foreach (UserProperty property in properties)
        {
            if (property.Name == "skytree-from")
            {
                if (from is not null || !ReplayStart.TryParse(property.Value, nowMs, out ReplayStart start))
                {
                    return "skytree-from is one of: earliest, an offset, a time such as 2026-11-22T00:00:00Z, -90s, -15m, -24h, -7d";
                }

                from = start;
            }
            else if (property.Name == "skytree-properties")
            {
                if (!StoredPropertiesEncoding.TryParse(property.Value, out StoredProperties wanted))
                {
                    return "skytree-properties is a list of: offset, time";
                }

                stored |= wanted;
            }
        }

        wishes = new SubscribeWishes(from, stored);
        return null;
    }
}
