using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Konscious.Security.Cryptography;

namespace SkyTree.Core.Security.Passwords;

/// <summary>Argon2id (RFC 9106).</summary>
internal sealed partial class Argon2PasswordHash : PasswordHash
{
    // What OWASP's password storage guide asks for at least.
    private const int MemoryKib = 19_456;
    private const int Passes = 2;
    private const int Lanes = 1;
    private const int SaltBytes = 16;
    private const int HashBytes = 32;

    private readonly int _memoryKib;
    private readonly int _passes;
    private readonly int _lanes;
    private readonly byte[] _salt;
    private readonly byte[] _hash;

    private Argon2PasswordHash(int memoryKib, int passes, int lanes, byte[] salt, byte[] hash)
    {
        (_memoryKib, _passes, _lanes, _salt, _hash) = (memoryKib, passes, lanes, salt, hash);
    }

    public override bool IsCurrent => (_memoryKib, _passes, _lanes) == (MemoryKib, Passes, Lanes);

    public override string Scheme => "argon2id";

    public static Argon2PasswordHash Make(ReadOnlySpan<byte> password)
    {
        byte[] salt = RandomNumberGenerator.GetBytes(SaltBytes);
        return new(MemoryKib, Passes, Lanes, salt, Derive(password, salt, MemoryKib, Passes, Lanes, HashBytes));
    }

    public static Argon2PasswordHash MakeUnmatchable() =>
        new(MemoryKib, Passes, Lanes, RandomNumberGenerator.GetBytes(SaltBytes), RandomNumberGenerator.GetBytes(HashBytes));

    public static Argon2PasswordHash? Parse(string text)
    {
        Match match = Form().Match(text);
        if (!match.Success
            || !int.TryParse(match.Groups["m"].ValueSpan, CultureInfo.InvariantCulture, out int memory) || memory is < 8 or > 262_144
            || !int.TryParse(match.Groups["t"].ValueSpan, CultureInfo.InvariantCulture, out int passes) || passes is < 1 or > 16
            || !int.TryParse(match.Groups["p"].ValueSpan, CultureInfo.InvariantCulture, out int lanes) || lanes is < 1 or > 8
            || memory < 8 * lanes
            || !TryDecode(match.Groups["salt"].Value, out byte[]? salt) || salt.Length is < 8 or > 64
            || !TryDecode(match.Groups["hash"].Value, out byte[]? hash) || hash.Length is < 16 or > 64)
        {
            return null;
        }

        return new Argon2PasswordHash(memory, passes, lanes, salt, hash);
    }

    public override bool Verify(ReadOnlySpan<byte> password) =>
        password.Length is > 0 and <= LongestPassword
        && CryptographicOperations.FixedTimeEquals(Derive(password, _salt, _memoryKib, _passes, _lanes, _hash.Length), _hash);

    public override string Format() => string.Create(
        CultureInfo.InvariantCulture, $"$argon2id$v=19$m={_memoryKib},t={_passes},p={_lanes}${Encode(_salt)}${Encode(_hash)}");

    private static byte[] Derive(ReadOnlySpan<byte> password, byte[] salt, int memoryKib, int passes, int lanes, int length)
    {
        byte[] copy = password.ToArray();
        try
        {
            using var argon2 = new Argon2id(copy) { Salt = salt, MemorySize = memoryKib, Iterations = passes, DegreeOfParallelism = lanes };
            return argon2.GetBytes(length);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(copy);
        }
    }

    [GeneratedRegex("""^\$argon2id\$v=19\$m=(?<m>[0-9]{1,7}),t=(?<t>[0-9]{1,3}),p=(?<p>[0-9]{1,3})\$(?<salt>[A-Za-z0-9+/=]+)\$(?<hash>[A-Za-z0-9+/=]+)$""", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Form();
}
