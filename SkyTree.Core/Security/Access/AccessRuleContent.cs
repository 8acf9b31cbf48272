using SkyTree.Core.Registry;

namespace SkyTree.Core.Security.Access;

/// <summary>A rule as it is kept.</summary>
internal sealed record AccessRuleContent
{
    public int Order { get; init; }

    public string Comment { get; init; } = "";

    public bool IsDisabled { get; init; }

    public AccessRule Rule { get; init; } = new();

    public static AccessRuleContent Of(RegistryEntry entry) => entry.Read(RegistryJson.Decode<AccessRuleContent>);
}
