using SkyTree.Core.Diagnostics;
using SkyTree.Core.Messages;

namespace SkyTree.Core.Replication;

/// <summary>What a replicator works with.</summary>
/// <param name="State">What it applies commands to.</param>
/// <param name="Database">Where their changes go.</param>
/// <param name="Time">The clock.</param>
/// <param name="Log">Where it logs.</param>
/// <param name="Wake">Is told of each message that has been stored, in the log's order.</param>
internal sealed record ReplicatorParts(BrokerState State, StateDatabase Database, TimeProvider Time, BrokerLog Log, Action<AppendedMessage> Wake)
{
    /// <summary>Is told how long writing and committing take.</summary>
    public BrokerMetrics? Metrics { get; init; }

    /// <summary>All stored messages; null: those of the database.</summary>
    public MessageStore? Store { get; init; }

    /// <summary>Forgets what is held in memory of the stored messages: the database's content has been replaced.</summary>
    public Action ForgetStored { get; init; } = () => { };

    /// <summary>Called after an entry of the cluster's log was applied and written to the database, before anybody is told.</summary>
    public Action Written { get; init; } = () => { };

    /// <summary>Called before the database's content is replaced.</summary>
    public Action Replacing { get; init; } = () => { };

    /// <summary>Called when it has been replaced and the state is read again, or that has failed.</summary>
    public Action Replaced { get; init; } = () => { };

    /// <summary>The highest format level that this process agrees to.</summary>
    public int AgreedLevel { get; init; } = FormatLevel.Newest;

    /// <summary>What the operator calls the store that holds the messages; nodes with different ones cannot be one cluster.</summary>
    public string StoreName { get; init; } = "";
}
