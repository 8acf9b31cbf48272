namespace SkyTree.Core.Admin.Accounts;

/// <summary>A key that a program shows to the HTTP API.</summary>
/// <param name="Id">Its identifier, which is no secret.</param>
/// <param name="Name">What it is for, in words.</param>
/// <param name="Role">What it may do at most.</param>
/// <param name="Scopes">What it is limited to beyond its role, such as <c>sessions:read</c>; null: to nothing.</param>
/// <param name="ExpiresAt">When it ends; null: never.</param>
/// <param name="IsDisabled">Whether it is refused.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="CreatedBy">Who made it.</param>
/// <param name="LastUsedAt">When it was used last, to the hour; null: never.</param>
/// <param name="Version">Rises with each change.</param>
public sealed record ApiKey(
    string Id,
    string Name,
    AdminRole Role,
    IReadOnlyList<string>? Scopes,
    DateTimeOffset? ExpiresAt,
    bool IsDisabled,
    DateTimeOffset CreatedAt,
    string CreatedBy,
    DateTimeOffset? LastUsedAt,
    long Version);

/// <summary>A key that has just been made. The secret is shown this once.</summary>
/// <param name="Key">The key.</param>
/// <param name="Token">What the program shows: <c>{id}.{secret}</c>.</param>
public sealed record NewApiKey(ApiKey Key, string Token);
