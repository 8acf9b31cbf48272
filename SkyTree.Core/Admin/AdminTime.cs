namespace SkyTree.Core.Admin;

/// <summary>Times as people read them.</summary>
internal static class AdminTime
{
    private const long Latest = 253_402_300_799_999; // the end of the year 9999

    /// <summary>A time from Unix milliseconds, or null; one too late for a date is the latest there is.</summary>
    public static DateTimeOffset? From(long? milliseconds) => milliseconds is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(ms, 0, Latest)) : null;
}
