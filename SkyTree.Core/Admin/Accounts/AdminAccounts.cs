using System.Security.Cryptography;
using System.Text;
using SkyTree.Core.Registry;
using SkyTree.Core.Security.Passwords;

namespace SkyTree.Core.Admin.Accounts;

/// <summary>
/// Who may use the portal and the HTTP API: the same on every node. There is always one enabled administrator, from the first
/// start on.
/// </summary>
public sealed partial class AdminAccounts
{
    /// <summary>The account that the first start makes.</summary>
    public const string FirstName = "admin";

    /// <summary>Characters of a password, at least.</summary>
    public const int ShortestPassword = 10;

    private const string What = "admin";
    private const RegistryCollection Accounts = RegistryCollection.Admins;

    private readonly RegistryWriter _registry;
    private readonly PasswordChecker _passwords;
    private readonly TimeProvider _time;
    private readonly LastUses _lastUses;

    internal AdminAccounts(RegistryWriter registry, AdminOptions options, PasswordChecker passwords, LastUses lastUses, TimeProvider time)
    {
        _registry = registry;
        _passwords = passwords;
        _lastUses = lastUses;
        _time = time;
        _names = new(new(options.LockoutFailures, options.LockoutSeconds, options.MaximumLockoutSeconds), time);
        _addresses = new(new(options.LockoutFailures * 4, options.LockoutSeconds, options.MaximumLockoutSeconds), time);
    }

