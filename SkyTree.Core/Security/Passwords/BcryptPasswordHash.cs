using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace SkyTree.Core.Security.Passwords;

/// <summary>bcrypt, as other brokers' tables of users have it. Of a password it looks at the first 72 bytes.</summary>
internal sealed partial class BcryptPasswordHash : PasswordHash
{
    private readonly string _text;

    private BcryptPasswordHash(string text) => _text = text;

    public override string Scheme => "bcrypt";

    public static BcryptPasswordHash? Parse(string text)
    {
        Match match = Form().Match(text);
        return match.Success && int.Parse(match.Groups["cost"].ValueSpan, CultureInfo.InvariantCulture) is >= 4 and <= 15 ? new BcryptPasswordHash(text) : null;
    }

    public override bool Verify(ReadOnlySpan<byte> password)
    {
        if (password.Length is 0 or > LongestPassword || !System.Text.Unicode.Utf8.IsValid(password))
        {
            return false;
        }

        try
        {
            return BCrypt.Net.BCrypt.Verify(Encoding.UTF8.GetString(password), _text);
        }
        catch (Exception e) when (e is BCrypt.Net.SaltParseException or ArgumentException)
        {
            return false;
        }
    }

    public override string Format() => _text;

    [GeneratedRegex("""^\$2[aby]\$(?<cost>[0-9]{2})\$[./A-Za-z0-9]{53}$""", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Form();
}
