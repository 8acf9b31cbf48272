namespace SkyTree.Core.Admin.Accounts;

/// <summary>Somebody who may use the portal and the HTTP API.</summary>
/// <param name="Name">The name.</param>
/// <param name="Role">What they may do at most.</param>
/// <param name="IsDisabled">Whether they are kept out.</param>
/// <param name="MustChangePassword">Whether they must choose a password before they do anything else.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="PasswordChangedAt">When the password was set.</param>
/// <param name="LastLoginAt">When they were here last, to the hour; null: never.</param>
/// <param name="Version">Rises with each change.</param>
public sealed record AdminAccount(
    string Name,
    AdminRole Role,
    bool IsDisabled,
    bool MustChangePassword,
    DateTimeOffset CreatedAt,
    DateTimeOffset PasswordChangedAt,
    DateTimeOffset? LastLoginAt,
    long Version);