    /// <summary>The accounts in the order of their names.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="after">Where the page before ended; null: the first page.</param>
    /// <param name="limit">Accounts at most, 1 to 1,000.</param>
    /// <exception cref="AdminException">The caller may not see them, or the cursor or the limit makes no sense.</exception>
    public Page<AdminAccount> List(Caller caller, string? after = null, int limit = 100)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Admins, AdminAccess.Read);
        return RegistryPage.Of(_registry[Accounts], after, limit, entry => Show(entry));
    }

    /// <summary>One account.</summary>
    /// <param name="caller">Who asks; everybody may look at their own account.</param>
    /// <param name="name">Its name.</param>
    /// <exception cref="AdminException">The caller may not see it, or there is none.</exception>
    public AdminAccount Get(Caller caller, string name)
    {
        ArgumentNullException.ThrowIfNull(caller);
        if (caller.Name != name || caller.Scopes is not null)
        {
            caller.Require(AdminArea.Admins, AdminAccess.Read);
        }

        return Show(Find(_registry[Accounts], name));
    }

    /// <summary>Makes an account.</summary>
    /// <param name="caller">Who does it.</param>
    /// <param name="name">Its name: 1 to 64 letters, digits and <c>. _ @ + -</c>.</param>
    /// <param name="role">What it may do.</param>
    /// <param name="password">Its password, at least <see cref="ShortestPassword"/> characters.</param>
    /// <param name="mustChangePassword">Whether another one must be chosen at the first sign-in.</param>
    /// <exception cref="AdminException">It was not made.</exception>
    public async ValueTask<AdminAccount> CreateAsync(Caller caller, string name, AdminRole role, string password, bool mustChangePassword = true)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Admins, AdminAccess.Write);
        RequireName(name);
        RequireRole(role);
        AccountContent account = await NewAsync(role, password, mustChangePassword).ConfigureAwait(false);
        await _registry.ChangeAsync(account.Set(name, expected: 0), new RegistryNote(caller, "admins.create", name, After: account.Shown()), What).ConfigureAwait(false);
        return Show(Find(_registry[Accounts], name));
    }

    /// <summary>Changes what an account may do, or keeps it out.</summary>
    /// <param name="caller">Who does it.</param>
    /// <param name="name">Its name.</param>
    /// <param name="role">What it may do from now on; null: as before.</param>
    /// <param name="isDisabled">Whether it is kept out; null: as before.</param>
    /// <param name="version">The version that the caller has seen; null: whatever it is.</param>
    /// <exception cref="AdminException">It was not changed: the last enabled administrator is neither demoted nor disabled.</exception>
    public async ValueTask<AdminAccount> ChangeAsync(Caller caller, string name, AdminRole? role = null, bool? isDisabled = null, long? version = null)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Admins, AdminAccess.Write);
        if (role is { } asked)
        {
            RequireRole(asked);
        }

        await _registry.ChangeWholeAsync(Accounts, What, name, all =>
        {
            RegistryEntry entry = Find(all, name);
            AccountContent before = AccountContent.Of(entry);
            AccountContent after = before with { Role = role ?? before.Role, IsDisabled = isDisabled ?? before.IsDisabled };
            RequireOtherUnless(Rules(after), all, name);
            return ([after.Set(name, version ?? entry.Version)], new RegistryNote(caller, "admins.change", name, before.Shown(), after.Shown()));
        }).ConfigureAwait(false);
        return Show(Find(_registry[Accounts], name));
    }

    /// <summary>Sets another account's password.</summary>
    /// <param name="caller">Who does it.</param>
    /// <param name="name">The account.</param>
    /// <param name="password">The password, at least <see cref="ShortestPassword"/> characters.</param>
    /// <param name="mustChangePassword">Whether another one must be chosen at the next sign-in.</param>
    /// <exception cref="AdminException">It was not set.</exception>
    public async ValueTask SetPasswordAsync(Caller caller, string name, string password, bool mustChangePassword = true)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Admins, AdminAccess.Write);
        Find(_registry[Accounts], name);
        await SetPasswordAsync(caller, name, password, mustChangePassword, "admins.password").ConfigureAwait(false);
    }

    /// <summary>Changes the caller's own password.</summary>
    /// <param name="caller">Who does it: an account, signed in.</param>
    /// <param name="current">The password that they have.</param>
    /// <param name="password">The one that they want, at least <see cref="ShortestPassword"/> characters.</param>
    /// <returns>The sign-in that holds from now on; all others of the account have ended.</returns>
    /// <exception cref="AdminException">It was not changed.</exception>
    public async ValueTask<AdminSignIn> ChangeOwnPasswordAsync(Caller caller, string current, string password)
    {
        ArgumentNullException.ThrowIfNull(caller);
        if (caller.Scopes is not null || !_registry[Accounts].TryGet(caller.Name, out _))
        {
            throw new AdminException(AdminError.Denied, "no_account", "Only an account that is signed in has a password to change.");
        }

        await SignInAsync(caller.Name, current, caller.Address).ConfigureAwait(false);
        if (password == current)
        {
            throw AdminMistakes.Invalid("password", "same_password", "The new password is the old one.");
        }

        await SetPasswordAsync(caller, caller.Name, password, mustChangePassword: false, "admins.own-password").ConfigureAwait(false);
        return Resume(caller.Name, AccountContent.Of(Find(_registry[Accounts], caller.Name)).Stamp(), caller.Address)
            ?? throw new AdminException(AdminError.Conflict, "account_changed", "The account was changed meanwhile; sign in again.");
    }

    /// <summary>Removes an account.</summary>
    /// <param name="caller">Who does it.</param>
    /// <param name="name">Its name.</param>
    /// <param name="version">The version that the caller has seen; null: whatever it is.</param>
    /// <exception cref="AdminException">It was not removed: the last enabled administrator is not.</exception>
    public async ValueTask DeleteAsync(Caller caller, string name, long? version = null)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Admins, AdminAccess.Write);
        await _registry.ChangeWholeAsync(Accounts, What, name, all =>
        {
            RegistryEntry entry = Find(all, name);
            RequireOtherUnless(false, all, name);
            return (
                [
                    new RegistryChange(Accounts, name, null) { Expected = version ?? entry.Version },
                    new RegistryChange(RegistryCollection.LastUses, LastUses.Account(name), null),
                ],
                new RegistryNote(caller, "admins.delete", name, AccountContent.Of(entry).Shown()));
        }).ConfigureAwait(false);
    }

    /// <summary>Makes the first account, an administrator, if there is none at all. Several nodes may try; one does it.</summary>
    /// <param name="password">Its password; null: a random one.</param>
    /// <returns>The password if this call made the account; null: there are accounts.</returns>
    /// <exception cref="AdminException">The password is too short, or the cluster is away.</exception>
    public async ValueTask<string?> EnsureFirstAsync(string? password)
    {
        if (_registry[Accounts].Count > 0)
        {
            return null;
        }

        string chosen = string.IsNullOrEmpty(password) ? RandomPassword() : password;
        AccountContent account = await NewAsync(AdminRole.Administrator, chosen, mustChangePassword: string.IsNullOrEmpty(password)).ConfigureAwait(false);
        RegistrySnapshot all = _registry[Accounts];
        if (all.Count > 0)
        {
            return null;
        }

        RegistryOutcome outcome = await _registry.TryChangeAsync(
            [account.Set(FirstName, expected: 0)],
            new RegistryNote(Caller.Console, "admins.create", FirstName, After: account.Shown()),
            [new RegistryCondition(Accounts, all.Version)]).ConfigureAwait(false);
        return outcome.Done ? chosen : null;
    }

    /// <summary>Gives an account a random password and lets it in as an administrator, as its owner may who has the server's console.</summary>
    /// <param name="name">The account; it is made if it is not there.</param>
    /// <returns>The password, which must be changed at the next sign-in.</returns>
    /// <exception cref="AdminException">It was not set.</exception>
    public async ValueTask<string> ResetAsync(string name)
    {
        RequireName(name);
        string password = RandomPassword();
        AccountContent account = await NewAsync(AdminRole.Administrator, password, mustChangePassword: true).ConfigureAwait(false);
        await _registry.ChangeWholeAsync(Accounts, What, name, all =>
        {
            AccountContent? before = all.TryGet(name, out RegistryEntry? entry) ? AccountContent.Of(entry) : null;
            AccountContent after = before is null ? account : account with { CreatedAtMs = before.CreatedAtMs };
            return ([after.Set(name, entry?.Version ?? 0)], new RegistryNote(Caller.Console, "admins.reset", name, before?.Shown(), after.Shown()));
        }).ConfigureAwait(false);
        _names.Succeed(name);
        return password;
    }

    /// <summary>25 characters, 125 bits, without those that look alike.</summary>
    internal static string RandomPassword() => RandomNumberGenerator.GetString("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", 25);

    private async ValueTask SetPasswordAsync(Caller caller, string name, string password, bool mustChangePassword, string action)
    {
        AccountContent made = await NewAsync(AdminRole.None, password, mustChangePassword).ConfigureAwait(false);
        await _registry.ChangeWholeAsync(Accounts, What, name, all =>
        {
            RegistryEntry entry = Find(all, name);
            AccountContent before = AccountContent.Of(entry);
            AccountContent after = before with { Password = made.Password, PasswordChangedAtMs = made.PasswordChangedAtMs, MustChangePassword = mustChangePassword };
            return ([after.Set(name, entry.Version)], new RegistryNote(caller, action, name, before.Shown(), after.Shown()));
        }).ConfigureAwait(false);
    }

    private async ValueTask<AccountContent> NewAsync(AdminRole role, string password, bool mustChangePassword)
    {
        if (password is null || password.Length < ShortestPassword || !PasswordHash.IsPossible(password))
        {
            throw AdminMistakes.Invalid("password", "bad_password", $"A password has {ShortestPassword} characters or more, at most {PasswordHash.LongestPassword} bytes, and no control characters.");
        }

        byte[] bytes = Encoding.UTF8.GetBytes(password);
        PasswordHash hash = await _passwords.RunAsync(() => PasswordHash.Create(bytes), CancellationToken.None).ConfigureAwait(false) ?? throw Busy();
        long now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        return new AccountContent { Role = role, Password = hash.Format(), MustChangePassword = mustChangePassword, CreatedAtMs = now, PasswordChangedAtMs = now };
    }

    private static bool Rules(AccountContent account) => account is { Role: AdminRole.Administrator, IsDisabled: false };

    private static void RequireOtherUnless(bool stays, RegistrySnapshot all, string name)
    {
        if (!stays && !all.Entries.Any(entry => entry.Key != name && Rules(AccountContent.Of(entry))))
        {
            throw new AdminException(AdminError.Conflict, "last_administrator", $"'{name}' is the last administrator who is not disabled; make another one first.");
        }
    }

    private static void RequireName(string name)
    {
        if (name is not { Length: > 0 and <= 64 } || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '@' or '+' or '-'))
        {
            throw AdminMistakes.Invalid("name", "bad_name", "A name has 1 to 64 characters: letters, digits, '.', '_', '@', '+' and '-'.");
        }
    }

    private static void RequireRole(AdminRole role)
    {
        if (role is not (AdminRole.Viewer or AdminRole.Operator or AdminRole.Administrator))
        {
            throw AdminMistakes.Invalid("role", "bad_role", "A role is viewer, operator or administrator.");
        }
    }

    private static RegistryEntry Find(RegistrySnapshot all, string name) =>
        all.TryGet(name ?? "", out RegistryEntry? entry) ? entry : throw RegistryWriter.NotFound(What, name ?? "");

    private AdminAccount Show(RegistryEntry entry)
    {
        AccountContent content = AccountContent.Of(entry);
        return new AdminAccount(
            entry.Key,
            content.Role,
            content.IsDisabled,
            content.MustChangePassword,
            DateTimeOffset.FromUnixTimeMilliseconds(content.CreatedAtMs),
            DateTimeOffset.FromUnixTimeMilliseconds(content.PasswordChangedAtMs),
            _lastUses.Find(LastUses.Account(entry.Key)),
            entry.Version);
    }
}
