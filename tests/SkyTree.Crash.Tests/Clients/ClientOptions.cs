using SkyTree.Crash.Tests.Wire;

namespace SkyTree.Crash.Tests.Clients;

/// <summary>What a client is.</summary>
/// <param name="Name">Its client identifier.</param>
/// <param name="Level">4 for 3.1.1, 5 for 5.0.</param>
internal sealed record ClientOptions(string Name, int Level)
{
    /// <summary>Whether its session outlives its connections. If not, it gives up what is unacknowledged when a connection ends.</summary>
    public bool IsDurable { get; init; } = true;

    /// <summary>What it subscribes to, once.</summary>
    public IReadOnlyList<Subscription> Subscriptions { get; init; } = [];

    /// <summary>How many unacknowledged messages it takes; said to the broker at 5.0 only.</summary>
    public ushort ReceiveMaximum { get; init; } = ushort.MaxValue;

    /// <summary>
    /// Whether its broker is several nodes: a CONNECT that it gave up may come behind its next one, at another node, and take
    /// the session over.
    /// </summary>
    public bool Roams { get; init; }

    /// <summary>Whether it acknowledges nothing until as many messages wait as it takes.</summary>
    public bool IsSlow { get; init; }
}
