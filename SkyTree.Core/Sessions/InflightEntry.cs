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

    public QoS QoS;

    public InflightState State;

    /// <summary>Whether it was sent with RETAIN.</summary>
    public bool Retain;
}

/// <summary>How far a message in flight has come.</summary>
internal enum InflightState : byte
{
    /// <summary>Acknowledged; the place is free.</summary>
    Done,

    /// <summary>PUBLISH was sent.</summary>
    Published,

    /// <summary>QoS 2: PUBREC came, PUBREL was sent.</summary>
    Released,
}
