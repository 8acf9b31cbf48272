namespace SkyTree.Core.Admin.Audit;

/// <summary>An entry on its way to the audit log, with how much of the log is to stay.</summary>
internal sealed record AuditNote(string Caller, string? Address, string Action, string Target, string? Before, string? After, int MaximumEntries, long MaximumAgeMs)
{
    private const int LongestName = 1024;
    private const int LongestDetail = 8 * 1024;
    private const string Omitted = """{"omitted":"too long"}""";

    /// <summary>A note whose parts are within bounds.</summary>
    public static AuditNote Of(Caller caller, string action, string target, string? before, string? after, AdminOptions options) => new(
        Cut(caller.Name),
        caller.Address,
        action,
        Cut(target),
        before?.Length > LongestDetail ? Omitted : before,
        after?.Length > LongestDetail ? Omitted : after,
        options.AuditEntries,
        options.AuditDays * 86_400_000L);

    private static string Cut(string text) => text.Length <= LongestName ? text : text[..LongestName];
}
