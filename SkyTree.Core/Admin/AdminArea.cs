namespace SkyTree.Core.Admin;

/// <summary>What an action is about. An API key's scopes are made of these: <c>sessions:read</c>, <c>users:write</c>.</summary>
public enum AdminArea
{
    /// <summary>Sessions, their subscriptions, queues and cursors, and shared groups.</summary>
    Sessions,

    /// <summary>The tree of topics that carry messages.</summary>
    Topics,

    /// <summary>Stored messages.</summary>
    Messages,

    /// <summary>Retained messages.</summary>
    Retained,

    /// <summary>Publishing in the broker's name.</summary>
    Publish,

    /// <summary>Users that devices connect as, and their groups.</summary>
    Users,

    /// <summary>Rules of who may do what with which topics.</summary>
    Acl,

    /// <summary>Who is kept out.</summary>
    Bans,

    /// <summary>Admin accounts.</summary>
    Admins,

    /// <summary>API keys.</summary>
    ApiKeys,

    /// <summary>What was changed, by whom.</summary>
    Audit,

    /// <summary>The nodes: membership, leadership, draining.</summary>
    Cluster,

    /// <summary>Listeners and their limits.</summary>
    Listeners,

    /// <summary>Configuration.</summary>
    Config,

    /// <summary>What was dropped, and why.</summary>
    Drops,

    /// <summary>Recordings of what a client sends and gets.</summary>
    Trace,

    /// <summary>Counters, charts, events.</summary>
    Stats,

    /// <summary>Backup and restore.</summary>
    Backup,

    /// <summary>Bridges to other brokers.</summary>
    Bridges,

    /// <summary>What reads messages and writes them to other systems.</summary>
    Sinks,

    /// <summary>What gives topics other names, and publishes messages again.</summary>
    Rules,
}
