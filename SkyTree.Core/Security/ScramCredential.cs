using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace SkyTree.Core.Security;

/// <summary>
/// The one stored verifier of a user's password (RFC 5802, 3; RFC 7677). It serves SCRAM and plain passwords alike, and
/// who reads it cannot log in with it, only guess. Immutable.
/// </summary>
internal sealed class ScramCredential
{
    /// <summary>
    /// Iterations of a credential made without a number: 100,000, about 25 ms of a server core. With SCRAM the device
    /// does the same work within the connect deadline, and after an outage all devices come back at once; the 600,000
    /// that are advised for passwords of people would take a microcontroller past ten seconds. Give more where people
    /// choose the passwords and no small device uses SCRAM.
    /// </summary>
    public const int DefaultIterations = 100_000;

    /// <summary>The least that RFC 7677, 4 allows.</summary>
    public const int MinimumIterations = 4096;

    /// <summary>The most that is accepted; more would only stall the server.</summary>
    public const int MaximumIterations = 10_000_000;

    private const string Scheme = "SCRAM-SHA-256";
    private const int KeyLength = SHA256.HashSizeInBytes;
    private const int DefaultSaltLength = 16;
    private const int MaximumSaltLength = 64;
    private const int MaximumTextLength = 512;

    private readonly byte[] _salt;
    private readonly byte[] _storedKey;
    private readonly byte[] _serverKey;

    private ScramCredential(int iterations, byte[] salt, byte[] storedKey, byte[] serverKey)
    {
        Iterations = iterations;
        _salt = salt;
        _storedKey = storedKey;
        _serverKey = serverKey;
    }

    /// <summary>PBKDF2 iterations, <see cref="MinimumIterations"/> to <see cref="MaximumIterations"/>.</summary>
    public int Iterations { get; }

    internal ReadOnlySpan<byte> Salt => _salt;

    internal ReadOnlySpan<byte> StoredKey => _storedKey;

    internal ReadOnlySpan<byte> ServerKey => _serverKey;

    /// <summary>Makes the credential of a password, with a random salt of 16 bytes. Takes the time of its iterations.</summary>
    /// <param name="password">1 to 1,024 bytes in UTF-8, without control characters; prepared as SASLprep does, but Unicode is
    /// normalised (NFKC) only where the process runs with globalization data.</param>
    /// <param name="iterations"><see cref="MinimumIterations"/> to <see cref="MaximumIterations"/>.</param>
    /// <exception cref="ArgumentException">The password is empty, too long, or has a forbidden character.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="iterations"/> is out of range.</exception>
    public static ScramCredential Create(string password, int iterations = DefaultIterations)
    {
        ArgumentNullException.ThrowIfNull(password);
        ArgumentOutOfRangeException.ThrowIfLessThan(iterations, MinimumIterations);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(iterations, MaximumIterations);
        if (!SaslPrep.TryPrepare(password, out string? prepared))
        {
            throw new ArgumentException("A password has 1 to 1,024 bytes in UTF-8 and no control characters.", nameof(password));
        }

        return Derive(prepared, RandomNumberGenerator.GetBytes(DefaultSaltLength), iterations);
    }

