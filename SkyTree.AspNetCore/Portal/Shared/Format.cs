using System.Globalization;

namespace SkyTree.AspNetCore.Portal.Shared;

/// <summary>Numbers, bytes and times as people read them.</summary>
public static class Format
{
    private static readonly string[] s_byteUnits = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary>A whole number with groups: <c>1,234,567</c>. In a text it can be said what is counted.</summary>
    /// <param name="value">The number.</param>
    public static Count Number(long value) => new(value);

    /// <summary>A number in little room: <c>950</c>, <c>12.3 k</c>, <c>4.56 M</c>.</summary>
    /// <param name="value">The number.</param>
    public static string Compact(double value)
    {
        double size = Math.Abs(value);
        return size switch
        {
            < 999.5 => (size is < 10 and > 0 && size % 1 != 0 ? value.ToString("0.#", CultureInfo.InvariantCulture) : value.ToString("0", CultureInfo.InvariantCulture)),
            < 999_500 => Significant(value / 1e3) + " k",
            < 999_500_000 => Significant(value / 1e6) + " M",
            _ => Significant(value / 1e9) + " G",
        };
    }

    /// <summary>A number of bytes: <c>512 B</c>, <c>1.5 KiB</c>, <c>12.3 MiB</c>.</summary>
    /// <param name="value">The bytes.</param>
    public static string Bytes(double value)
    {
        int unit = 0;
        while (Math.Abs(value) >= 1023.5 && unit < s_byteUnits.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        return (unit == 0 ? value.ToString("0", CultureInfo.InvariantCulture) : Significant(value)) + " " + s_byteUnits[unit];
    }

    /// <summary>A rate: <c>1.2 k/s</c>.</summary>
    /// <param name="perSecond">So many each second.</param>
    public static string Rate(double perSecond) => Compact(perSecond) + "/s";

    /// <summary>A moment: <c>2026-11-23 11:43:38</c>, UTC.</summary>
    /// <param name="at">The moment.</param>
    public static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>How long ago, or in how long: <c>just now</c>, <c>5 min ago</c>, <c>in 3 h</c>.</summary>
    /// <param name="at">The moment.</param>
    /// <param name="now">The present one.</param>
    public static string Ago(DateTimeOffset at, DateTimeOffset now)
    {
        TimeSpan span = now - at;
        return span.Duration() < TimeSpan.FromSeconds(5) ? "just now"
            : span < TimeSpan.Zero ? "in " + Duration(-span)
            : Duration(span) + " ago";
    }

    /// <summary>A length of time in its largest unit or two: <c>45 s</c>, <c>5 min</c>, <c>3 h 20 min</c>, <c>12 d</c>.</summary>
    /// <param name="span">The length.</param>
    public static string Duration(TimeSpan span) => span switch
    {
        { TotalMilliseconds: < 1000 } => $"{span.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture)} ms",
        { TotalSeconds: < 60 } => $"{span.Seconds} s",
        { TotalMinutes: < 60 } => $"{span.Minutes} min",
        { TotalHours: < 24 } => span.Minutes == 0 ? $"{span.Hours} h" : $"{span.Hours} h {span.Minutes} min",
        { TotalDays: < 10 } => span.Hours == 0 ? $"{span.Days} d" : $"{span.Days} d {span.Hours} h",
        _ => $"{Number(span.Days)} d",
    };

    // Three digits, without zeroes that say nothing.
    private static string Significant(double value) => Math.Abs(value) switch
    {
        < 9.995 => value.ToString("0.##", CultureInfo.InvariantCulture),
        < 99.95 => value.ToString("0.#", CultureInfo.InvariantCulture),
        _ => value.ToString("0", CultureInfo.InvariantCulture),
    };
}
