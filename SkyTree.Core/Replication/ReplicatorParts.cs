using SkyTree.Core.Diagnostics;

namespace SkyTree.Core.Replication;

/// <summary>What a replicator works with.</summary>
/// <param name="State">What it applies commands to.</param>
/// <param name="Database">Where their changes go.</param>
/// <param name="Time">The clock.</param>
/// <param name="Log">Where it logs.</param>
/// <param name="Wake">Is told of each message that has been stored, in the log's order.</param>
internal sealed record ReplicatorParts(BrokerState State, StateDatabase Database, TimeProvider Time, BrokerLog Log, Action<AppendedMessage> Wake);
