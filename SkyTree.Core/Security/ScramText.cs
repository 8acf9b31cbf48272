using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;

namespace SkyTree.Core.Security;

/// <summary>The grammar that SCRAM's messages share (RFC 5802, 7).</summary>
internal static class ScramText
{
    // A name of 1,024 bytes may triple when escaped, and may stand twice.
    private const int MaxMessageBytes = 8 * 1024;
    private const int MaxNonceLength = 512;

    public static bool TryDecode(ReadOnlySpan<byte> data, [NotNullWhen(true)] out string? text)
    {
        bool wellFormed = data.Length is > 0 and <= MaxMessageBytes && !data.Contains((byte)0) && Utf8.IsValid(data);
        text = wellFormed ? Encoding.UTF8.GetString(data) : null;
        return wellFormed;
    }

    /// <summary>The value of <c>x=value</c>; false if it is another attribute or has no value.</summary>
    public static bool TryValue(string field, char attribute, [NotNullWhen(true)] out string? value)
    {
        value = field.Length > 2 && field[0] == attribute && field[1] == '=' ? field[2..] : null;
        return value is not null;
    }

    /// <summary>A saslname: <c>=2C</c> is a comma, <c>=3D</c> an equals sign, and no other <c>=</c> is allowed.</summary>
    public static bool TryDecodeName(string saslName, [NotNullWhen(true)] out string? name)
    {
        name = null;
        var decoded = new StringBuilder(saslName.Length);
        for (int i = 0; i < saslName.Length; i++)
        {
            if (saslName[i] != '=')
            {
                decoded.Append(saslName[i]);
                continue;
            }

            switch (saslName.AsSpan(i + 1))
            {
                case ['2', 'C', ..]:
                    decoded.Append(',');
                    break;
                case ['3', 'D', ..]:
                    decoded.Append('=');
                    break;
                default:
                    return false;
            }

            i += 2;
        }

        return SaslPrep.TryPrepare(decoded.ToString(), out name);
    }

    /// <summary>Printable ASCII but the comma, which has already separated the fields.</summary>
    public static bool IsNonce(string nonce) => nonce.Length <= MaxNonceLength && !nonce.AsSpan().ContainsAnyExceptInRange('!', '~');

    /// <summary>Extensions are ignored, but only if they are well formed and none of the attributes that have a meaning and a place.</summary>
    public static bool AreExtensions(ReadOnlySpan<string> fields)
    {
        foreach (string field in fields)
        {
            if (field.Length < 3 || !char.IsAsciiLetter(field[0]) || field[1] != '=' || "amnrcpsive".Contains(field[0], StringComparison.Ordinal))
            {
                return false;
            }
        }

        return true;
    }
}
