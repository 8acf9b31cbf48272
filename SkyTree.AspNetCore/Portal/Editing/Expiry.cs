using System.Globalization;
using SkyTree.Core.Admin;

namespace SkyTree.AspNetCore.Portal.Editing;

/// <summary>When something ends, as people choose it.</summary>
public sealed record Expiry
{
    /// <summary>It never ends.</summary>
    public const string Never = "never";

    /// <summary>It ends at <see cref="Moment"/>.</summary>
    public const string At = "at";

    private static readonly Dictionary<string, TimeSpan> s_spans = new(StringComparer.Ordinal)
    {
        ["1h"] = TimeSpan.FromHours(1),
        ["1d"] = TimeSpan.FromDays(1),
        ["7d"] = TimeSpan.FromDays(7),
        ["30d"] = TimeSpan.FromDays(30),
        ["90d"] = TimeSpan.FromDays(90),
        ["365d"] = TimeSpan.FromDays(365),
    };

    /// <summary>What can be chosen.</summary>
    public static IReadOnlyList<string> Choices { get; } = [.. s_spans.Keys, Never, At];

    /// <summary>What is chosen.</summary>
    public string Choice { get; init; } = Never;

    /// <summary>The moment in UTC, as <c>2026-11-23T13:25</c>; counts for <see cref="At"/> alone.</summary>
    public string? Moment { get; init; }

    /// <summary>What stands for a moment that has been chosen before.</summary>
    /// <param name="moment">The moment; null: never.</param>
    public static Expiry Of(DateTimeOffset? moment) => moment is { } at
        ? new Expiry { Choice = At, Moment = at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm", CultureInfo.InvariantCulture) }
        : new Expiry();

    /// <summary>The moment at which it ends; null: never.</summary>
    /// <param name="now">The present moment.</param>
    /// <exception cref="AdminException">The moment is none.</exception>
    public DateTimeOffset? Resolve(DateTimeOffset now) => Choice switch
    {
        Never => null,
        At => DateTimeOffset.TryParse(Moment, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset moment)
            ? moment
            : throw new AdminException(AdminError.Invalid, "bad_moment", "A date and a time are needed.") { Fields = new Dictionary<string, string> { ["expiresAt"] = "a date and a time" } },
        _ => now + s_spans[Choice],
    };
}
