using System.Collections.Concurrent;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Diagnostics.Tracing;
using SkyTree.Core.Hooks;
using SkyTree.Core.Messages;
using SkyTree.Core.Registry;
using SkyTree.Core.Replication;
using SkyTree.Core.Rewriting;
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
    BrokerLog Log)
{
    /// <summary>Who has come, and what became of them.</summary>
    public AdmissionCounters Admissions { get; } = new();

    /// <summary>What happens, for who watches.</summary>
    public EventFeed Events { get; init; } = new(Time);

    /// <summary>What the application wants to see and judge.</summary>
    public BrokerHooks Hooks { get; init; } = new([], new HookOptions(), Options, Time, Log);

    /// <summary>What gives topics other names; null: nothing does.</summary>
    public ITopicRewriter? Rewriter { get; init; }

    /// <summary>Recordings of packets.</summary>
    public PacketTraces Traces { get; } = new(Time);

    /// <summary>Client identifiers of sessions that are this program's own: nobody else may have them.</summary>
    public ConcurrentDictionary<string, bool> ReservedClientIds { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether clients are sent to other servers.</summary>
    public Redirection Redirection { get; } = new();

    /// <summary>Whether this node is out of touch with its cluster, and for how long.</summary>
    public Outage Outage { get; } = new(Replicator, Time);

    /// <summary>Who must wait, having been refused again and again.</summary>
    public ClientLockout Lockout { get; init; } = new(new PasswordOptions(), Time);

    /// <summary>Who is kept out.</summary>
    public BanList Bans { get; init; } = new(new RegistryTable(), Time);
}
