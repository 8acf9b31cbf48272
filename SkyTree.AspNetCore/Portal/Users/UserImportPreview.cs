using SkyTree.Core.Admin.Users;

namespace SkyTree.AspNetCore.Portal.Users;

/// <summary>What an import would change.</summary>
/// <param name="Users">The users of the import.</param>
/// <param name="Created">Names that are not there yet.</param>
/// <param name="Replaced">Names that are there and would become something else, with what.</param>
/// <param name="Configured">Names that are in the configuration: they are passed over.</param>
/// <param name="Repeated">Names that the import has more than once: the last one counts.</param>
/// <param name="WithoutPassword">How many could not be admitted by password afterwards.</param>
public sealed record UserImportPreview(
    IReadOnlyList<UserImport> Users,
    IReadOnlyList<string> Created,
    IReadOnlyList<UserReplacement> Replaced,
    IReadOnlyList<string> Configured,
    IReadOnlyList<string> Repeated,
    int WithoutPassword)
{
    /// <summary>Looks at an import.</summary>
    /// <param name="users">The users of the import.</param>
    /// <param name="find">Finds the user of a name that is there; null: there is none.</param>
    public static UserImportPreview Of(IEnumerable<UserImport> users, Func<string, DeviceUser?> find)
    {
        ArgumentNullException.ThrowIfNull(find);
        UserImport[] all = [.. users];
        List<string> created = [];
        List<UserReplacement> replaced = [];
        List<string> configured = [];
        List<string> repeated = [];
        int withoutPassword = 0;
        foreach (IGrouping<string, UserImport> name in all.GroupBy(user => user.Name, StringComparer.Ordinal))
        {
            UserImport wanted = name.Last();
            if (name.Skip(1).Any())
            {
                repeated.Add(name.Key);
            }

            switch (find(name.Key))
            {
                case { IsConfigured: true }:
                    configured.Add(name.Key);
                    continue;
                case { } existing:
                    replaced.Add(UserReplacement.Of(existing, wanted));
                    break;
                default:
                    created.Add(name.Key);
                    break;
            }

            withoutPassword += wanted.Password is null && wanted.PasswordHash is null ? 1 : 0;
        }

        return new UserImportPreview(all, created, replaced, configured, repeated, withoutPassword);
    }
}
