using System.Buffers.Binary;

namespace SkyTree.Core.Protocol;

/// <summary>
/// A PUBLISH parsed in place, as a server receives it (MQTT 5.0, 3.3). Its spans are slices of the body; nothing is
/// allocated.
/// </summary>
internal readonly ref struct PublishView
{
    private const int AliasLength = 3;
    private const int ExpiryLength = 5;
    private const int Absent = -1;

    // Where Topic Alias and Message Expiry begin in Properties.
    private readonly int _aliasAt;
    private readonly int _expiryAt;

    private PublishView(
        byte first,
        ushort packetId,
        ReadOnlySpan<byte> topic,
        ReadOnlySpan<byte> properties,
        ReadOnlySpan<byte> payload,
        Found found)
    {
        QoS = (QoS)((first >> 1) & 3);
        Dup = (first & 0x8) != 0;
        Retain = (first & 0x1) != 0;
        PacketId = packetId;
        Topic = topic;
        Properties = properties;
        Payload = payload;
        TopicAlias = found.TopicAlias;
        MessageExpirySeconds = found.MessageExpirySeconds;
        PayloadIsUtf8 = found.PayloadIsUtf8;
        _aliasAt = found.AliasAt;
        _expiryAt = found.ExpiryAt;
    }

    /// <summary>The QoS.</summary>
    public QoS QoS { get; }

    /// <summary>The DUP flag.</summary>
    public bool Dup { get; }

    /// <summary>The RETAIN flag.</summary>
    public bool Retain { get; }

    /// <summary>The packet identifier, 1 to 65,535; 0 at QoS 0.</summary>
    public ushort PacketId { get; }

    /// <summary>The topic name, a legal one; empty only when there is a Topic Alias.</summary>
    public ReadOnlySpan<byte> Topic { get; }

    /// <summary>The block of properties without its length, checked; empty with 3.x.</summary>
    public ReadOnlySpan<byte> Properties { get; }

    /// <summary>The payload.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>Topic Alias; 0 when absent.</summary>
    public ushort TopicAlias { get; }

    /// <summary>Whether there is a Message Expiry Interval.</summary>
    public bool HasMessageExpiry => _expiryAt != Absent;

    /// <summary>Message Expiry Interval in seconds; 0 when absent.</summary>
    public uint MessageExpirySeconds { get; }

    /// <summary>Whether the Payload Format Indicator says that the payload is UTF-8; that it is so has not been checked.</summary>
    public bool PayloadIsUtf8 { get; }

    /// <summary>Whether <see cref="Properties"/> holds neither Topic Alias nor Message Expiry, so that it can be forwarded as it is.</summary>
    public bool ForwardsVerbatim => _aliasAt == Absent && _expiryAt == Absent;

    /// <summary>The length of <see cref="Properties"/> without Topic Alias and Message Expiry, in bytes.</summary>
    public int ForwardedPropertiesLength =>
        Properties.Length - (_aliasAt == Absent ? 0 : AliasLength) - (_expiryAt == Absent ? 0 : ExpiryLength);

    /// <summary>Parses a body, and checks everything that can be said of it without the connection's state.</summary>
    /// <param name="first">The packet's first byte, as <see cref="FrameReader"/> let it pass.</param>
    /// <param name="body">The packet after its fixed header.</param>
    /// <param name="version">The connection's version.</param>
    /// <param name="publish">The packet.</param>
    /// <param name="error">What is wrong, when the answer is false.</param>
    public static bool TryParse(
        byte first,
        ReadOnlySpan<byte> body,
        ProtocolVersion version,
        out PublishView publish,
        out DecodeError error) =>
        TryParse(first, body, version, fromServer: false, out publish, out error);

    /// <summary>
    /// Copies <see cref="Properties"/> without Topic Alias, which is the connection's, and Message Expiry, which is
    /// counted down [MQTT-3.3.2-6]; the rest stays in its order [MQTT-3.3.2-17].
    /// </summary>
    /// <param name="destination">At least <see cref="ForwardedPropertiesLength"/> bytes.</param>
    /// <returns>The bytes copied.</returns>
    public int CopyForwardedProperties(Span<byte> destination)
    {
        int firstCut = Properties.Length, firstLength = 0, secondCut = Properties.Length, secondLength = 0;
        Cut(_aliasAt, AliasLength);
        Cut(_expiryAt, ExpiryLength);

        Properties[..firstCut].CopyTo(destination);
        int written = firstCut;
        ReadOnlySpan<byte> between = Properties[(firstCut + firstLength)..secondCut];
        between.CopyTo(destination[written..]);
        written += between.Length;
        ReadOnlySpan<byte> after = Properties[(secondCut + secondLength)..];
        after.CopyTo(destination[written..]);
        return written + after.Length;

        void Cut(int at, int length)
        {
            if (at == Absent)
            {
                return;
            }

            if (at < firstCut)
            {
                (secondCut, secondLength) = (firstCut, firstLength);
                (firstCut, firstLength) = (at, length);
            }
            else
            {
                (secondCut, secondLength) = (at, length);
            }
        }
    }

    /// <summary>As the public form; a server's PUBLISH may have Subscription Identifiers, also several.</summary>
    internal static bool TryParse(
        byte first,
        ReadOnlySpan<byte> body,
        ProtocolVersion version,
        bool fromServer,
        out PublishView publish,
        out DecodeError error)
    {
        publish = default;
        int qos = (first >> 1) & 3;
        if (qos == 3)
        {
            error = DecodeErrors.QoS3;
            return false;
        }

        if (!BinaryPrimitives.TryReadUInt16BigEndian(body, out ushort topicLength) || body.Length - 2 < topicLength)
        {
            error = DecodeErrors.Truncated;
            return false;
        }

        ReadOnlySpan<byte> topic = body.Slice(2, topicLength);
        ReadOnlySpan<byte> rest = body[(2 + topicLength)..];
        ushort packetId = 0;
        if (qos != 0)
        {
            if (!BinaryPrimitives.TryReadUInt16BigEndian(rest, out packetId))
            {
                error = DecodeErrors.Truncated;
                return false;
            }

            if (packetId == 0)
            {
                error = DecodeErrors.PacketIdZero;
                return false;
            }

            rest = rest[2..];
        }

        ReadOnlySpan<byte> properties = default;
        var found = new Found { AliasAt = Absent, ExpiryAt = Absent };
        if (version == ProtocolVersion.V5)
        {
            if (rest.Length > 0 && rest[0] == 0)
            {
                rest = rest[1..];
            }
            else
            {
                var reader = new BodyReader(rest);
                if (!reader.TryReadProperties(out properties))
                {
                    error = reader.Error;
                    return false;
                }

                rest = reader.Rest;
                if (!TryReadProperties(properties, fromServer, ref found, out error))
                {
                    return false;
                }
            }
        }

        if (!TopicName.IsValid(topic) && (topicLength != 0 || found.AliasAt == Absent))
        {
            error = ExplainTopic(topic);
            return false;
        }

        publish = new PublishView(first, packetId, topic, properties, rest, found);
        error = default;
        return true;
    }

    private static bool TryReadProperties(ReadOnlySpan<byte> properties, bool fromServer, ref Found found, out DecodeError error)
    {
        var reader = new PropertyReader(properties, PropertySets.Publish, repeatSubscriptionIdentifiers: fromServer);
        while (reader.Read())
        {
            switch (reader.Id)
            {
                case PropertyId.TopicAlias:
                    found.TopicAlias = (ushort)reader.Number;
                    found.AliasAt = reader.Start;
                    break;
                case PropertyId.MessageExpiryInterval:
                    found.MessageExpirySeconds = reader.Number;
                    found.ExpiryAt = reader.Start;
                    break;
                case PropertyId.PayloadFormatIndicator:
                    found.PayloadIsUtf8 = reader.Flag;
                    break;
                case PropertyId.SubscriptionIdentifier when !fromServer:
                    error = DecodeErrors.SubscriptionIdentifierFromClient;
                    return false;
            }
        }

        error = reader.Error;
        return !reader.Failed;
    }

    private static DecodeError ExplainTopic(ReadOnlySpan<byte> topic)
    {
        if (topic.IsEmpty)
        {
            return DecodeErrors.TopicEmpty;
        }

        return MqttUtf8.IsWellFormed(topic) ? DecodeErrors.TopicWildcard : DecodeErrors.Text;
    }

    // What the properties say that a server needs to know.
    private struct Found
    {
        public ushort TopicAlias;
        public uint MessageExpirySeconds;
        public bool PayloadIsUtf8;
        public int AliasAt;
        public int ExpiryAt;
    }
}
