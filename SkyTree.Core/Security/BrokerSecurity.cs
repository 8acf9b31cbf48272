using SkyTree.Core.Admin;
using SkyTree.Core.Registry;
using SkyTree.Core.Security.Access;

namespace SkyTree.Core.Security;

/// <summary>What authenticators, the authorizer and administration share: what people configure, and the options of all of it.</summary>
internal sealed class BrokerSecurity
{
    /// <summary>What people configure; filled by the broker.</summary>
    public RegistryTable Registry { get; } = new();

    /// <summary>Users of the configuration.</summary>
    public UserSnapshot ConfiguredUsers { get; init; } = UserSnapshot.Empty;

    /// <summary>What happens where no rule says anything.</summary>
    public AccessOptions Access { get; init; } = new();

    /// <summary>How administration is kept safe.</summary>
    public AdminOptions Admin { get; init; } = new();

    /// <summary>How passwords are checked.</summary>
    public PasswordOptions Passwords { get; init; } = new();
}
