namespace SkyTree.Core.Admin.Users;

/// <summary>A user that devices connect as.</summary>
/// <param name="Name">The name, compared byte by byte.</param>
/// <param name="Groups">Groups that rules may name.</param>
/// <param name="IsDisabled">Whether it is refused.</param>
/// <param name="HasPassword">Whether it can be admitted by password.</param>
/// <param name="HasScram">Whether it can be admitted by SCRAM-SHA-256.</param>
/// <param name="IsConfigured">Whether it is in the configuration file: then it cannot be changed here.</param>
/// <param name="CreatedAt">When it was made; null: it is in the configuration.</param>
/// <param name="PasswordChangedAt">When the password was set; null: never, or it is in the configuration.</param>
/// <param name="Version">Rises with each change; 0: it is in the configuration.</param>
public sealed record DeviceUser(
    string Name,
    IReadOnlyList<string> Groups,
    bool IsDisabled,
    bool HasPassword,
    bool HasScram,
    bool IsConfigured,
    DateTimeOffset? CreatedAt,
    DateTimeOffset? PasswordChangedAt,
    long Version);
