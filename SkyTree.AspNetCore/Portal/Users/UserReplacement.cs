using SkyTree.Core.Admin.Users;

namespace SkyTree.AspNetCore.Portal.Users;

/// <summary>A user that an import would replace.</summary>
/// <param name="Name">The name.</param>
/// <param name="Added">Groups that it would come to.</param>
/// <param name="Removed">Groups that it would leave.</param>
/// <param name="Disabled">Whether it would be refused from then on (true) or admitted again (false); null: as before.</param>
/// <param name="LosesPassword">Whether it has a password and would have none.</param>
public sealed record UserReplacement(string Name, IReadOnlyList<string> Added, IReadOnlyList<string> Removed, bool? Disabled, bool LosesPassword)
{
    /// <summary>What would change.</summary>
    /// <param name="existing">The user as it is.</param>
    /// <param name="wanted">As the import has it.</param>
    public static UserReplacement Of(DeviceUser existing, UserImport wanted)
    {
        ArgumentNullException.ThrowIfNull(existing);
        ArgumentNullException.ThrowIfNull(wanted);
        IReadOnlyList<string> groups = wanted.Groups ?? [];
        return new UserReplacement(
            existing.Name,
            [.. groups.Except(existing.Groups)],
            [.. existing.Groups.Except(groups)],
            existing.IsDisabled == wanted.IsDisabled ? null : wanted.IsDisabled,
            existing.HasPassword && wanted.Password is null && wanted.PasswordHash is null);
    }
}
