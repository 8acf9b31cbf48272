using System.Buffers;
using System.Text;

namespace SkyTree.Core.Protocol;

/// <summary>
/// PUBLISH with every property as a member (MQTT 5.0, 3.3), for clients and tools. A broker's path of messages uses
/// <see cref="PublishView"/> and <see cref="OutboundPublish"/>.
/// </summary>
internal sealed class PublishPacket : IPacketBody, IPropertySource
{
    /// <summary>Creates a packet.</summary>
    public PublishPacket()
    {
    }

    private PublishPacket(in PublishView view)
    {
        QoS = view.QoS;
        Dup = view.Dup;
        Retain = view.Retain;
        PacketId = view.PacketId;
        Topic = Encoding.UTF8.GetString(view.Topic);
        Payload = view.Payload.ToArray();

        List<UserProperty>? userProperties = null;
        List<uint>? identifiers = null;
        var reader = new PropertyReader(view.Properties, PropertySets.Publish, repeatSubscriptionIdentifiers: true);
        while (reader.Read())
        {
            switch (reader.Id)
            {
                case PropertyId.PayloadFormatIndicator: PayloadIsUtf8 = reader.Flag; break;
                case PropertyId.MessageExpiryInterval: MessageExpirySeconds = reader.Number; break;
                case PropertyId.TopicAlias: TopicAlias = (ushort)reader.Number; break;
                case PropertyId.ResponseTopic: ResponseTopic = reader.Text; break;
                case PropertyId.CorrelationData: CorrelationData = reader.Bytes.ToArray(); break;
                case PropertyId.ContentType: ContentType = reader.Text; break;
                case PropertyId.SubscriptionIdentifier: (identifiers ??= []).Add(reader.Number); break;
                case PropertyId.UserProperty: (userProperties ??= []).Add(reader.UserProperty); break;
            }
        }

        SubscriptionIdentifiers = identifiers ?? SubscriptionIdentifiers;
        UserProperties = userProperties ?? UserProperties;
    }

    /// <summary>The QoS.</summary>
    public QoS QoS { get; init; }

    /// <summary>The DUP flag; must be false at QoS 0.</summary>
    public bool Dup { get; init; }

    /// <summary>The RETAIN flag.</summary>
    public bool Retain { get; init; }

    /// <summary>The packet identifier, 1 to 65,535; 0 at QoS 0.</summary>
    public ushort PacketId { get; init; }

    /// <summary>The topic name; empty when <see cref="TopicAlias"/> stands for it.</summary>
    public string Topic { get; init; } = "";

    /// <summary>The payload.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>Payload Format Indicator; null when absent, which means the same as false.</summary>
    public bool? PayloadIsUtf8 { get; init; }

    /// <summary>Message Expiry Interval in seconds; null when absent: the message never expires.</summary>
    public uint? MessageExpirySeconds { get; init; }

    /// <summary>Topic Alias; 0 when absent.</summary>
    public ushort TopicAlias { get; init; }

    /// <summary>Response Topic.</summary>
    public string? ResponseTopic { get; init; }

    /// <summary>Correlation Data.</summary>
    public ReadOnlyMemory<byte>? CorrelationData { get; init; }

    /// <summary>Subscription Identifiers, each 1 to 268,435,455; only a server sends them.</summary>
    public IReadOnlyList<uint> SubscriptionIdentifiers { get; init; } = [];

    /// <summary>Content Type.</summary>
    public string? ContentType { get; init; }

    /// <summary>User Properties.</summary>
    public IReadOnlyList<UserProperty> UserProperties { get; init; } = [];

    /// <summary>Parses a body as <see cref="PublishView"/> does, but also admits what only a server sends.</summary>
    /// <param name="first">The packet's first byte, as <see cref="FrameReader"/> let it pass.</param>
    /// <param name="body">The packet after its fixed header.</param>
    /// <param name="version">The connection's version.</param>
    /// <param name="packet">The packet, or null.</param>
    /// <param name="error">What is wrong, when the answer is false.</param>
    public static bool TryParse(
        byte first,
        ReadOnlySpan<byte> body,
        ProtocolVersion version,
        out PublishPacket? packet,
        out DecodeError error)
    {
        bool isLegal = PublishView.TryParse(first, body, version, fromServer: true, out PublishView view, out error);
        packet = isLegal ? new PublishPacket(view) : null;
        return isLegal;
    }

    /// <summary>Writes the packet whole.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="version">The receiver's version; with 3.x there are no properties.</param>
    /// <param name="maximumPacketSize">The receiver's limit in bytes.</param>
    /// <returns>False, with nothing written, when it does not fit or has no encoding.</returns>
    public bool Write(IBufferWriter<byte> output, ProtocolVersion version, uint maximumPacketSize = uint.MaxValue)
    {
        int first = (int)PacketType.Publish << 4 | (Dup ? 0x8 : 0) | (int)QoS << 1 | (Retain ? 1 : 0);
        return PacketEncoder.Write(this, (byte)first, output, version, maximumPacketSize);
    }

    void IPacketBody.WriteBody(ref PacketWriter writer, ProtocolVersion version)
    {
        writer.Text(Topic);
        if (QoS != QoS.AtMostOnce)
        {
            writer.UInt16(PacketId);
        }

        if (version == ProtocolVersion.V5)
        {
            writer.Properties(this);
        }

        writer.Raw(Payload.Span);
    }

    void IPropertySource.WriteProperties(ref PacketWriter writer)
    {
        writer.Property(PropertyId.PayloadFormatIndicator, PayloadIsUtf8);
        writer.Property(PropertyId.MessageExpiryInterval, MessageExpirySeconds);
        writer.Property(PropertyId.TopicAlias, TopicAlias == 0 ? null : TopicAlias);
        writer.Property(PropertyId.ResponseTopic, ResponseTopic);
        writer.Property(PropertyId.CorrelationData, CorrelationData);
        for (int i = 0; i < SubscriptionIdentifiers.Count; i++)
        {
            writer.SubscriptionIdentifier(SubscriptionIdentifiers[i]);
        }

        writer.Property(PropertyId.ContentType, ContentType);
        writer.UserProperties(UserProperties);
    }
}
