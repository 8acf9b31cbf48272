using System.Globalization;

namespace SkyTree.AspNetCore.Portal.Traffic;

/// <summary>Moments in addresses and in fields of forms; all of them UTC.</summary>
internal static class MomentText
{
    /// <summary>Reads one; null: it is none.</summary>
    public static DateTimeOffset? Parse(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset at) ? at : null;

    /// <summary>As it stands in an address.</summary>
    public static string Address(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture);

    /// <summary>As a field for a date and a time wants it.</summary>
    public static string? Field(DateTimeOffset? at) => at?.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.FFF", CultureInfo.InvariantCulture);
}
