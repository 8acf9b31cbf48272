namespace SkyTree.Core.Admin.Audit;

/// <summary>Which entries of the audit log are wanted; all that is set must fit.</summary>
public sealed record AuditQuery
{
    /// <summary>Who; null: anybody.</summary>
    public string? Caller { get; init; }

    /// <summary>How the action begins, such as <c>users.</c>; null: any.</summary>
    public string? Action { get; init; }

    /// <summary>On what, exactly; null: on anything.</summary>
    public string? Target { get; init; }

    /// <summary>Not before.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Before.</summary>
    public DateTimeOffset? Until { get; init; }

    internal bool Fits(AuditEntry entry) =>
        (Caller is null || entry.Caller == Caller)
        && (Action is null || entry.Action.StartsWith(Action, StringComparison.Ordinal))
        && (Target is null || entry.Target == Target)
        && (Until is null || entry.At < Until);
}
