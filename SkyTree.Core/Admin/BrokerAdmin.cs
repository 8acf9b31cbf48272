using SkyTree.Core.Admin.Access;
using SkyTree.Core.Admin.Accounts;
using SkyTree.Core.Admin.Attention;
using SkyTree.Core.Admin.Audit;
using SkyTree.Core.Admin.Bridges;
using SkyTree.Core.Admin.Drops;
using SkyTree.Core.Admin.Events;
using SkyTree.Core.Admin.Messages;
using SkyTree.Core.Admin.Nodes;
using SkyTree.Core.Admin.Publishing;
using SkyTree.Core.Admin.Retain;
using SkyTree.Core.Admin.Sessions;
using SkyTree.Core.Admin.Stats;
using SkyTree.Core.Admin.Subscriptions;
using SkyTree.Core.Admin.Topics;
using SkyTree.Core.Admin.Tracing;
using SkyTree.Core.Admin.Users;
using SkyTree.Core.Registry;
using SkyTree.Core.Security;
using SkyTree.Core.Security.Passwords;

namespace SkyTree.Core.Admin;

/// <summary>
/// What people and programs may see and do, by subject. Each action is given its caller, judges whether that may, acts, and
/// notes what it changed. The HTTP API and the portal stand on it alike.
/// </summary>
public sealed class BrokerAdmin
{
    internal BrokerAdmin(AdminParts parts)
    {
        Audit = parts.Audit;
        BrokerSecurity security = parts.Security;
        TimeProvider time = parts.Context.Time;
        var registry = new RegistryWriter(security.Registry, parts.Replicator, security.Admin, (AuditTrail)parts.Audit);
        var passwords = new PasswordChecker(security.Passwords, time);
        var lastUses = new LastUses(registry, time);
        AuditLog = new AuditLog(parts.State);
        Accounts = new AdminAccounts(registry, security.Admin, passwords, lastUses, time);
        ApiKeys = new ApiKeys(registry, security.Admin, lastUses, time);
        PortalKeys = new PortalKeys(security.Registry, registry);
        Pauses = new Pauses(registry);
        Users = new DeviceUsers(registry, security.ConfiguredUsers, passwords, time);
        Access = new AccessRules(registry, security);
        Bans = new Bans(registry, time);
        Nodes = parts.Nodes;
        Sessions = new SessionAdmin(parts);
        Subscriptions = new SubscriptionAdmin(parts, registry);
        Publish = new PublishAdmin(parts);
        Retained = new RetainedAdmin(parts, Publish);
        Messages = new MessageAdmin(parts, Publish);
        Topics = new TopicAdmin(parts);
        Drops = new DropAdmin(parts);
        Deliveries = new DeliveryAdmin(parts);
        Events = new EventAdmin(parts);
        Stats = new StatsAdmin(parts);
        Traces = new TraceAdmin(parts);
        Attention = new AttentionAdmin(parts);
        Bridges = new BridgeAdmin(parts, registry);
    }

    /// <summary>Users that devices connect as.</summary>
    public DeviceUsers Users { get; }

    /// <summary>Who may do what with which topics.</summary>
    public AccessRules Access { get; }

    /// <summary>Who is kept out.</summary>
    public Bans Bans { get; }

    /// <summary>What was changed, by whom.</summary>
    public AuditLog AuditLog { get; }

    /// <summary>Who may use the portal and the HTTP API.</summary>
    public AdminAccounts Accounts { get; }

    /// <summary>Keys that programs show to the HTTP API.</summary>
    public ApiKeys ApiKeys { get; }

    /// <summary>What the portal's cookies are sealed with.</summary>
    internal PortalKeys PortalKeys { get; }

    /// <summary>Sessions: who is connected, and what waits for whom.</summary>
    public SessionAdmin Sessions { get; }

    /// <summary>Subscriptions and shared groups.</summary>
    public SubscriptionAdmin Subscriptions { get; }

    /// <summary>Publishing in the broker's name.</summary>
    public PublishAdmin Publish { get; }

    /// <summary>Retained messages.</summary>
    public RetainedAdmin Retained { get; }

    /// <summary>Stored messages.</summary>
    public MessageAdmin Messages { get; }

    /// <summary>The tree of topics that carry messages.</summary>
    public TopicAdmin Topics { get; }

    /// <summary>What was dropped, of whom and why.</summary>
    public DropAdmin Drops { get; }

    /// <summary>Why a client did, or did not, get a message.</summary>
    public DeliveryAdmin Deliveries { get; }

    /// <summary>What happens, as it happens.</summary>
    public EventAdmin Events { get; }

    /// <summary>Counters and charts.</summary>
    public StatsAdmin Stats { get; }

    /// <summary>Recordings of what a client sends and gets.</summary>
    public TraceAdmin Traces { get; }

    /// <summary>What needs attention first.</summary>
    public AttentionAdmin Attention { get; }

    /// <summary>Bridges to other brokers.</summary>
    public BridgeAdmin Bridges { get; }

    internal NodeQueries Nodes { get; }

    internal Pauses Pauses { get; }

    /// <summary>Where actions are noted that are not done by a service of this class.</summary>
    internal IAuditTrail Audit { get; }
}
