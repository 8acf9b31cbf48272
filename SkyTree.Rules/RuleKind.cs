namespace SkyTree.Rules;

/// <summary>What a rule does.</summary>
internal enum RuleKind
{
    /// <summary>It gives topics other names.</summary>
    Rewrite,

    /// <summary>It publishes messages again.</summary>
    Republish,
}
