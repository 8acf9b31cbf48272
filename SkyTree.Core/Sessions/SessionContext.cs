using SkyTree.Core.Diagnostics;
using SkyTree.Core.Messages;
using SkyTree.Core.Replication;

namespace SkyTree.Core.Sessions;

/// <summary>What every session of a broker shares.</summary>
internal sealed record SessionContext(BrokerOptions Options, StoreOptions StoreOptions, MessageStore Store, DropLedger Drops, TimeProvider Time, BrokerLog Log)
{
    /// <summary>What the configuration says of topics.</summary>
    public TopicPolicies Policies { get; init; } = TopicPolicies.None;

    /// <summary>Readers whose read of the store failed.</summary>
    public ReadRetries Retries { get; } = new(Time, Log);

    /// <summary>Where changes to the state are proposed. Set once, when the broker is put together.</summary>
    public IReplicator Replicator { get; set; } = null!;

    /// <summary>The time now in milliseconds since 1970-01-01 UTC.</summary>
    public long NowMs => Time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Reads the log. Whatever a store does when it fails, the failure is the answer's.</summary>
    public ValueTask<LogPage> ReadLog(long after, Func<string, bool> filter, int limit)
    {
        try
        {
            return Store.ReadLogAsync(after, filter, limit);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return ValueTask.FromException<LogPage>(e);
        }
    }
}
