using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace SkyTree.Core.Security.Passwords;

/// <summary>
/// A password as it is kept. Text forms: <c>$argon2id$v=19$m=19456,t=2,p=1$salt$hash</c> (what <see cref="Create"/> makes),
/// bcrypt (<c>$2a$</c>, <c>$2b$</c>, <c>$2y$</c>), PBKDF2 (<c>$pbkdf2-sha256$i=600000$salt$hash</c>, also <c>-sha512</c>, and
/// without <c>i=</c>), and <see cref="ScramCredential"/>. Salts and hashes are in Base64, with or without padding. Immutable.
/// </summary>
internal abstract class PasswordHash
{
    /// <summary>Bytes of a password in UTF-8, at most.</summary>
    public const int LongestPassword = 1024;

    private protected PasswordHash()
    {
    }

    /// <summary>Whether it is made as <see cref="Create"/> makes them now; if not, it should be made anew when the password is known.</summary>
    public virtual bool IsCurrent => false;

    /// <summary>What it is, without what it holds.</summary>
    public abstract string Scheme { get; }

    /// <summary>Hashes a password with Argon2id, 19 MiB of memory and two passes. Takes tens of milliseconds.</summary>
    /// <param name="password">The password in UTF-8.</param>
    public static PasswordHash Create(ReadOnlySpan<byte> password) => Argon2PasswordHash.Make(password);

    /// <summary>A hash like that of <see cref="Create"/> which no password matches, and which takes as long.</summary>
    public static PasswordHash Unmatchable() => Argon2PasswordHash.MakeUnmatchable();

    /// <summary>Reads a text form.</summary>
    /// <param name="text">The text.</param>
    /// <param name="hash">The hash, when true is returned.</param>
    /// <param name="error">What is wrong, when false is returned: "is …".</param>
    public static bool TryParse(string? text, [NotNullWhen(true)] out PasswordHash? hash, [NotNullWhen(false)] out string? error)
    {
        hash = null;
        error = "is in none of the forms that are known: argon2id, bcrypt, PBKDF2, SCRAM-SHA-256";
        if (text is null || text.Length > 1024)
        {
            return false;
        }

        if (text.StartsWith("$argon2id$", StringComparison.Ordinal))
        {
            hash = Argon2PasswordHash.Parse(text);
            error = "is no argon2id hash of version 19 with m=8 to 262144, t=1 to 16, p=1 to 8";
        }
        else if (text.StartsWith("$2", StringComparison.Ordinal))
        {
            hash = BcryptPasswordHash.Parse(text);
            error = "is no bcrypt hash with a cost of 4 to 15";
        }
        else if (text.StartsWith("$pbkdf2-", StringComparison.Ordinal))
        {
            hash = Pbkdf2PasswordHash.Parse(text);
            error = "is no PBKDF2 hash with 1000 to 5000000 iterations of sha256 or sha512";
        }
        else if (ScramCredential.TryParse(text, out ScramCredential? credential, out string? wrong))
        {
            hash = new ScramPasswordHash(credential);
        }
        else if (text.StartsWith("SCRAM", StringComparison.Ordinal))
        {
            error = wrong;
        }

        if (hash is null)
        {
            return false;
        }

        error = null;
        return true;
    }

    /// <summary>Whether it is the password. Takes many milliseconds: for a thread that may be busy.</summary>
    /// <param name="password">The password in UTF-8.</param>
    public abstract bool Verify(ReadOnlySpan<byte> password);

    /// <summary>The text form, to be kept.</summary>
    public abstract string Format();

    /// <summary>Says what it is, not what it holds.</summary>
    public override string ToString() => Scheme;

    /// <summary>Whether a text may become a password: no control characters, at most <see cref="LongestPassword"/> bytes.</summary>
    internal static bool IsPossible(string password) =>
        Encoding.UTF8.GetByteCount(password) is > 0 and <= LongestPassword && SaslPrep.TryPrepare(password, out _);

    /// <summary>Base64 with or without padding; passlib's dots stand for plus signs.</summary>
    private protected static bool TryDecode(string text, [NotNullWhen(true)] out byte[]? bytes)
    {
        string padded = text.TrimEnd('=').Replace('.', '+');
        padded += new string('=', (4 - (padded.Length % 4)) % 4);
        return ScramCredential.TryDecodeBase64(padded, out bytes);
    }

    private protected static string Encode(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=');
}