    /// <summary>Reads the text form.</summary>
    /// <param name="text"><c>SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey</c>, the last three in Base64.</param>
    /// <param name="credential">The credential, when true is returned.</param>
    /// <param name="error">What is wrong, when false is returned; it repeats nothing of the text.</param>
    public static bool TryParse(string? text, [NotNullWhen(true)] out ScramCredential? credential, [NotNullWhen(false)] out string? error)
    {
        credential = null;
        error = null;
        if (string.IsNullOrEmpty(text) || text.Length > MaximumTextLength)
        {
            error = "is empty or too long for a credential";
            return false;
        }

        string[] parts = text.Split('$');
        string[] work = parts.Length == 3 ? parts[1].Split(':') : [];
        string[] keys = parts.Length == 3 ? parts[2].Split(':') : [];
        if (work.Length != 2 || keys.Length != 2 || parts[0] != Scheme)
        {
            error = $"is not of the form {Scheme}$<iterations>:<salt>$<StoredKey>:<ServerKey>";
        }
        else if (!int.TryParse(work[0], NumberStyles.None, CultureInfo.InvariantCulture, out int iterations)
            || iterations is < MinimumIterations or > MaximumIterations || work[0][0] == '0')
        {
            error = $"has an iteration count that is not a number from {MinimumIterations} to {MaximumIterations}";
        }
        else if (!TryDecodeBase64(work[1], out byte[]? salt) || salt.Length is 0 or > MaximumSaltLength)
        {
            error = $"has a salt that is not Base64 of 1 to {MaximumSaltLength} bytes";
        }
        else if (!TryDecodeBase64(keys[0], out byte[]? storedKey) || storedKey.Length != KeyLength)
        {
            error = $"has a StoredKey that is not Base64 of {KeyLength} bytes";
        }
        else if (!TryDecodeBase64(keys[1], out byte[]? serverKey) || serverKey.Length != KeyLength)
        {
            error = $"has a ServerKey that is not Base64 of {KeyLength} bytes";
        }
        else
        {
            credential = new ScramCredential(iterations, salt, storedKey, serverKey);
        }

        return credential is not null;
    }

    /// <summary>Reads the text form.</summary>
    /// <param name="text">As for <see cref="TryParse"/>.</param>
    /// <exception cref="FormatException">It is not a credential; the message says why and does not repeat it.</exception>
    public static ScramCredential Parse(string text) =>
        TryParse(text, out ScramCredential? credential, out string? error) ? credential : throw new FormatException($"The credential {error}.");

    /// <summary>
    /// Whether it is the password. Takes the time of <see cref="Iterations"/>, so it belongs on a thread that may be busy;
    /// false at once for what no password can be (ill-formed UTF-8, control characters, too long).
    /// </summary>
    /// <param name="password">The password in UTF-8.</param>
    public bool Verify(ReadOnlySpan<byte> password)
    {
        if (!SaslPrep.TryPrepare(password, out string? prepared))
        {
            return false;
        }

        ScramCredential derived = Derive(prepared, _salt, Iterations);

        // Both are compared, without short cut, so that a credential whose halves disagree never matches.
        return CryptographicOperations.FixedTimeEquals(derived._storedKey, _storedKey)
            & CryptographicOperations.FixedTimeEquals(derived._serverKey, _serverKey);
    }

    /// <summary>The text form, to be stored.</summary>
    public string Format() =>
        $"{Scheme}${Iterations.ToString(CultureInfo.InvariantCulture)}:{Convert.ToBase64String(_salt)}${Convert.ToBase64String(_storedKey)}:{Convert.ToBase64String(_serverKey)}";

    /// <summary>Says what it is without what it holds: what can be guessed against must not reach a log by accident.</summary>
    public override string ToString() => $"{Scheme}${Iterations.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>A credential that no password matches, of the given shape.</summary>
    internal static ScramCredential Unmatchable(int iterations, byte[] salt) =>
        new(iterations, salt, RandomNumberGenerator.GetBytes(KeyLength), RandomNumberGenerator.GetBytes(KeyLength));

    /// <summary>From a password already prepared.</summary>
    internal static ScramCredential Derive(string prepared, byte[] salt, int iterations)
    {
        byte[] password = Encoding.UTF8.GetBytes(prepared);
        byte[] salted = Rfc2898DeriveBytes.Pbkdf2(password, salt, iterations, HashAlgorithmName.SHA256, KeyLength);
        byte[] clientKey = HMACSHA256.HashData(salted, "Client Key"u8);
        var credential = new ScramCredential(iterations, salt, SHA256.HashData(clientKey), HMACSHA256.HashData(salted, "Server Key"u8));
        CryptographicOperations.ZeroMemory(password);
        CryptographicOperations.ZeroMemory(salted);
        CryptographicOperations.ZeroMemory(clientKey);
        return credential;
    }

    /// <summary>Canonical Base64 only: .NET's decoder would skip white space and ignore stray bits at the end.</summary>
    internal static bool TryDecodeBase64(string text, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        byte[] buffer = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length)];
        if (Convert.TryFromBase64String(text, buffer, out int length) && Convert.ToBase64String(buffer.AsSpan(0, length)) == text)
        {
            bytes = buffer[..length];
        }

        return bytes is not null;
    }
}
