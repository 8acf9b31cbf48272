using SkyTree.Core.Registry;

namespace SkyTree.Core.Admin.Accounts;

/// <summary>An API key as it is kept.</summary>
internal sealed record ApiKeyContent
{
    public string Name { get; init; } = "";

    public AdminRole Role { get; init; }

    public IReadOnlyList<string>? Scopes { get; init; }

    public long? ExpiresAtMs { get; init; }

    public bool IsDisabled { get; init; }

    public long CreatedAtMs { get; init; }

    public string CreatedBy { get; init; } = "";

    public byte[] SecretHash { get; init; } = [];

    public static ApiKeyContent Of(RegistryEntry entry) => entry.Read(RegistryJson.Decode<ApiKeyContent>);

    public RegistryChange Set(string id, long? expected) => new(RegistryCollection.ApiKeys, id, RegistryJson.Encode(this)) { Expected = expected };

    /// <summary>What may be seen of it.</summary>
    public string Shown() => RegistryJson.Text(new
    {
        Name,
        Role,
        Scopes,
        ExpiresAt = ExpiresAtMs is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : (DateTimeOffset?)null,
        IsDisabled,
    });

    public HashSet<(AdminArea, AdminAccess)>? ScopeSet()
    {
        if (Scopes is null)
        {
            return null;
        }

        HashSet<(AdminArea, AdminAccess)> set = [];
        foreach (string text in Scopes)
        {
            if (AdminScopes.TryParse(text, out var scope))
            {
                set.Add(scope); // one that this version does not know permits nothing
            }
        }

        return set;
    }
}
