namespace SkyTree.Core.Security.Access;

/// <summary>What a rule does.</summary>
public enum AccessEffect
{
    /// <summary>Permits.</summary>
    Allow,

    /// <summary>Forbids.</summary>
    Deny,
}
