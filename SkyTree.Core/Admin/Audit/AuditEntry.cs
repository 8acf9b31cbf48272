namespace SkyTree.Core.Admin.Audit;

/// <summary>Something that was done: who, from where, what, before and after.</summary>
/// <param name="Number">Its number; a later one has a higher one.</param>
/// <param name="At">When.</param>
/// <param name="Caller">Who.</param>
/// <param name="Address">From where; null: the broker's own process.</param>
/// <param name="Action">What, such as <c>users.change</c>.</param>
/// <param name="Target">On what.</param>
/// <param name="Before">What it was, as JSON without secrets, or null.</param>
/// <param name="After">What it is, as JSON without secrets, or null.</param>
public sealed record AuditEntry(long Number, DateTimeOffset At, string Caller, string? Address, string Action, string Target, string? Before, string? After);
