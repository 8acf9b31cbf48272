using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SkyTree.Core.Registry;
using SkyTree.Core.Security;
using SkyTree.Core.Security.Passwords;

namespace SkyTree.Core.Admin.Accounts;

/// <content>Showing who one is. A name that is not there takes as long, and fails in the same words, as a wrong password.</content>
public sealed partial class AdminAccounts
{
    private readonly Lockout _names;
    private readonly Lockout _addresses;
    private readonly Lazy<PasswordHash> _nobody = new(PasswordHash.Unmatchable);
    private long _failures;

    /// <summary>Sign-ins that failed since the start, those that had to wait not included.</summary>
    public long Failures => Volatile.Read(ref _failures);

    /// <summary>Sign-ins that were refused unseen since the start, because the name or the address had to wait.</summary>
    public long LockedOut => _names.Refused + _addresses.Refused;

    /// <summary>Judges a name and a password. Expensive by design, and bounded.</summary>
    /// <param name="name">The name.</param>
    /// <param name="password">The password.</param>
    /// <param name="address">From where, without a port; null: from this process.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AdminException">
    /// <c>bad_credentials</c>; <c>locked_out</c>: too many failures, try again later, whatever the password; <c>too_busy</c>.
    /// </exception>
    public async ValueTask<AdminSignIn> SignInAsync(string name, string password, string? address, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(password);
        string from = AddressKey.Of(address);
        string who = name.Length <= 64 ? name : "";
        RequireNoWait(_names.Wait(who));
        RequireNoWait(_addresses.Wait(from));

        RegistryEntry? entry = _registry[Accounts].TryGet(name, out RegistryEntry? found) ? found : null;
        PasswordHash? hash = entry is null ? null : AccountContent.HashOf(entry);
        byte[] bytes = Encoding.UTF8.GetBytes(password.Length <= PasswordHash.LongestPassword ? password : "-");
        PasswordCheck check = await _passwords.CheckAsync(hash ?? _nobody.Value, bytes, cancellationToken).ConfigureAwait(false);
        CryptographicOperations.ZeroMemory(bytes);
        if (check == PasswordCheck.NotChecked)
        {
            throw Busy();
        }

        if (check != PasswordCheck.Right || entry is null || AccountContent.Of(entry).IsDisabled)
        {
            Interlocked.Increment(ref _failures);
            _names.Fail(who);
            _addresses.Fail(from);
            throw new AdminException(AdminError.Denied, "bad_credentials", "The name or the password is wrong.");
        }

        _names.Succeed(who);
        _lastUses.Note(LastUses.Account(name));
        return SignIn(entry, address);
    }

    /// <summary>Judges again who has signed in before.</summary>
    /// <param name="name">The name.</param>
    /// <param name="stamp">The stamp that the sign-in gave.</param>
    /// <param name="address">From where.</param>
    /// <returns>Who it is, with the role that the account has now; null: the account is gone or disabled, or has another password.</returns>
    public AdminSignIn? Resume(string name, string stamp, string? address)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(stamp);
        return _registry[Accounts].TryGet(name, out RegistryEntry? entry)
            && AccountContent.Of(entry) is { IsDisabled: false } content
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(stamp), Encoding.UTF8.GetBytes(content.Stamp()))
            ? SignIn(entry, address)
            : null;
    }

    private static AdminSignIn SignIn(RegistryEntry entry, string? address)
    {
        AccountContent content = AccountContent.Of(entry);
        return new AdminSignIn(new Caller(entry.Key, content.Role, address), content.MustChangePassword, content.Stamp());
    }

    private static void RequireNoWait(TimeSpan wait)
    {
        if (wait > TimeSpan.Zero)
        {
            string seconds = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            throw new AdminException(AdminError.LimitExceeded, "locked_out", $"There were too many wrong passwords; try again in {seconds} seconds.")
            {
                Fields = new Dictionary<string, string> { ["retryAfterSeconds"] = seconds },
            };
        }
    }

    private static AdminException Busy() => new(AdminError.Unavailable, "too_busy", "Too many passwords are being checked; try again in a moment.");
}
