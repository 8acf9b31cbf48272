using SkyTree.Bench.Load;

namespace SkyTree.Bench.Durable;

/// <summary>
/// The sessions and messages that several runs work on, one after the other: who subscribes to what, and which message
/// goes where, follows from the options alone.
/// </summary>
internal sealed class StoredSet(BenchOptions options)
{
    private readonly string _prefix = $"bench/{options.Name}/";

    public int Publishers => options.Publishers;

    public int Topics => options.Topics;

    public string ClientId(int session) => $"bench-{options.Name}-{session}";

    public string Filter(int session) => options.Wildcard ? _prefix + '+' : Topic(session % Topics);

    public string Topic(int number) => TopicCycle.Name(_prefix, number);

    public TopicCycle? Cycle() => Topics == 1 ? null : new TopicCycle(Publishers, Topics);

    /// <summary>How many of the first so many messages come from a publisher.</summary>
    public long Share(int publisher, long messages) => Math.Max(0, (messages - publisher + Publishers - 1) / Publishers);

    /// <summary>How many of the first so many messages are a session's.</summary>
    public long Expected(int session, long messages) =>
        options.Wildcard ? messages : Math.Max(0, (messages - session % Topics + Topics - 1) / Topics);

    /// <summary>A check of what a session is sent.</summary>
    public StoredOrder Order(int session) =>
        options.Wildcard ? new StoredOrder(this, 0, 1) : new StoredOrder(this, session % Topics, Topics);
}
