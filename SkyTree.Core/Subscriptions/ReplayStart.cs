using System.Globalization;

namespace SkyTree.Core.Subscriptions;

/// <summary>
/// From where on a client wants what is stored: <c>earliest</c>, an offset, a time (RFC 3339, <c>2026-11-22T00:00:00Z</c>), or
/// a time before now (<c>-90s</c>, <c>-15m</c>, <c>-24h</c>, <c>-7d</c>).
/// </summary>
/// <param name="Offset">The first offset; not looked at when there is a time.</param>
/// <param name="TimeMs">The time in milliseconds since 1970-01-01 UTC, or null.</param>
internal readonly record struct ReplayStart(long Offset, long? TimeMs = null)
{
    private const string Prefix = "$replay/";

    private static readonly string[] s_formats = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz"];

    /// <summary>Parses a start.</summary>
    /// <param name="text">What the client wrote.</param>
    /// <param name="nowMs">The time now, in milliseconds since 1970-01-01 UTC.</param>
    /// <param name="start">The start.</param>
    /// <returns>False when it is ill-formed.</returns>
    public static bool TryParse(string text, long nowMs, out ReplayStart start)
    {
        start = default;
        if (text == "earliest")
        {
            return true;
        }

        if (text.StartsWith('-'))
        {
            return TryParseAge(text, nowMs, out start);
        }

        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long offset))
        {
            start = new ReplayStart(offset);
            return true;
        }

        if (DateTimeOffset.TryParseExact(text.ToUpperInvariant(), s_formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time))
        {
            start = new ReplayStart(0, time.ToUnixTimeMilliseconds());
            return true;
        }

        return false;
    }

    /// <summary>Takes <c>$replay/{from}/{filter}</c> apart. False: the filter is of another kind.</summary>
    /// <param name="text">The filter as the client wrote it.</param>
    /// <param name="from">What stands for the start; not checked.</param>
    /// <param name="filter">The filter; not checked, empty when it is missing.</param>
    public static bool TrySplit(string text, out string from, out string filter)
    {
        from = filter = "";
        if (!text.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return false;
        }

        int slash = text.IndexOf('/', Prefix.Length);
        from = slash < 0 ? text[Prefix.Length..] : text[Prefix.Length..slash];
        filter = slash < 0 ? "" : text[(slash + 1)..];
        return true;
    }

    /// <summary>A filter without <c>$replay/{from}/</c>: what its subscription is known by.</summary>
    /// <param name="text">The filter as the client wrote it.</param>
    public static string Plain(string text) => TrySplit(text, out _, out string filter) ? filter : text;

    private static bool TryParseAge(string text, long nowMs, out ReplayStart start)
    {
        start = default;
        long unit = text[^1] switch
        {
            's' => 1_000L,
            'm' => 60_000L,
            'h' => 3_600_000L,
            'd' => 86_400_000L,
            _ => 0,
        };
        if (unit == 0 || !long.TryParse(text.AsSpan(1, text.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out long count))
        {
            return false;
        }

        start = new ReplayStart(0, count > nowMs / unit ? 0 : nowMs - (count * unit));
        return true;
    }
}
