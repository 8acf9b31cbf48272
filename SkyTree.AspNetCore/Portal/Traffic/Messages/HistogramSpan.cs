namespace SkyTree.AspNetCore.Portal.Traffic.Messages;

/// <summary>How far the histogram looks back when no time is chosen.</summary>
internal static class HistogramSpan
{
    private static readonly Dictionary<string, TimeSpan> s_spans = new(StringComparer.Ordinal)
    {
        ["15m"] = TimeSpan.FromMinutes(15),
        ["1h"] = TimeSpan.FromHours(1),
        ["6h"] = TimeSpan.FromHours(6),
        ["24h"] = TimeSpan.FromHours(24),
        ["7d"] = TimeSpan.FromDays(7),
    };

    /// <summary>Those that are offered; the texts' names are <c>Span.{span}</c>.</summary>
    public static IReadOnlyCollection<string> Names => s_spans.Keys;

    /// <summary>The one that is taken without choosing.</summary>
    public const string Default = "1h";

    /// <summary>How long it is.</summary>
    public static TimeSpan Of(string? name) => s_spans.TryGetValue(name ?? Default, out TimeSpan span) ? span : s_spans[Default];
}
