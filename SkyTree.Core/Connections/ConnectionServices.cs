using SkyTree.Core.Diagnostics;
using SkyTree.Core.Messages;
using SkyTree.Core.Replication;
using SkyTree.Core.Security;
using SkyTree.Core.Sessions;

namespace SkyTree.Core.Connections;

/// <summary>What every connection of a broker uses.</summary>
internal sealed record ConnectionServices(
    BrokerOptions Options,
    Durability Durability,
    IReplicator Replicator,
    MessageRouter Router,
    WillSender Wills,
    AuthenticationChain Authentication,
    IAuthorizer Authorizer,
    TrafficCounters Traffic,
    DropLedger Drops,
    Ticker Ticker,
    TimeProvider Time,
    BrokerLog Log);
