using System.Text;

namespace SkyTree.AspNetCore.Portal.Traffic;

/// <summary>The beginning of a payload on one line.</summary>
internal static class PayloadPreview
{
    private const int MostText = 120; // characters
    private const int MostBytes = 24;

    private static readonly UTF8Encoding s_utf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>As text where it is that, else in hexadecimal.</summary>
    public static string Of(ReadOnlyMemory<byte> payload)
    {
        ReadOnlySpan<byte> head = payload.Span[..Math.Min(payload.Length, MostText * 2)];
        if (TextOf(head, isCut: true) is not { } text)
        {
            return Convert.ToHexStringLower(head[..Math.Min(head.Length, MostBytes)]) + (payload.Length > MostBytes ? "…" : "");
        }

        bool isLonger = text.Length > MostText || head.Length < payload.Length;
        if (text.Length > MostText)
        {
            text = text[..(char.IsHighSurrogate(text[MostText - 1]) ? MostText - 1 : MostText)];
        }

        return string.Join(' ', text.Split([' ', '\n', '\r', '\t'], StringSplitOptions.RemoveEmptyEntries)) + (isLonger ? "…" : "");
    }

    /// <summary>The bytes as text; null: they are none.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="isCut">Whether a character at the end may have been cut in two.</param>
    public static string? TextOf(ReadOnlySpan<byte> bytes, bool isCut = false)
    {
        for (int back = 0; back <= (isCut ? Math.Min(3, bytes.Length) : 0); back++)
        {
            try
            {
                string text = s_utf8.GetString(bytes[..^back]);
                return text.Any(c => char.IsControl(c) && c is not ('\n' or '\r' or '\t')) ? null : text;
            }
            catch (DecoderFallbackException)
            {
                // Perhaps its last character alone.
            }
        }

        return null;
    }
}
