namespace SkyTree.Crash.Tests.Ledger;

/// <summary>What a broker can get wrong.</summary>
internal enum FindingKind
{
    /// <summary>An acknowledged message did not reach somebody who was subscribed before it was sent.</summary>
    Lost,

    /// <summary>A QoS 2 message came twice to an application, or to two members of a group.</summary>
    Doubled,

    /// <summary>A message first came after a later one of the same publisher, topic and QoS.</summary>
    OutOfOrder,

    /// <summary>A message came that nobody had sent, or with other bytes, another topic or set as retained.</summary>
    Damaged,

    /// <summary>A message came to somebody who had not subscribed to its topic.</summary>
    NotSubscribed,

    /// <summary>A message came with another QoS than the lower of the publisher's and the subscription's.</summary>
    WrongQoS,

    /// <summary>CONNACK said something else about the session than is true.</summary>
    SessionPresent,

    /// <summary>A packet identifier stood for another message before it was free, or a repeat did not say that it was one.</summary>
    PacketIdentifier,

    /// <summary>More unacknowledged messages than the client's Receive Maximum.</summary>
    ReceiveMaximum,

    /// <summary>A publish or subscription was refused without a cause.</summary>
    Refused,

    /// <summary>A topic's retained message is older than an acknowledged one, or nobody's.</summary>
    Retained,

    /// <summary>The broker ended by itself, sent what is no packet, or stood still.</summary>
    Broker,
}
