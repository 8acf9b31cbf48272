namespace SkyTree.Cluster.Tests.Chaos;

/// <summary>What is done to a cluster.</summary>
internal enum Blow
{
    /// <summary>kill -9 for a node, and a start after a while.</summary>
    Kill,

    /// <summary>kill -9 for the node that leads, and a start after a while.</summary>
    KillLeader,

    /// <summary>kill -9 for all at once: what was acknowledged is on disks.</summary>
    KillAll,

    /// <summary>A node stands still for 0.2 to 8 s, and goes on.</summary>
    Pause,

    /// <summary>A node and the others do not reach each other.</summary>
    Isolate,

    /// <summary>Nothing comes from a node to the others, or nothing to it from them.</summary>
    OneWay,

    /// <summary>Two nodes do not reach each other; both reach the third.</summary>
    CutPair,

    /// <summary>A node is cut off and reached by turns, faster than anybody notices or slower.</summary>
    Flap,

    /// <summary>All that nodes say to each other takes a while.</summary>
    Delay,

    /// <summary>A node's flushes take 20 ms to a second each, and its writes to files a hundredth of that.</summary>
    SlowDisk,

    /// <summary>A node is killed for good and removed; an empty one is added in its place.</summary>
    Replace,

    /// <summary>kill -9 for the database server, and a start after a while.</summary>
    KillDatabase,

    /// <summary>The same, with the node that leads, which writes to it.</summary>
    KillLeaderAndDatabase,
}
