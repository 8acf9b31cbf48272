using System.Runtime.CompilerServices;
using SkyTree.Core.Registry;
using SkyTree.Core.Security.Passwords;
using SkyTree.Core.Security.Users;

namespace SkyTree.Core.Security;

/// <summary>
/// The users that the built-in authentication knows now: those of the configuration, and those that people make while the broker
/// runs. Of two with one name the configuration's counts. Readers take a snapshot and never wait.
/// </summary>
/// <param name="users">The users of the configuration, to begin with.</param>
/// <param name="registry">Where the others are; null: there are none.</param>
internal sealed class UserDirectory(UserSnapshot users, RegistryTable? registry = null)
{
    private static readonly PasswordHash s_nobody = PasswordHash.Unmatchable();

    private readonly ConditionalWeakTable<ScramCredential, PasswordHash> _hashes = [];
    private volatile UserSnapshot _current = users;

    /// <summary>The users of the configuration; setting it replaces all of them at once, from any thread. Who is connected stays so.</summary>
    public UserSnapshot Current
    {
        get => _current;
        set => _current = value ?? throw new ArgumentNullException(nameof(value));
    }

    /// <summary>Whether there is any user at all.</summary>
    public bool IsEmpty => _current.Count == 0 && (registry is null || registry[RegistryCollection.Users].Count == 0);

    /// <summary>Finds a user.</summary>
    internal KnownUser? Find(string name)
    {
        if (_current.TryGet(name, out ScramCredential? credential))
        {
            return new KnownUser(_hashes.GetValue(credential, static c => new ScramPasswordHash(c)), credential, IsDisabled: false, Managed: null);
        }

        return registry is not null && registry[RegistryCollection.Users].TryGet(name, out RegistryEntry? entry)
            ? new KnownUser(UserContent.HashOf(entry), UserContent.ScramOf(entry), UserContent.Of(entry).IsDisabled, UserContent.Of(entry))
            : null;
    }

    /// <summary>What a name that nobody has is checked against: it takes the time that most names take.</summary>
    internal PasswordHash Nobody()
    {
        UserSnapshot current = _current;
        return registry is not null && registry[RegistryCollection.Users].Count > current.Count
            ? s_nobody
            : new ScramPasswordHash(ScramCredential.Unmatchable(current.UsualIterations, new byte[current.UsualSaltBytes]));
    }
}

/// <summary>A user as authentication needs to know it.</summary>
internal readonly record struct KnownUser(PasswordHash? Hash, ScramCredential? Scram, bool IsDisabled, UserContent? Managed)
{
    public ClientGrant? Grant => Managed is { } content ? new ClientGrant { IsManagedUser = true, Generation = content.Generation } : null;
}
