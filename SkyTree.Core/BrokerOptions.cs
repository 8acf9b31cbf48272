using System.ComponentModel.DataAnnotations;

namespace SkyTree.Core;

/// <summary>What the broker allows and announces (configuration section <c>SkyTree:Mqtt</c>). Listeners have limits of their own.</summary>
internal sealed record BrokerOptions
{
    /// <summary>Maximum QoS of publishes, 0 to 2, announced in CONNACK.</summary>
    [Range(0, 2)]
    public int MaximumQoS { get; init; } = 2;

    /// <summary>Whether retained messages are kept, announced in CONNACK.</summary>
    public bool RetainAvailable { get; init; } = true;

    /// <summary>Whether wildcard subscriptions are accepted, announced in CONNACK.</summary>
    public bool WildcardSubscriptionAvailable { get; init; } = true;

    /// <summary>Whether subscription identifiers are accepted, announced in CONNACK.</summary>
    public bool SubscriptionIdentifiersAvailable { get; init; } = true;

    /// <summary>Whether shared subscriptions are accepted, announced in CONNACK.</summary>
    public bool SharedSubscriptionAvailable { get; init; } = true;

    /// <summary>How a shared group chooses the member for a message.</summary>
    [Changeable]
    public SharedStrategy SharedStrategy { get; set; } = SharedStrategy.LeastInFlight;

    /// <summary>QoS 1 and 2 publishes that one client may have unacknowledged, 1 to 65,535, announced in CONNACK.</summary>
    [Range(1, 65_535)]
    public int ReceiveMaximum { get; init; } = 1024;

    /// <summary>QoS 1 and 2 messages in flight to one client, 1 to 65,535; a client's own Receive Maximum lowers it.</summary>
    [Range(1, 65_535)]
    [Changeable(NewConnectionsOnly = true)]
    public int MaximumInflight { get; set; } = 1024;

    /// <summary>Topic aliases that a client may use, 0 to 65,535, announced in CONNACK.</summary>
    [Range(0, 65_535)]
    public int TopicAliasMaximum { get; init; } = 64;

    /// <summary>Topic aliases that the broker uses towards one client at most, 0 to 65,535; the client's own Topic Alias Maximum lowers it.</summary>
    [Range(0, 65_535)]
    public int OutboundTopicAliasMaximum { get; init; } = 64;

    /// <summary>The longest session expiry in seconds that is granted; 4,294,967,295: no limit.</summary>
    [Changeable(NewConnectionsOnly = true)]
    public uint MaximumSessionExpirySeconds { get; set; } = uint.MaxValue;

    /// <summary>The longest keep-alive in seconds, 0 to 65,535; a client that asks for more, or for none, is given this one. 0: no limit.</summary>
    [Range(0, 65_535)]
    [Changeable(NewConnectionsOnly = true)]
    public int MaximumKeepAliveSeconds { get; set; }

    /// <summary>The longest topic name or filter in bytes, 1 to 65,535.</summary>
    [Range(1, 65_535)]
    [Changeable]
    public int MaximumTopicLength { get; set; } = 65_535;

    /// <summary>The most levels of a topic name or filter, 1 to 65,535.</summary>
    [Range(1, 65_535)]
    [Changeable]
    public int MaximumTopicLevels { get; set; } = 128;

    /// <summary>Sessions in all, connected or not, 1 to 1,000,000,000; one more is answered 0x97.</summary>
    [Range(1, 1_000_000_000)]
    [Changeable]
    public int MaximumSessions { get; set; } = 10_000_000;

    /// <summary>Subscriptions of one session, 1 to 10,000,000; one more is answered 0x97.</summary>
    [Range(1, 10_000_000)]
    [Changeable]
    public int MaximumSubscriptions { get; set; } = 100_000;

    /// <summary>QoS 1 and 2 messages that may wait in memory for a transient session beyond those in flight, 0 to 10,000,000; more are dropped and counted.</summary>
    [Range(0, 10_000_000)]
    [Changeable]
    public int MaximumQueuedMessages { get; set; } = 100_000;

    /// <summary>Bytes of such messages for one session, 0 to 2,147,483,647.</summary>
    [Range(0, int.MaxValue)]
    [Changeable]
    public int MaximumQueuedBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>Retained messages in all, 0 to 1,000,000,000; one more is answered 0x97.</summary>
    [Range(0, 1_000_000_000)]
    [Changeable]
    public int MaximumRetainedMessages { get; set; } = 10_000_000;

    /// <summary>Whether a payload that its publisher says is UTF-8 is checked; ill-formed ones are answered 0x99.</summary>
    [Changeable]
    public bool CheckPayloadFormat { get; set; }

    /// <summary>Response Information for clients that ask for it, with <c>${clientid}</c> and <c>${username}</c>; empty: none is given.</summary>
    [Changeable(NewConnectionsOnly = true)]
    public string ResponseInformation { get; set; } = "";

    /// <summary>Seconds between two updates of the <c>$SYS</c> topics, 0 to 86,400; 0: none.</summary>
    [Range(0, 86_400)]
    [Changeable]
    public int SysTopicsSeconds { get; set; } = 10;

    /// <summary>Seconds that a graceful stop may take, 1 to 3,600.</summary>
    [Range(1, 3600)]
    public int ShutdownSeconds { get; init; } = 10;
}

/// <summary>How a shared group chooses the member for a message.</summary>
internal enum SharedStrategy
{
    /// <summary>The member with the fewest messages in flight and queued.</summary>
    LeastInFlight,

    /// <summary>One after the other.</summary>
    RoundRobin,

    /// <summary>The same member for the same topic while it stays.</summary>
    StickyByTopic,
}
