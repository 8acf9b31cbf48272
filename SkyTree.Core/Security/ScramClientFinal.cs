using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace SkyTree.Core.Security;

/// <summary>client-final-message (RFC 5802, 7): <c>c=binding,r=nonce[,extensions],p=proof</c>.</summary>
/// <param name="WithoutProof">client-final-message-without-proof, as received.</param>
/// <param name="ChannelBinding">The decoded binding.</param>
/// <param name="Nonce">The whole nonce.</param>
/// <param name="Proof">The proof, of a hash's length.</param>
internal sealed record ScramClientFinal(string WithoutProof, byte[] ChannelBinding, string Nonce, byte[] Proof)
{
    public static bool TryParse(ReadOnlySpan<byte> data, [NotNullWhen(true)] out ScramClientFinal? message)
    {
        message = null;
        if (!ScramText.TryDecode(data, out string? text))
        {
            return false;
        }

        string[] fields = text.Split(',');
        if (fields.Length < 3
            || !ScramText.TryValue(fields[0], 'c', out string? binding)
            || !ScramCredential.TryDecodeBase64(binding, out byte[]? channelBinding)
            || !ScramText.TryValue(fields[1], 'r', out string? nonce)
            || !ScramText.IsNonce(nonce)
            || !ScramText.AreExtensions(fields.AsSpan(2, fields.Length - 3))
            || !ScramText.TryValue(fields[^1], 'p', out string? proofText)
            || !ScramCredential.TryDecodeBase64(proofText, out byte[]? proof)
            || proof.Length != SHA256.HashSizeInBytes)
        {
            return false;
        }

        message = new(text[..(text.Length - fields[^1].Length - 1)], channelBinding, nonce, proof);
        return true;
    }
}
