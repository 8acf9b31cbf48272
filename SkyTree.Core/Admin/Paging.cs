using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace SkyTree.Core.Admin;

/// <summary>Limits and cursors of lists.</summary>
internal static class Paging
{
    private const char Separator = '\0'; // in no topic, filter or client identifier

    /// <summary>Returns if a limit is in its range.</summary>
    /// <exception cref="AdminException">It is not.</exception>
    public static void RequireLimit(int limit, int maximum = Page<object>.MaximumLimit)
    {
        if (limit < Page<object>.MinimumLimit || limit > maximum)
        {
            throw new AdminException(AdminError.Invalid, "bad_limit", string.Create(CultureInfo.InvariantCulture, $"limit is 1 to {maximum}."))
            {
                Fields = new Dictionary<string, string> { ["limit"] = string.Create(CultureInfo.InvariantCulture, $"1 to {maximum}") },
            };
        }
    }

    /// <summary>Makes a cursor of the key of the last item.</summary>
    public static string Encode(params ReadOnlySpan<string> parts) =>
        Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Join(Separator, parts!)));

    /// <summary>The parts of a cursor; null: it begins at the front.</summary>
    /// <exception cref="AdminException">It is none of this list's.</exception>
    public static string[]? Decode(string? cursor, int parts)
    {
        if (string.IsNullOrEmpty(cursor))
        {
            return null;
        }

        if (Base64Url.IsValid(cursor))
        {
            string[] decoded = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor)).Split(Separator);
            if (decoded.Length == parts)
            {
                return decoded;
            }
        }

        throw BadCursor();
    }

    /// <summary>A cursor that is a number.</summary>
    /// <exception cref="AdminException">It is none of this list's.</exception>
    public static long? DecodeNumber(string? cursor) =>
        Decode(cursor, 1) is not [{ } text] ? null
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number
        : throw BadCursor();

    /// <summary>Makes a cursor of a number.</summary>
    public static string Encode(long number) => Encode(number.ToString(CultureInfo.InvariantCulture));

    /// <summary>The cursor is none of the list's.</summary>
    public static AdminException BadCursor() =>
        new(AdminError.Invalid, "bad_cursor", "The cursor is not one that this list has given.") { Fields = new Dictionary<string, string> { ["cursor"] = "not one of this list's" } };
}
