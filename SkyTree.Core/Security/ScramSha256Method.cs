using System.Security.Cryptography;
using System.Text;

namespace SkyTree.Core.Security;

/// <summary>
/// Enhanced authentication with SCRAM-SHA-256 (RFC 5802, RFC 7677) against the users of the directory, without channel
/// binding. The client begins, in CONNECT or in the AUTH that re-authenticates. A name that is unknown gets a salt that
/// stays the same while the process lives, and fails where a wrong password fails.
/// </summary>
/// <param name="users">The users.</param>
internal sealed class ScramSha256Method(UserDirectory users) : IAuthenticationMethod
{
    /// <summary>The method's name.</summary>
    public const string MethodName = "SCRAM-SHA-256";

    private const int NonceBytes = 18;

    private readonly byte[] _decoyKey = RandomNumberGenerator.GetBytes(32);

    /// <inheritdoc/>
    public string Name => MethodName;

    // Replaced by tests alone: the published example has a fixed one.
    internal Func<string> ServerNonce { get; init; } = static () => Convert.ToBase64String(RandomNumberGenerator.GetBytes(NonceBytes));

    /// <inheritdoc/>
    public IAuthenticationExchange Begin() => new ScramSha256Exchange(this);

    /// <summary>The user's credential; for a name that is unknown one that looks like it and matches nothing.</summary>
    internal ScramCredential Find(string userName, out bool known, out ClientGrant? grant)
    {
        UserSnapshot snapshot = users.Current;
        KnownUser? user = users.Find(userName);
        ScramCredential? credential = user?.Scram;
        known = credential is not null && user is { IsDisabled: false };
        grant = user?.Grant;

        // Computed for known names too, so that the answer takes as long.
        byte[] salt = new byte[snapshot.UsualSaltBytes];
        HKDF.Expand(HashAlgorithmName.SHA256, _decoyKey, salt, Encoding.UTF8.GetBytes(userName));
        return credential ?? ScramCredential.Unmatchable(snapshot.UsualIterations, salt);
    }
}
