using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace SkyTree.Core.Security;

/// <summary>All users at one moment. Immutable.</summary>
internal sealed class UserSnapshot
{
    private const int UsualSaltLength = 16;

    private readonly FrozenDictionary<string, ScramCredential> _credentials;

    private UserSnapshot(Dictionary<string, ScramCredential> credentials)
    {
        _credentials = credentials.ToFrozenDictionary(StringComparer.Ordinal);
        (UsualIterations, UsualSaltBytes) = credentials.Values
            .GroupBy(credential => (credential.Iterations, credential.Salt.Length))
            .OrderByDescending(group => group.Count())
            .Select(group => group.Key)
            .FirstOrDefault((ScramCredential.DefaultIterations, UsualSaltLength));
    }

    /// <summary>No users.</summary>
    public static UserSnapshot Empty { get; } = new([]);

    /// <summary>How many users there are.</summary>
    public int Count => _credentials.Count;

    /// <summary>Their names.</summary>
    public IEnumerable<string> Names => _credentials.Keys;

    // What most credentials look like: what a name without a credential is made to look like.
    internal int UsualIterations { get; }

    internal int UsualSaltBytes { get; }

    /// <summary>Reads configured users. All that is wrong is reported, not only the first.</summary>
    /// <param name="users">The users.</param>
    /// <param name="section">The configuration key that they are under, such as <c>SkyTree:Users</c>.</param>
    /// <param name="errors">Receives one line for each mistake, beginning with the full key.</param>
    /// <returns>The users; null if there was a mistake.</returns>
    public static UserSnapshot? FromOptions(IReadOnlyList<UserOptions> users, string section, ICollection<string> errors)
    {
        ArgumentNullException.ThrowIfNull(users);
        ArgumentNullException.ThrowIfNull(errors);
        int before = errors.Count;
        var credentials = new Dictionary<string, ScramCredential>(users.Count, StringComparer.Ordinal);
        for (int i = 0; i < users.Count; i++)
        {
            string key = $"{section}:{i}";
            if (!SaslPrep.TryPrepare(users[i].Name ?? "", out string? prepared) || prepared != users[i].Name)
            {
                errors.Add($"{key}:Name must have 1 to {SaslPrep.MaxBytes} bytes in UTF-8, without control characters and unusual spaces");
            }
            else if (credentials.ContainsKey(prepared))
            {
                errors.Add($"{key}:Name repeats the user '{prepared}'");
            }

            if (!ScramCredential.TryParse(users[i].Credential, out ScramCredential? credential, out string? error))
            {
                errors.Add($"{key}:Credential {error}");
            }
            else if (prepared is not null)
            {
                credentials.TryAdd(prepared, credential);
            }
        }

        return errors.Count == before ? new UserSnapshot(credentials) : null;
    }

    /// <summary>Finds a user's credential.</summary>
    /// <param name="name">The user name.</param>
    /// <param name="credential">The credential, when true is returned.</param>
    public bool TryGet(string name, [NotNullWhen(true)] out ScramCredential? credential) => _credentials.TryGetValue(name, out credential);
}
