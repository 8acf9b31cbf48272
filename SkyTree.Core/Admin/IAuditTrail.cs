namespace SkyTree.Core.Admin;

/// <summary>Where changes are noted: who, from where, what, before and after.</summary>
internal interface IAuditTrail
{
    /// <summary>Notes an action that is not itself a change of what the trail is kept with. Completes when it is safe.</summary>
    /// <param name="caller">Who.</param>
    /// <param name="action">What, such as <c>sessions.kick</c>.</param>
    /// <param name="target">On what: a client identifier, a topic, a node.</param>
    /// <param name="before">What it was, as JSON without secrets, or null.</param>
    /// <param name="after">What it is, as JSON without secrets, or null.</param>
    ValueTask NoteAsync(Caller caller, string action, string target, string? before = null, string? after = null);
}
