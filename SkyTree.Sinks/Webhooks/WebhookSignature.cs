using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace SkyTree.Sinks.Webhooks;

/// <summary>
/// The header <c>X-SkyTree-Signature: t={seconds},v1={hex}</c>: an HMAC-SHA256, keyed with the secret in UTF-8, over the seconds since
/// 1970-01-01 UTC as they stand in the header, a dot, and the body.
/// </summary>
public static class WebhookSignature
{
    /// <summary>The header's name.</summary>
    public const string Header = "X-SkyTree-Signature";

    /// <summary>Signs a body.</summary>
    /// <param name="secret">The secret.</param>
    /// <param name="at">The time now.</param>
    /// <param name="body">The body.</param>
    /// <returns>The header's value.</returns>
    public static string Create(string secret, DateTimeOffset at, ReadOnlySpan<byte> body)
    {
        string seconds = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return $"t={seconds},v1={Convert.ToHexStringLower(Compute(secret, seconds, body))}";
    }

    /// <summary>Checks a signature, for receivers.</summary>
    /// <param name="secret">The secret.</param>
    /// <param name="header">The header's value.</param>
    /// <param name="body">The body as it came, byte for byte.</param>
    /// <param name="now">The time now.</param>
    /// <param name="tolerance">How old a request may be, and how far the clocks may differ.</param>
    /// <returns>Whether it was signed with the secret, and is not too old.</returns>
    public static bool IsValid(string secret, string? header, ReadOnlySpan<byte> body, DateTimeOffset now, TimeSpan tolerance)
    {
        string? seconds = null;
        byte[]? signature = null;
        foreach (string part in header?.Split(',', StringSplitOptions.TrimEntries) ?? [])
        {
            if (part.StartsWith("t=", StringComparison.Ordinal))
            {
                seconds = part[2..];
            }
            else if (part.StartsWith("v1=", StringComparison.Ordinal))
            {
                signature = new byte[HMACSHA256.HashSizeInBytes];
                if (Convert.FromHexString(part.AsSpan(3), signature, out _, out int length) != OperationStatus.Done || length != signature.Length)
                {
                    return false;
                }
            }
        }

        return signature is not null
            && long.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out long at)
            && Math.Abs(now.ToUnixTimeSeconds() - at) <= tolerance.TotalSeconds
            && CryptographicOperations.FixedTimeEquals(signature, Compute(secret, seconds, body));
    }

    private static byte[] Compute(string secret, string seconds, ReadOnlySpan<byte> body)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret));
        hmac.AppendData(Encoding.ASCII.GetBytes(seconds + "."));
        hmac.AppendData(body);
        return hmac.GetHashAndReset();
    }
}
