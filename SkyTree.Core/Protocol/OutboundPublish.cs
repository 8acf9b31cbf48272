using System.Buffers.Binary;

namespace SkyTree.Core.Protocol;

/// <summary>
/// A PUBLISH to be written into a buffer of the caller's, without allocation (MQTT 5.0, 3.3). With 3.x everything
/// that is a property is ignored.
/// </summary>
internal readonly ref struct OutboundPublish
{
    private const int ExpiryLength = 5;
    private const int AliasLength = 3;

    /// <summary>The receiver's version.</summary>
    public ProtocolVersion Version { get; init; }

    /// <summary>The QoS.</summary>
    public QoS QoS { get; init; }

    /// <summary>The DUP flag; must be false at QoS 0 [MQTT-3.3.1-2].</summary>
    public bool Dup { get; init; }

    /// <summary>The RETAIN flag.</summary>
    public bool Retain { get; init; }

    /// <summary>The packet identifier, 1 to 65,535; ignored at QoS 0.</summary>
    public ushort PacketId { get; init; }

    /// <summary>The topic name, at most 65,535 bytes; empty when <see cref="TopicAlias"/> stands for it.</summary>
    public ReadOnlySpan<byte> Topic { get; init; }

    /// <summary>Encoded properties that are copied as they are; they must not contain what the other members say.</summary>
    public ReadOnlySpan<byte> ForwardedProperties { get; init; }

    /// <summary>Whether to send a Message Expiry Interval.</summary>
    public bool HasMessageExpiry { get; init; }

    /// <summary>Message Expiry Interval in seconds: what is left of it.</summary>
    public uint MessageExpirySeconds { get; init; }

    /// <summary>Subscription Identifiers, each 1 to 268,435,455.</summary>
    public ReadOnlySpan<uint> SubscriptionIdentifiers { get; init; }

    /// <summary>Encoded user properties of the server's own, written after all others.</summary>
    public ReadOnlySpan<byte> AddedProperties { get; init; }

    /// <summary>Topic Alias; 0: none.</summary>
    public ushort TopicAlias { get; init; }

    /// <summary>The payload.</summary>
    public ReadOnlySpan<byte> Payload { get; init; }

    /// <summary>
    /// The whole packet's length in bytes; <see cref="int.MaxValue"/>, which is above every limit a receiver can set and
    /// still be sent to, when the packet is longer than MQTT allows and must not be written.
    /// </summary>
    public int GetLength()
    {
        long length = GetBodyLength();
        return length > VariableByteInteger.MaximumValue
            ? int.MaxValue
            : 1 + VariableByteInteger.GetLength((uint)length) + (int)length;
    }

    /// <summary>Writes the packet.</summary>
    /// <param name="destination">At least <see cref="GetLength"/> bytes.</param>
    /// <returns>The bytes written.</returns>
    public int Write(Span<byte> destination)
    {
        destination[0] = (byte)((int)PacketType.Publish << 4 | (Dup ? 0x8 : 0) | (int)QoS << 1 | (Retain ? 1 : 0));
        int position = 1 + VariableByteInteger.Write(destination[1..], (uint)GetBodyLength());
        BinaryPrimitives.WriteUInt16BigEndian(destination[position..], (ushort)Topic.Length);
        position += 2;
        Topic.CopyTo(destination[position..]);
        position += Topic.Length;
        if (QoS != QoS.AtMostOnce)
        {
            BinaryPrimitives.WriteUInt16BigEndian(destination[position..], PacketId);
            position += 2;
        }

        if (Version == ProtocolVersion.V5)
        {
            position += WriteProperties(destination[position..]);
        }

        Payload.CopyTo(destination[position..]);
        return position + Payload.Length;
    }

    private long GetBodyLength()
    {
        long length = 2L + Topic.Length + (QoS == QoS.AtMostOnce ? 0 : 2) + Payload.Length;
        if (Version == ProtocolVersion.V5)
        {
            uint properties = GetPropertiesLength();
            length += VariableByteInteger.GetLength(properties) + (long)properties;
        }

        return length;
    }

    private uint GetPropertiesLength()
    {
        int length = ForwardedProperties.Length
            + AddedProperties.Length
            + (HasMessageExpiry ? ExpiryLength : 0)
            + (TopicAlias != 0 ? AliasLength : 0);
        foreach (uint identifier in SubscriptionIdentifiers)
        {
            length += 1 + VariableByteInteger.GetLength(identifier);
        }

        return (uint)length;
    }

    private int WriteProperties(Span<byte> destination)
    {
        int position = VariableByteInteger.Write(destination, GetPropertiesLength());
        if (HasMessageExpiry)
        {
            destination[position] = (byte)PropertyId.MessageExpiryInterval;
            BinaryPrimitives.WriteUInt32BigEndian(destination[(position + 1)..], MessageExpirySeconds);
            position += ExpiryLength;
        }

        if (TopicAlias != 0)
        {
            destination[position] = (byte)PropertyId.TopicAlias;
            BinaryPrimitives.WriteUInt16BigEndian(destination[(position + 1)..], TopicAlias);
            position += AliasLength;
        }

        ForwardedProperties.CopyTo(destination[position..]);
        position += ForwardedProperties.Length;
        foreach (uint identifier in SubscriptionIdentifiers)
        {
            destination[position++] = (byte)PropertyId.SubscriptionIdentifier;
            position += VariableByteInteger.Write(destination[position..], identifier);
        }

        AddedProperties.CopyTo(destination[position..]);
        return position + AddedProperties.Length;
    }
}
