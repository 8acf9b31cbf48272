using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace SkyTree.Core.Security.Passwords;

/// <summary>PBKDF2 with HMAC (RFC 8018).</summary>
internal sealed partial class Pbkdf2PasswordHash : PasswordHash
{
    private readonly HashAlgorithmName _algorithm;
    private readonly int _iterations;
    private readonly byte[] _salt;
    private readonly byte[] _hash;

    private Pbkdf2PasswordHash(HashAlgorithmName algorithm, int iterations, byte[] salt, byte[] hash)
    {
        (_algorithm, _iterations, _salt, _hash) = (algorithm, iterations, salt, hash);
    }

    public override string Scheme => _algorithm == HashAlgorithmName.SHA512 ? "pbkdf2-sha512" : "pbkdf2-sha256";

    public static Pbkdf2PasswordHash? Parse(string text)
    {
        Match match = Form().Match(text);
        if (!match.Success
            || !int.TryParse(match.Groups["i"].ValueSpan, CultureInfo.InvariantCulture, out int iterations) || iterations is < 1000 or > 5_000_000
            || !TryDecode(match.Groups["salt"].Value, out byte[]? salt) || salt.Length is < 1 or > 128
            || !TryDecode(match.Groups["hash"].Value, out byte[]? hash) || hash.Length is < 16 or > 64)
        {
            return null;
        }

        return new Pbkdf2PasswordHash(match.Groups["sha"].Value == "512" ? HashAlgorithmName.SHA512 : HashAlgorithmName.SHA256, iterations, salt, hash);
    }

    public override bool Verify(ReadOnlySpan<byte> password) =>
        password.Length is > 0 and <= LongestPassword
        && CryptographicOperations.FixedTimeEquals(Rfc2898DeriveBytes.Pbkdf2(password, _salt, _iterations, _algorithm, _hash.Length), _hash);

    public override string Format() => string.Create(CultureInfo.InvariantCulture, $"${Scheme}$i={_iterations}${Encode(_salt)}${Encode(_hash)}");

    [GeneratedRegex("""^\$pbkdf2-sha(?<sha>256|512)\$(i=)?(?<i>[0-9]{1,8})(,l=[0-9]{1,3})?\$(?<salt>[A-Za-z0-9+/.=]+)\$(?<hash>[A-Za-z0-9+/.=]+)$""", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Form();
}
