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

    /// <summary>Not a load but the smallest thing that can take one: see <see cref="Relay.RelayBroker"/>.</summary>
    Relay,
}
