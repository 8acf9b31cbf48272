using System.Text;

namespace SkyTree.AspNetCore.Api.Routes;

/// <summary>How payloads are answered.</summary>
internal enum PayloadForm
{
    /// <summary>As text where they are UTF-8, else as Base64.</summary>
    Utf8,

    /// <summary>As Base64.</summary>
    Base64,

    /// <summary>Not at all.</summary>
    None,
}

/// <summary>Payloads as texts.</summary>
internal static class Payloads
{
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>A payload as text; null: it is not UTF-8.</summary>
    /// <param name="payload">The payload.</param>
    /// <param name="isCut">Whether more follows: then it may end within a character, which is left out.</param>
    public static string? Text(ReadOnlySpan<byte> payload, bool isCut)
    {
        for (int end = payload.Length; end >= Math.Max(0, payload.Length - (isCut ? 3 : 0)); end--)
        {
            if (System.Text.Unicode.Utf8.IsValid(payload[..end]))
            {
                return s_strict.GetString(payload[..end]);
            }
        }

        return null;
    }
}
