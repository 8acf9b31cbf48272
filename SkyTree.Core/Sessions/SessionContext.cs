using SkyTree.Core.Connections;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Messages;
using SkyTree.Core.Registry;
using SkyTree.Core.Replication;
using SkyTree.Core.Sessions.Limits;

namespace SkyTree.Core.Sessions;

/// <summary>What every session of a broker shares.</summary>
internal sealed record SessionContext(BrokerOptions Options, StoreOptions StoreOptions, MessageStore Store, DropLedger Drops, TimeProvider Time, BrokerLog Log)
{
    /// <summary>What the configuration says of topics.</summary>
    public TopicPolicies Policies { get; init; } = TopicPolicies.None;

    /// <summary>This node; empty: the broker is one process and no cluster.</summary>
    public Guid Node { get; init; }

    /// <summary>Other nodes; null: there is no cluster. Set once, when the broker is put together.</summary>
    public INeighbours? Neighbours { get; set; }

    /// <summary>What people configure while the broker runs.</summary>
    public RegistryTable Registry { get; init; } = new();

    /// <summary>Sessions that have acknowledged something since their cursor was noted.</summary>
    public System.Collections.Concurrent.ConcurrentQueue<Session> Moved { get; } = new();

    /// <summary>Queues that send nothing until this node serves again.</summary>
    public System.Collections.Concurrent.ConcurrentQueue<SessionQueue> Held { get; } = new();

    /// <summary>Readers whose read of the store failed.</summary>
    public ReadRetries Retries { get; } = new(Time, Log);

    /// <summary>Who waits for room in a full session.</summary>
    public QueueRoom QueueRoom { get; } = new();

    /// <summary>What happens, for who watches.</summary>
    public EventFeed Events { get; } = new(Time);

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
