using SkyTree.Core.Diagnostics;
using SkyTree.Core.Messages;
using SkyTree.Core.Replication;
using SkyTree.Core.Sessions.Limits;

namespace SkyTree.Core.Sessions;

/// <summary>What every session of a broker shares.</summary>
internal sealed record SessionContext(BrokerOptions Options, StoreOptions StoreOptions, MessageStore Store, DropLedger Drops, TimeProvider Time, BrokerLog Log)
{
    /// <summary>What the configuration says of topics.</summary>
    public TopicPolicies Policies { get; init; } = TopicPolicies.None;

    /// <summary>Who waits for room in a full session.</summary>
    public QueueRoom QueueRoom { get; } = new();

    /// <summary>Where changes to the state are proposed. Set once, when the broker is put together.</summary>
    public IReplicator Replicator { get; set; } = null!;

    /// <summary>The time now in milliseconds since 1970-01-01 UTC.</summary>
    public long NowMs => Time.GetUtcNow().ToUnixTimeMilliseconds();
}
