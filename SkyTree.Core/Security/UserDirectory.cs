namespace SkyTree.Core.Security;

/// <summary>The users that the built-in authentication knows now. Readers take a snapshot and never wait.</summary>
/// <param name="users">The users to begin with.</param>
public sealed class UserDirectory(UserSnapshot users)
{
    private volatile UserSnapshot _current = users;

    /// <summary>The users; setting it replaces all of them at once, from any thread. Who is connected stays so.</summary>
    public UserSnapshot Current
    {
        get => _current;
        set => _current = value ?? throw new ArgumentNullException(nameof(value));
    }
}
