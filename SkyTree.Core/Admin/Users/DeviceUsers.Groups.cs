using SkyTree.Core.Registry;
using SkyTree.Core.Security.Access;
using SkyTree.Core.Security.Users;

namespace SkyTree.Core.Admin.Users;

/// <content>Groups, which are nothing of their own: they are as long as a user or a rule names them.</content>
public sealed partial class DeviceUsers
{
    private volatile GroupList? _groups; // of the registry as it was when it was last asked for

    /// <summary>Groups in the order of their names.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="prefix">How the name begins; null: anyhow.</param>
    /// <param name="after">Where the page before ended; null: the first page.</param>
    /// <param name="limit">Groups at most, 1 to 1,000.</param>
    /// <exception cref="AdminException">The caller may not see them, or the cursor or the limit makes no sense.</exception>
    public Page<UserGroup> ListGroups(Caller caller, string? prefix = null, string? after = null, int limit = 100)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Users, AdminAccess.Read);
        Paging.RequireLimit(limit);
        string begin = Paging.Decode(after, 1) is [{ } name] ? name : "";
        RegistrySnapshot users = _registry[Collection];
        RegistrySnapshot rules = _registry[RegistryCollection.AccessRules];
        GroupList? list = _groups;
        if (list is null || !ReferenceEquals(list.Users, users) || !ReferenceEquals(list.Rules, rules))
        {
            _groups = list = new GroupList(users, rules); // whoever else finds it old makes the same
        }

        UserGroup[] page =
        [
            .. list.Groups.Where(group => string.CompareOrdinal(group.Name, begin) > 0 && group.Name.StartsWith(prefix ?? "", StringComparison.Ordinal)).Take(limit + 1),
        ];
        return page.Length > limit ? new Page<UserGroup>(page[..limit], Paging.Encode(page[limit - 1].Name)) : new Page<UserGroup>(page, null);
    }

    private sealed class GroupList
    {
        public GroupList(RegistrySnapshot users, RegistrySnapshot rules)
        {
            (Users, Rules) = (users, rules);
            Dictionary<string, (int Users, int Rules)> counts = new(StringComparer.Ordinal);
            foreach (string name in users.Entries.SelectMany(entry => UserContent.Of(entry).Groups.Distinct(StringComparer.Ordinal)))
            {
                counts[name] = counts.GetValueOrDefault(name) is var count ? (count.Users + 1, count.Rules) : default;
            }

            foreach (string name in rules.Entries.Select(entry => AccessRuleContent.Of(entry).Rule.Group).OfType<string>())
            {
                counts[name] = counts.GetValueOrDefault(name) is var count ? (count.Users, count.Rules + 1) : default;
            }

            Groups = [.. counts.Select(pair => new UserGroup(pair.Key, pair.Value.Users, pair.Value.Rules)).OrderBy(group => group.Name, StringComparer.Ordinal)];
        }

        public RegistrySnapshot Users { get; }

        public RegistrySnapshot Rules { get; }

        public UserGroup[] Groups { get; }
    }
}
