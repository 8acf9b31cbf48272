namespace SkyTree.Core.Admin;

/// <summary>What an admin account or an API key may do at most. Each includes those before it.</summary>
public enum AdminRole
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Sees everything but accounts, keys and the audit log; changes nothing.</summary>
    Viewer,

    /// <summary>Also acts on sessions, messages, traces and nodes: what the day's work needs.</summary>
    Operator,

    /// <summary>Everything.</summary>
    Administrator,
}
