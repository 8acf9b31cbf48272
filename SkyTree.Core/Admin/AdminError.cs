namespace SkyTree.Core.Admin;

/// <summary>Why an action was not done.</summary>
public enum AdminError
{
    /// <summary>What was asked for makes no sense: mistakes in its form or values.</summary>
    Invalid,

    /// <summary>The caller's role or scopes do not allow it.</summary>
    Denied,

    /// <summary>There is no such thing.</summary>
    NotFound,

    /// <summary>It is there already, or was changed by somebody else meanwhile.</summary>
    Conflict,

    /// <summary>The version that the caller has seen is not the present one.</summary>
    VersionMismatch,

    /// <summary>A limit is reached.</summary>
    LimitExceeded,

    /// <summary>It cannot be done now: a node, a leader or a store is away.</summary>
    Unavailable,
}
