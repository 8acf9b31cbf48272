namespace SkyTree.Core.Protocol;

/// <summary>MQTT control packet types, the high four bits of a packet's first byte (MQTT 5.0, 2.1.2).</summary>
internal enum PacketType : byte
{
    /// <summary>Forbidden.</summary>
    Reserved = 0,

    /// <summary>Connection request.</summary>
    Connect = 1,

    /// <summary>Connection acknowledgement.</summary>
    ConnAck = 2,

    /// <summary>A message.</summary>
    Publish = 3,

    /// <summary>QoS 1 acknowledgement.</summary>
    PubAck = 4,

    /// <summary>QoS 2, first answer.</summary>
    PubRec = 5,

    /// <summary>QoS 2, release.</summary>
    PubRel = 6,

    /// <summary>QoS 2, completion.</summary>
    PubComp = 7,

    /// <summary>Subscribe request.</summary>
    Subscribe = 8,

    /// <summary>Subscribe acknowledgement.</summary>
    SubAck = 9,

    /// <summary>Unsubscribe request.</summary>
    Unsubscribe = 10,

    /// <summary>Unsubscribe acknowledgement.</summary>
    UnsubAck = 11,

    /// <summary>Keep-alive request.</summary>
    PingReq = 12,

    /// <summary>Keep-alive answer.</summary>
    PingResp = 13,

    /// <summary>Disconnect notification.</summary>
    Disconnect = 14,

    /// <summary>Authentication exchange, MQTT 5.0 only.</summary>
    Auth = 15,
}
