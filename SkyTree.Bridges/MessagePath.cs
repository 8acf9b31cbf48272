using SkyTree.Core.Protocol;

namespace SkyTree.Bridges;

/// <summary>
/// Which brokers a message has passed, as user properties of the message, so that no ring of bridges passes it on for ever. A broker
/// notes that a message has left it, and, apart from that, that it came in over a bridge: then it may still leave by another one.
/// </summary>
/// <param name="name">What this broker is called.</param>
internal sealed class MessagePath(string name)
{
    /// <summary>The name of the user properties.</summary>
    public const string PropertyName = "skytree-path";

    private readonly string _left = name;
    private readonly string _entered = name + "/in";

    /// <summary>Notes that a message leaves.</summary>
    /// <param name="properties">Its user properties.</param>
    /// <returns>Those that it leaves with; null: it has left before.</returns>
    public IReadOnlyList<UserProperty>? Leave(IReadOnlyList<UserProperty> properties) =>
        Has(properties, _left) ? null : [.. properties, new UserProperty(PropertyName, _left)];

    /// <summary>Notes that a message comes in.</summary>
    /// <param name="properties">Its user properties.</param>
    /// <returns>Those that it is published with; null: it has been here before.</returns>
    public IReadOnlyList<UserProperty>? Enter(IReadOnlyList<UserProperty> properties) =>
        Has(properties, _left) || Has(properties, _entered) ? null : [.. properties, new UserProperty(PropertyName, _entered)];

    private static bool Has(IReadOnlyList<UserProperty> properties, string value)
    {
        foreach (UserProperty property in properties)
        {
            if (property.Name == PropertyName && property.Value == value)
            {
                return true;
            }
        }

        return false;
    }
}
