using SkyTree.Core.Connections;
using SkyTree.Core.Messages;
using SkyTree.Core.Replication;

namespace SkyTree.Core.Diagnostics;

/// <summary>What a broker's metrics read.</summary>
internal sealed record MetricSources(
    Broker Broker,
    BrokerState State,
    IReplicator Replicator,
    ConnectionTable Connections,
    ConnectionServices Services,
    OutboxMessageStore? Outbox,
    SessionCensus Sessions,
    StoreCensus Store,
    TimeProvider Time)
{
    private readonly long _startedAt = Time.GetTimestamp();

    /// <summary>Seconds since the broker was made.</summary>
    public long UptimeSeconds => (long)Time.GetElapsedTime(_startedAt).TotalSeconds;
}
