using System.Diagnostics.CodeAnalysis;

namespace SkyTree.Core.Security;

/// <summary>client-first-message (RFC 5802, 7): <c>n,[a=name],n=name,r=nonce[,extensions]</c>.</summary>
/// <param name="Gs2Header">The part before the bare message, with its comma.</param>
/// <param name="Bare">client-first-message-bare, as received.</param>
/// <param name="UserName">The user name, decoded and prepared.</param>
/// <param name="Nonce">The client's nonce.</param>
internal sealed record ScramClientFirst(string Gs2Header, string Bare, string UserName, string Nonce)
{
    public static bool TryParse(ReadOnlySpan<byte> data, [NotNullWhen(true)] out ScramClientFirst? message)
    {
        message = null;
        if (!ScramText.TryDecode(data, out string? text))
        {
            return false;
        }

        string[] fields = text.Split(',');

        // 'p' asks for channel binding, which is not offered; 'y' says rightly that the server has none.
        if (fields.Length < 4 || fields[0] is not ("n" or "y"))
        {
            return false;
        }

        // A mandatory extension (m=) stands in the place of the name, so it is refused, as it must be.
        if (!ScramText.TryValue(fields[2], 'n', out string? saslName)
            || !ScramText.TryDecodeName(saslName, out string? userName)
            || !ScramText.TryValue(fields[3], 'r', out string? nonce)
            || !ScramText.IsNonce(nonce)
            || !ScramText.AreExtensions(fields.AsSpan(4)))
        {
            return false;
        }

        // Nobody acts for another here: an authorization identity may only repeat the user's own name.
        if (fields[1].Length > 0
            && !(ScramText.TryValue(fields[1], 'a', out string? other) && ScramText.TryDecodeName(other, out string? actsFor) && actsFor == userName))
        {
            return false;
        }

        int headerLength = fields[0].Length + fields[1].Length + 2;
        message = new(text[..headerLength], text[headerLength..], userName, nonce);
        return true;
    }
}
