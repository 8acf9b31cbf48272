namespace SkyTree.Core.Security;

/// <summary>
/// Has clients wait that are refused again and again: a user name at an address, so that nobody can lock out a device from
/// elsewhere, and, much later, the address.
/// </summary>
internal sealed class ClientLockout
{
    private const int AddressFactor = 20;

    private readonly Lockout? _users;
    private readonly Lockout? _addresses;

    public ClientLockout(PasswordOptions options, TimeProvider time)
    {
        if (options.LockoutFailures > 0)
        {
            _users = new(new(options.LockoutFailures, options.LockoutSeconds, options.MaximumLockoutSeconds), time);
            _addresses = new(new(options.LockoutFailures * AddressFactor, options.LockoutSeconds, options.MaximumLockoutSeconds), time);
        }
    }

    /// <summary>Clients that were refused unseen since the start.</summary>
    public long Refused => (_users?.Refused ?? 0) + (_addresses?.Refused ?? 0);

    public bool MustWait(string? userName, string? address) =>
        _users is not null && address is not null
        && (_addresses!.Wait(AddressKey.Of(address)) > TimeSpan.Zero || _users.Wait(User(userName, address)) > TimeSpan.Zero);

    public void Fail(string? userName, string? address)
    {
        if (address is not null)
        {
            _users?.Fail(User(userName, address));
            _addresses?.Fail(AddressKey.Of(address));
        }
    }

    public void Succeed(string? userName, string? address)
    {
        if (address is not null)
        {
            _users?.Succeed(User(userName, address));
        }
    }

    private static string User(string? userName, string address) =>
        $"{AddressKey.Of(address)} {(userName?.Length > 256 ? userName[..256] : userName)}";
}
