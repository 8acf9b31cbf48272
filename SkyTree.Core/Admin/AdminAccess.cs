namespace SkyTree.Core.Admin;

/// <summary>Whether an action looks or changes.</summary>
public enum AdminAccess
{
    /// <summary>Looks.</summary>
    Read,

    /// <summary>Changes something, or hands out what must stay secret.</summary>
    Write,
}
