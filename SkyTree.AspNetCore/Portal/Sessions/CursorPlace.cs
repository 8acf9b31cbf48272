namespace SkyTree.AspNetCore.Portal.Sessions;

/// <summary>Where a cursor can be put.</summary>
public enum CursorPlace
{
    /// <summary>Behind all that is stored.</summary>
    End,

    /// <summary>At a time.</summary>
    Time,

    /// <summary>At an offset.</summary>
    Offset,

    /// <summary>Before all that is stored.</summary>
    Front,
}
