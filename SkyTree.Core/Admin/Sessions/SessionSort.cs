namespace SkyTree.Core.Admin.Sessions;

/// <summary>In which order sessions are listed.</summary>
/// <param name="By">By what; those that are equal are in the order of their client identifiers.</param>
/// <param name="IsDescending">Whether the largest is first.</param>
public readonly record struct SessionSort(SessionSortKey By, bool IsDescending)
{
    /// <summary>Whether only the node of a connection knows it.</summary>
    internal bool NeedsLive => By is SessionSortKey.Queue or SessionSortKey.Connected;
}

/// <summary>What sessions can be ordered by.</summary>
public enum SessionSortKey
{
    /// <summary>The client identifier. At any number of sessions, a page costs what it holds.</summary>
    ClientId,

    /// <summary>How many subscriptions they have.</summary>
    Subscriptions,

    /// <summary>How far their cursor is behind. Durable sessions only.</summary>
    Lag,

    /// <summary>Messages in flight and waiting in memory. Connected sessions only.</summary>
    Queue,

    /// <summary>When the client connected. Connected sessions only.</summary>
    Connected,
}
