namespace SkyTree.Core.Security.Access;

/// <summary>What happens where no rule says anything (configuration section <c>SkyTree:Access</c>).</summary>
internal sealed record AccessOptions
{
    /// <summary>
    /// What becomes of an action that no rule fits. Allow, the default, makes rules a list of exceptions, and a broker without rules
    /// one that everybody may use who is admitted; with Deny nothing is permitted that no rule permits.
    /// </summary>
    [Changeable]
    public AccessEffect NoMatch { get; set; } = AccessEffect.Allow;
}
