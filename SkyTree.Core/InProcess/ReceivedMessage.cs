using SkyTree.Core.Protocol;

namespace SkyTree.Core.InProcess;

/// <summary>A message as a client in this process gets it (MQTT 5.0, 3.3).</summary>
public sealed class ReceivedMessage
{
    private readonly PublishPacket _packet;

    internal ReceivedMessage(PublishPacket packet) => _packet = packet;

    /// <summary>The topic name.</summary>
    public string Topic => _packet.Topic;

    /// <summary>The payload; its bytes stay as they are.</summary>
    public ReadOnlyMemory<byte> Payload => _packet.Payload;

    /// <summary>The QoS at which it came: the lower of the message's and the subscription's.</summary>
    public QoS QoS => _packet.QoS;

    /// <summary>Whether it came because it was retained, or was published so, with Retain As Published.</summary>
    public bool Retain => _packet.Retain;

    /// <summary>Whether it may have come before (MQTT 5.0, 3.3.1.1).</summary>
    public bool Dup => _packet.Dup;

    /// <summary>Whether the publisher says that the payload is UTF-8; null: it says nothing.</summary>
    public bool? PayloadIsUtf8 => _packet.PayloadIsUtf8;

    /// <summary>Seconds until it expires; null: never.</summary>
    public uint? MessageExpirySeconds => _packet.MessageExpirySeconds;

    /// <summary>Content Type.</summary>
    public string? ContentType => _packet.ContentType;

    /// <summary>Response Topic.</summary>
    public string? ResponseTopic => _packet.ResponseTopic;

    /// <summary>Correlation Data.</summary>
    public ReadOnlyMemory<byte>? CorrelationData => _packet.CorrelationData;

    /// <summary>User Properties, in their order.</summary>
    public IReadOnlyList<UserProperty> UserProperties => _packet.UserProperties;

    internal ushort PacketId => _packet.PacketId;
}
