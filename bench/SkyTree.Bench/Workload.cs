namespace SkyTree.Bench;

internal enum Workload
{
    /// <summary>Publisher i to subscriber i, each pair on its own topic.</summary>
    Pairs,

    /// <summary>N publishers to one subscriber.</summary>
    FanIn,

    /// <summary>One publisher to N subscribers.</summary>
    FanOut,

    /// <summary>N subscribed clients that then do nothing.</summary>
    Idle,

    /// <summary>Durable sessions that subscribe and leave.</summary>
    Sessions,

    /// <summary>Messages for sessions that are away, each acknowledged.</summary>
    Publish,

    /// <summary>Sessions that come back for what is stored.</summary>
    Drain,

    /// <summary>A session that comes back as soon as the broker lets it.</summary>
    Connect,

    /// <summary>One publisher that waits for each acknowledgement, through whatever happens to the broker.</summary>
    Resume,

    /// <summary>No broker: what the disk gives to who flushes every message.</summary>
    Disk,

    /// <summary>Not a load but the smallest thing that can take one: see <see cref="Relay.RelayBroker"/>.</summary>
    Relay,
}
