using System.Text;
using SkyTree.Core.Registry;
using SkyTree.Core.Security;
using SkyTree.Core.Security.Passwords;
using SkyTree.Core.Security.Users;

namespace SkyTree.Core.Admin.Users;

/// <summary>
/// Users that devices connect as, the same on every node. Those of the configuration are shown, too, and are changed there. Who is
/// connected as a user that is removed or disabled, or whose password is changed, is sent away (0x98).
/// </summary>
public sealed partial class DeviceUsers
{
    private const string What = "user";
    private const RegistryCollection Collection = RegistryCollection.Users;
    private const int MaximumGroups = 64;

    private readonly RegistryWriter _registry;
    private readonly UserSnapshot _configured;
    private readonly PasswordChecker _passwords;
    private readonly TimeProvider _time;

    internal DeviceUsers(RegistryWriter registry, UserSnapshot configured, PasswordChecker passwords, TimeProvider time)
    {
        _registry = registry;
        _configured = configured;
        _passwords = passwords;
        _time = time;
    }

    /// <summary>Users that people have made, in the order of their names.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="prefix">How the name begins; null: anyhow.</param>
    /// <param name="contains">What the name contains, capitals or not; null: anything.</param>
    /// <param name="group">A group that it belongs to; null: any or none.</param>
    /// <param name="after">Where the page before ended; null: the first page.</param>
    /// <param name="limit">Users at most, 1 to 1,000.</param>
    /// <exception cref="AdminException">The caller may not see them, or the cursor or the limit makes no sense.</exception>
    public Page<DeviceUser> List(Caller caller, string? prefix = null, string? contains = null, string? group = null, string? after = null, int limit = 100)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Users, AdminAccess.Read);
        return RegistryPage.Of(
            _registry[Collection],
            after,
            limit,
            Show,
            entry => (contains is null || entry.Key.Contains(contains, StringComparison.OrdinalIgnoreCase))
                && (group is null || UserContent.Of(entry).Groups.Contains(group)),
            prefix ?? "");
    }

    /// <summary>Users of the configuration file.</summary>
    /// <param name="caller">Who asks.</param>
    /// <exception cref="AdminException">The caller may not see them.</exception>
    public IReadOnlyList<DeviceUser> ListConfigured(Caller caller)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Users, AdminAccess.Read);
        return [.. _configured.Names.Order(StringComparer.Ordinal).Select(ShowConfigured)];
    }

    /// <summary>How many users people have made.</summary>
    /// <param name="caller">Who asks.</param>
    /// <exception cref="AdminException">The caller may not see them.</exception>
    public int Count(Caller caller)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Users, AdminAccess.Read);
        return _registry[Collection].Count;
    }

    /// <summary>One user.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="name">Its name.</param>
    /// <exception cref="AdminException">The caller may not see it, or there is none.</exception>
    public DeviceUser Get(Caller caller, string name)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Users, AdminAccess.Read);
        return _configured.TryGet(name ?? "", out _) ? ShowConfigured(name!) : Show(Find(name!));
    }

    /// <summary>Makes a user.</summary>
    /// <param name="caller">Who does it.</param>
    /// <param name="user">The user; without a password it is admitted by other means alone.</param>
    /// <exception cref="AdminException">It was not made.</exception>
    public async ValueTask<DeviceUser> CreateAsync(Caller caller, UserImport user)
    {
        ArgumentNullException.ThrowIfNull(caller);
        ArgumentNullException.ThrowIfNull(user);
        caller.Require(AdminArea.Users, AdminAccess.Write);
        RequireNotConfigured(user.Name);
        UserContent content = await MakeAsync(user).ConfigureAwait(false);
        await _registry.ChangeAsync(Set(user.Name, content, expected: 0), new RegistryNote(caller, "users.create", user.Name, After: content.Shown()), What).ConfigureAwait(false);
        return Show(Find(user.Name));
    }

    /// <summary>Changes a user's groups, or whether it is refused.</summary>
    /// <param name="caller">Who does it.</param>
    /// <param name="name">Its name.</param>
    /// <param name="groups">Its groups from now on; null: as before.</param>
    /// <param name="isDisabled">Whether it is refused; null: as before.</param>
    /// <param name="version">The version that the caller has seen; null: whatever it is.</param>
    /// <exception cref="AdminException">It was not changed.</exception>
    public async ValueTask<DeviceUser> ChangeAsync(Caller caller, string name, IReadOnlyList<string>? groups = null, bool? isDisabled = null, long? version = null)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Users, AdminAccess.Write);
        RequireNotConfigured(name);
        RequireGroups(groups);
        RegistryEntry entry = Find(name);
        UserContent before = UserContent.Of(entry);
        UserContent after = before with { Groups = groups is null ? before.Groups : [.. groups], IsDisabled = isDisabled ?? before.IsDisabled };
        await _registry.ChangeAsync(Set(name, after, version ?? entry.Version), new RegistryNote(caller, "users.change", name, before.Shown(), after.Shown()), What).ConfigureAwait(false);
        return Show(Find(name));
    }

    /// <summary>Sets a user's password; who is connected with the one before is sent away.</summary>
    /// <param name="caller">Who does it.</param>
    /// <param name="name">The user.</param>
    /// <param name="password">The password in clear: SCRAM-SHA-256 works with it, too; or null.</param>
    /// <param name="passwordHash">Instead, a hash in one of the forms that are known; both null: no password is right any more.</param>
    /// <param name="version">The version that the caller has seen; null: whatever it is.</param>
    /// <param name="keepConnections">Whether who is connected stays so.</param>
    /// <exception cref="AdminException">It was not set.</exception>
    public async ValueTask SetPasswordAsync(Caller caller, string name, string? password, string? passwordHash = null, long? version = null, bool keepConnections = false)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Users, AdminAccess.Write);
        RequireNotConfigured(name);
        Find(name);
        UserContent made = await MakeAsync(new UserImport(name, password, passwordHash)).ConfigureAwait(false);
        RegistryEntry entry = Find(name);
        UserContent before = UserContent.Of(entry);
        UserContent after = before with
        {
            Password = made.Password,
            Scram = made.Scram,
            PasswordChangedAtMs = made.PasswordChangedAtMs,
            Generation = keepConnections ? before.Generation : made.Generation,
        };
        await _registry.ChangeAsync(Set(name, after, version ?? entry.Version), new RegistryNote(caller, "users.password", name, before.Shown(), after.Shown()), What).ConfigureAwait(false);
    }

    /// <summary>Removes a user; who is connected as it is sent away.</summary>
    /// <param name="caller">Who does it.</param>
    /// <param name="name">Its name.</param>
    /// <param name="version">The version that the caller has seen; null: whatever it is.</param>
    /// <exception cref="AdminException">It was not removed.</exception>
    public async ValueTask DeleteAsync(Caller caller, string name, long? version = null)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Users, AdminAccess.Write);
        RequireNotConfigured(name);
        RegistryEntry entry = Find(name);
        await _registry.ChangeAsync(
            new RegistryChange(Collection, name, null) { Expected = version ?? entry.Version },
            new RegistryNote(caller, "users.delete", name, UserContent.Of(entry).Shown()),
            What).ConfigureAwait(false);
    }

    private static RegistryChange Set(string name, UserContent content, long? expected) => new(Collection, name, RegistryJson.Encode(content)) { Expected = expected };

    private async ValueTask<UserContent> MakeAsync(UserImport user)
    {
        RequireName(user.Name);
        RequireGroups(user.Groups);
        string? hash = null;
        string? scram = null;
        if (user.PasswordHash is { } given)
        {
            if (user.Password is not null)
            {
                throw AdminMistakes.Invalid("passwordHash", "two_passwords", "There is a password and a hash of one; give one of them.");
            }

            hash = PasswordHash.TryParse(given, out PasswordHash? parsed, out string? error)
                ? parsed.Format()
                : throw AdminMistakes.Invalid("passwordHash", "bad_password_hash", $"The hash {error}.");
        }
        else if (user.Password is { } password)
        {
            if (!PasswordHash.IsPossible(password))
            {
                throw AdminMistakes.Invalid("password", "bad_password", $"A password has 1 to {PasswordHash.LongestPassword} bytes in UTF-8 and no control characters.");
            }

            // Both are made, so that each way of showing the password works.
            (hash, scram) = await _passwords.RunAsync(
                () => Tuple.Create(PasswordHash.Create(Encoding.UTF8.GetBytes(password)).Format(), ScramCredential.Create(password).Format()),
                CancellationToken.None).ConfigureAwait(false) ?? throw new AdminException(AdminError.Unavailable, "too_busy", "Too many passwords are being checked; try again in a moment.");
        }

        long now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        return new UserContent
        {
            Password = hash,
            Scram = scram,
            Groups = [.. user.Groups ?? []],
            IsDisabled = user.IsDisabled,
            CreatedAtMs = now,
            PasswordChangedAtMs = hash is null ? 0 : now,
            Generation = Random.Shared.NextInt64(), // two in one moment differ, too
        };
    }

    private static void RequireName(string? name)
    {
        if (!SaslPrep.TryPrepare(name ?? "", out string? prepared) || prepared != name)
        {
            throw AdminMistakes.Invalid("name", "bad_name", $"A user name has 1 to {SaslPrep.MaxBytes} bytes in UTF-8, without control characters and unusual spaces.");
        }
    }

    private static void RequireGroups(IReadOnlyList<string>? groups)
    {
        if (groups is not null && (groups.Count > MaximumGroups || groups.Any(group => group is not { Length: > 0 and <= 128 } || group.Any(c => char.IsControl(c) || c is ';' or ','))))
        {
            throw AdminMistakes.Invalid("groups", "bad_groups", $"There are at most {MaximumGroups} groups, each of 1 to 128 characters without commas, semicolons and control characters.");
        }
    }

    private void RequireNotConfigured(string? name)
    {
        if (_configured.TryGet(name ?? "", out _))
        {
            throw new AdminException(AdminError.Conflict, "user_configured", $"'{name}' is a user of the configuration file; change it there.");
        }
    }

    private RegistryEntry Find(string? name) =>
        name is { Length: > 0 } && _registry[Collection].TryGet(name, out RegistryEntry? entry) ? entry : throw RegistryWriter.NotFound(What, name ?? "");

    private static DeviceUser Show(RegistryEntry entry)
    {
        UserContent content = UserContent.Of(entry);
        return new DeviceUser(
            entry.Key,
            content.Groups,
            content.IsDisabled,
            UserContent.HashOf(entry) is not null,
            UserContent.ScramOf(entry) is not null,
            IsConfigured: false,
            DateTimeOffset.FromUnixTimeMilliseconds(content.CreatedAtMs),
            content.PasswordChangedAtMs == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(content.PasswordChangedAtMs),
            entry.Version);
    }

    private static DeviceUser ShowConfigured(string name) => new(name, [], false, true, true, IsConfigured: true, null, null, 0);
}
