using System.Buffers.Binary;
using SkyTree.Core.Diagnostics.Tracing;
using SkyTree.Core.Messages;
using SkyTree.Core.Protocol;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Connections;

/// <summary>
/// One message on its way to its subscribers: encodes each shape (5.0 or 3.x, with or without packet identifier)
/// once, whoever gets it. Lives on the stack of the thread that publishes; disposed before the thread waits.
/// </summary>
internal ref struct Fanout
{
    private readonly ReadOnlySpan<byte> _original;
    private readonly ProtocolVersion _originalVersion;
    private readonly FrameScratch _scratch;
    private int _lengths0, _lengths1, _lengths2, _lengths3; // of the shapes that are encoded, else 0

    private StoredMessage? _message;

    /// <summary>A message as it came from a client.</summary>
    /// <param name="publish">The parsed packet.</param>
    /// <param name="original">The whole packet as received, if it holds nothing that must not be forwarded; else empty.</param>
    /// <param name="properties">Its properties without those that are not forwarded.</param>
    /// <param name="payload">Its payload.</param>
    /// <param name="version">The publisher's protocol version.</param>
    /// <param name="route">The route of the message's topic.</param>
    /// <param name="publisherId">The publisher's client identifier.</param>
    /// <param name="nowMs">The time now.</param>
    public Fanout(scoped in PublishView publish, ReadOnlySpan<byte> original, ReadOnlySpan<byte> properties, ReadOnlySpan<byte> payload, ProtocolVersion version, Route route, string publisherId, long nowMs)
    {
        _scratch = FrameScratch.Take();
        _original = original;
        _originalVersion = version;
        Route = route;
        Topic = route.Topic;
        ForwardedProperties = properties;
        Payload = payload;
        QoS = publish.QoS;
        Retain = publish.Retain;
        ExpirySeconds = publish.HasMessageExpiry ? publish.MessageExpirySeconds : null;
        NowMs = nowMs;
        PublisherId = publisherId;
        IsTraced = BrokerTracing.IsOn && TraceProperties.IsSampled(properties);
    }

    /// <summary>A message that was kept: from a queue, the log or the retained ones.</summary>
    public Fanout(StoredMessage message, long nowMs)
    {
        _scratch = FrameScratch.Take();
        _message = message;
        Topic = message.TopicUtf8;
        ForwardedProperties = message.Properties.Span;
        Payload = message.Payload.Span;
        QoS = (QoS)message.QoS;
        Retain = message.Retain;
        ExpirySeconds = message.ExpiresAtMs is { } at ? (uint)Math.Clamp((at - nowMs + 999) / 1000, 1, uint.MaxValue) : null;
        NowMs = nowMs;
        PublisherId = message.PublisherId;
        IsTraced = BrokerTracing.IsOn && TraceProperties.IsSampled(ForwardedProperties);
    }

    /// <summary>A message that another node hands on.</summary>
    /// <param name="route">The route of its topic.</param>
    /// <param name="properties">Its forwarded properties.</param>
    /// <param name="payload">Its payload.</param>
    /// <param name="qos">Its QoS.</param>
    /// <param name="retain">Whether it was published with RETAIN.</param>
    /// <param name="expirySeconds">What is left of its expiry interval, or null.</param>
    /// <param name="publisherId">The publisher's client identifier.</param>
    /// <param name="nowMs">The time now.</param>
    public Fanout(Route route, ReadOnlySpan<byte> properties, ReadOnlySpan<byte> payload, QoS qos, bool retain, uint? expirySeconds, string publisherId, long nowMs)
    {
        _scratch = FrameScratch.Take();
        Route = route;
        Topic = route.Topic;
        ForwardedProperties = properties;
        Payload = payload;
        QoS = qos;
        Retain = retain;
        ExpirySeconds = expirySeconds;
        NowMs = nowMs;
        PublisherId = publisherId;
        IsTraced = BrokerTracing.IsOn && TraceProperties.IsSampled(properties);
    }

    /// <summary>The message as it is stored; null: it is not, or nobody has asked yet.</summary>
    public readonly StoredMessage? Stored => _message;

    public Route? Route { get; init; }

    public ReadOnlySpan<byte> Topic { get; }

    /// <summary>The topic name. May be made when it is asked for.</summary>
    public readonly string TopicName => Route?.Name ?? _message?.Topic ?? System.Text.Encoding.UTF8.GetString(Topic);

    public ReadOnlySpan<byte> ForwardedProperties { get; }

    public ReadOnlySpan<byte> Payload { get; }

    public QoS QoS { get; }

    public bool Retain { get; }

    /// <summary>What is left of the Message Expiry Interval, or null.</summary>
    public uint? ExpirySeconds { get; }

    public long NowMs { get; }

    /// <summary>The publisher's client identifier; empty when the broker itself publishes.</summary>
    public string PublisherId { get; }

    /// <summary>Whether it carries a trace that is recorded, and somebody listens.</summary>
    public bool IsTraced { get; }

    /// <summary>The same for who only looks on.</summary>
    public readonly StoredMessage Copy() => _message ?? new StoredMessage
    {
        Offset = 0,
        Topic = TopicName,
        TimestampMs = NowMs,
        ExpiresAtMs = ExpirySeconds is { } seconds ? NowMs + (seconds * 1000L) : null,
        QoS = (byte)QoS,
        Retain = Retain,
        PublisherId = PublisherId,
        Properties = ForwardedProperties.ToArray(),
        Payload = Payload.ToArray(),
    };

    /// <summary>The message as an object that can be kept. Made when first asked for.</summary>
    public StoredMessage ToMessage() => _message ??= new StoredMessage
    {
        Offset = 0,
        Topic = Route!.Name,
        TopicUtf8 = Route.Topic,
        TimestampMs = NowMs,
        ExpiresAtMs = ExpirySeconds is { } seconds ? NowMs + (seconds * 1000L) : null,
        QoS = (byte)QoS,
        Retain = Retain,
        PublisherId = PublisherId,
        Properties = ForwardedProperties.ToArray(),
        Payload = Payload.ToArray(),
    };

    /// <summary>The packet in a shape that many subscribers share, with its first byte and packet identifier set. Empty: larger than any packet may be.</summary>
    public Span<byte> Frame(ProtocolVersion version, byte first, ushort packetId)
    {
        bool hasId = packetId != 0;
        bool v5 = version == ProtocolVersion.V5;
        int shape = (v5 ? 2 : 0) + (hasId ? 1 : 0);
        ref int length = ref _lengths0;
        switch (shape)
        {
            case 1: length = ref _lengths1; break;
            case 2: length = ref _lengths2; break;
            case 3: length = ref _lengths3; break;
        }

        byte[] buffer = _scratch.Buffers[shape];
        if (length == 0)
        {
            length = Encode(ref buffer, v5, hasId);
            _scratch.Buffers[shape] = buffer;
        }

        if (length < 0)
        {
            return default;
        }

        Span<byte> frame = buffer.AsSpan(0, length);
        frame[0] = first;
        if (hasId)
        {
            BinaryPrimitives.WriteUInt16BigEndian(frame[(VariableLengthEnd(frame) + 2 + Topic.Length)..], packetId);
        }

        return frame;
    }

    /// <summary>The packet for one subscriber alone: with subscription identifiers, a topic alias, or what it is told of a stored message. Empty: larger than any packet may be.</summary>
    public Span<byte> SpecialFrame(ProtocolVersion version, byte first, ushort packetId, ReadOnlySpan<uint> identifiers, StoredProperties properties, ushort alias, bool aliasKnown)
    {
        Span<byte> stored = stackalloc byte[StoredPropertiesEncoding.MaximumLength];
        var packet = new OutboundPublish
        {
            Version = version,
            QoS = (QoS)((first >> 1) & 3),
            Dup = (first & 8) != 0,
            Retain = (first & 1) != 0,
            PacketId = packetId,
            Topic = aliasKnown ? default : Topic,
            TopicAlias = alias,
            ForwardedProperties = ForwardedProperties,
            HasMessageExpiry = ExpirySeconds.HasValue,
            MessageExpirySeconds = ExpirySeconds.GetValueOrDefault(),
            SubscriptionIdentifiers = identifiers,
            AddedProperties = stored[..StoredPropertiesEncoding.Write(stored, properties, _message)],
            Payload = Payload,
        };
        int length = packet.GetLength();
        if (length == int.MaxValue)
        {
            return default; // identifiers and alias make it larger than MQTT allows
        }

        byte[] buffer = _scratch.Fit(FrameScratch.Special, length);
        return buffer.AsSpan(0, packet.Write(buffer));
    }

    public readonly void Dispose() => _scratch.Return();

    // After the first byte and the Remaining Length.
    private static int VariableLengthEnd(ReadOnlySpan<byte> frame)
    {
        int i = 1;
        while (frame[i] >= 0x80)
        {
            i++;
        }

        return i + 1;
    }

    private readonly int Encode(ref byte[] buffer, bool v5, bool hasId)
    {
        // The publisher's own bytes serve where they are the same shape: only flags and identifier differ.
        if (!_original.IsEmpty && v5 == (_originalVersion == ProtocolVersion.V5) && hasId == (QoS != QoS.AtMostOnce))
        {
            buffer = FrameScratch.Fit(buffer, _original.Length);
            _original.CopyTo(buffer);
            return _original.Length;
        }

        var packet = new OutboundPublish
        {
            Version = v5 ? ProtocolVersion.V5 : ProtocolVersion.V311,
            QoS = hasId ? QoS.AtLeastOnce : QoS.AtMostOnce,
            PacketId = hasId ? (ushort)1 : (ushort)0,
            Topic = Topic,
            ForwardedProperties = ForwardedProperties,
            HasMessageExpiry = ExpirySeconds.HasValue,
            MessageExpirySeconds = ExpirySeconds.GetValueOrDefault(),
            Payload = Payload,
        };
        int length = packet.GetLength();
        if (length == int.MaxValue)
        {
            return -1;
        }

        buffer = FrameScratch.Fit(buffer, length);
        return packet.Write(buffer);
    }
}
