using SkyTree.Core.Messages;
using SkyTree.Core.Protocol;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Sessions;

/// <summary>One message in flight to the client.</summary>
internal struct InflightEntry
{
    /// <summary>To send it again; null for a transient session, which never does.</summary>
    public StoredMessage? Message;

    /// <summary>What it was sent for.</summary>
    public Subscription? Subscription;

    /// <summary>Its offset in the log; 0: not from the log.</summary>
    public long Offset;

    /// <summary>The replay that it is sent for, which has a cursor of its own, or null.</summary>
    public ReplayReader? Replay;

    public QoS QoS;

    public InflightState State;

    /// <summary>Whether it is sent with RETAIN.</summary>
    public bool Retain;

    /// <summary>Whether it has been sent at all: sent again, it carries DUP [MQTT-3.3.1-1].</summary>
    public bool Sent;
}

/// <summary>How far a message in flight has come.</summary>
internal enum InflightState : byte
{
    /// <summary>Acknowledged; the place is free.</summary>
    Done,

    /// <summary>QoS 2 to a durable session: that it is being sent is on its way to the disk; PUBLISH follows.</summary>
    Committing,

    /// <summary>PUBLISH was sent, or is next to be.</summary>
    Published,

    /// <summary>QoS 2: PUBREC came, PUBREL was sent.</summary>
    Released,
}
