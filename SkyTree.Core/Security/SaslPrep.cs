using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace SkyTree.Core.Security;

/// <summary>
/// Prepares names and passwords as SASLprep (RFC 4013) does: spaces become U+0020, invisible joiners go, Unicode NFKC,
/// then control characters, private use, noncharacters and direction marks are refused. The rule against mixing text
/// directions is not applied. NFKC is .NET's own: with <c>InvariantGlobalization</c>, which the broker's program sets so
/// that it needs no ICU, .NET leaves the text as it is, so that composed and decomposed spellings of one password differ.
/// </summary>
internal static class SaslPrep
{
    // More than anybody types; it bounds the work that one client can ask for.
    public const int MaxBytes = 1024;

    /// <summary>False for empty, over-long and forbidden text.</summary>
    public static bool TryPrepare(string text, [NotNullWhen(true)] out string? prepared)
    {
        prepared = null;
        if (text.Length is 0 or > MaxBytes || Encoding.UTF8.GetByteCount(text) > MaxBytes)
        {
            return false;
        }

        if (Ascii.IsValid(text))
        {
            prepared = text.AsSpan().ContainsAnyExceptInRange(' ', '~') ? null : text;
            return prepared is not null;
        }

        var mapped = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            // A lone surrogate enumerates as U+FFFD, which is refused too.
            if (rune == Rune.ReplacementChar)
            {
                return false;
            }

            if (Rune.GetUnicodeCategory(rune) == UnicodeCategory.SpaceSeparator)
            {
                mapped.Append(' ');
            }
            else if (!IsMappedToNothing(rune.Value))
            {
                mapped.Append(rune.ToString());
            }
        }

        string normalized = mapped.ToString().Normalize(NormalizationForm.FormKC);
        if (normalized.Length == 0)
        {
            return false;
        }

        foreach (Rune rune in normalized.EnumerateRunes())
        {
            if (IsProhibited(rune))
            {
                return false;
            }
        }

        prepared = normalized;
        return true;
    }

    /// <summary>As <see cref="TryPrepare(string, out string?)"/>, and false for ill-formed UTF-8.</summary>
    public static bool TryPrepare(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out string? prepared)
    {
        prepared = null;
        return utf8.Length is > 0 and <= MaxBytes && Utf8.IsValid(utf8) && TryPrepare(Encoding.UTF8.GetString(utf8), out prepared);
    }

    // RFC 3454, table B.1.
    private static bool IsMappedToNothing(int value) => value is
        0x00AD or 0x034F or 0x1806 or (>= 0x180B and <= 0x180D) or (>= 0x200B and <= 0x200D) or 0x2060
        or (>= 0xFE00 and <= 0xFE0F) or 0xFEFF;

    // RFC 3454, tables C.2 to C.9, widened to every control and format character that Unicode knows.
    private static bool IsProhibited(Rune rune) =>
        rune.Value is 0x0340 or 0x0341 or (>= 0xFDD0 and <= 0xFDEF) or (>= 0x2FF0 and <= 0x2FFB) or (>= 0xFFF9 and <= 0xFFFD)
        || (rune.Value & 0xFFFE) == 0xFFFE
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
