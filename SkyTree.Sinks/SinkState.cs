namespace SkyTree.Sinks;

/// <summary>What a sink does.</summary>
public enum SinkState
{
    /// <summary>Nothing: no node runs it, since none leads, or the one that does has not begun.</summary>
    Idle,

    /// <summary>It reads and writes.</summary>
    Running,

    /// <summary>The last attempt failed; it will try again.</summary>
    Retrying,

    /// <summary>Somebody has paused it.</summary>
    Paused,
}
