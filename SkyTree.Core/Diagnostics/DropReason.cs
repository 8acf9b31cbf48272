namespace SkyTree.Core.Diagnostics;

/// <summary>Why a message was not delivered to a subscriber.</summary>
public enum DropReason
{
    /// <summary>QoS 0, and the client reads too slowly.</summary>
    SlowConsumer,

    /// <summary>QoS 0, and the session's client is away.</summary>
    Offline,

    /// <summary>QoS 1 or 2 to a session whose queue is full.</summary>
    QueueFull,

    /// <summary>Its Message Expiry Interval ran out before it could be sent.</summary>
    Expired,

    /// <summary>Larger than the client's Maximum Packet Size.</summary>
    PacketTooLarge,

    /// <summary>The publisher may not publish to the topic.</summary>
    NotAuthorized,

    /// <summary>There were as many retained messages, or as much in the store, as allowed.</summary>
    QuotaExceeded,

    /// <summary>A shared group had nobody connected.</summary>
    NoMember,

    /// <summary>The session ended with the message unacknowledged.</summary>
    SessionEnded,

    /// <summary>The store no longer has it, though it should.</summary>
    NotFound,

    /// <summary>QoS 1 or 2 to a durable session for which it had waited longer than allowed.</summary>
    QueueAge,

    /// <summary>For clients of another node, which could not be reached or takes messages more slowly than they come.</summary>
    NodeUnreachable,

    /// <summary>The client may not subscribe to the filter: counted once for each filter that was refused.</summary>
    SubscribeNotAuthorized,

    /// <summary>The rules have changed since the client subscribed: it may not read the topic any more.</summary>
    DeliveryNotAuthorized,

    /// <summary>A hook of the application dropped or refused it.</summary>
    Hook,

    /// <summary>A rule would have made a topic of it that is none.</summary>
    Rewrite,
}
