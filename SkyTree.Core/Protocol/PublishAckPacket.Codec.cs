using System.Buffers;
using System.Buffers.Binary;

namespace SkyTree.Core.Protocol;

internal readonly partial record struct PublishAckPacket : IPacketBody, IPropertySource
{
    /// <summary>The length in bytes of an acknowledgement that says Success and nothing else.</summary>
    public const int ShortLength = 4;

    /// <summary>Whether PUBACK and PUBREC can have a reason code.</summary>
    public static bool CanHave(ReasonCode code) => ReceiptCodes.Contains((byte)code);

    private static ReadOnlySpan<byte> ReceiptCodes => [0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99];

    private static ReadOnlySpan<byte> ReleaseCodes => [0x00, 0x92];

    /// <summary>Parses a body. Allocates only when there are properties.</summary>
    /// <param name="header">The packet's header, as <see cref="FrameReader"/> let it pass.</param>
    /// <param name="body">The packet after its fixed header.</param>
    /// <param name="version">The connection's version.</param>
    /// <param name="packet">The packet.</param>
    /// <param name="error">What is wrong, when the answer is false.</param>
    public static bool TryParse(
        FrameHeader header,
        ReadOnlySpan<byte> body,
        ProtocolVersion version,
        out PublishAckPacket packet,
        out DecodeError error)
    {
        if (body.Length != 2)
        {
            return TryParseLong(header.Type, body, version, out packet, out error);
        }

        ushort packetId = BinaryPrimitives.ReadUInt16BigEndian(body);
        packet = new PublishAckPacket { Type = header.Type, PacketId = packetId };
        error = packetId == 0 ? DecodeErrors.PacketIdZero : default;
        return packetId != 0;
    }

    /// <summary>Writes an acknowledgement that says Success and nothing else; the same in all versions.</summary>
    /// <param name="destination">At least <see cref="ShortLength"/> bytes.</param>
    /// <param name="type">Which of the four.</param>
    /// <param name="packetId">The packet identifier, 1 to 65,535.</param>
    /// <returns><see cref="ShortLength"/>.</returns>
    public static int WriteShort(Span<byte> destination, PacketType type, ushort packetId)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)FirstByte(type) << 24 | 2U << 16 | packetId);
        return ShortLength;
    }

    /// <summary>Writes the packet in its shortest form. With 3.x there is only the packet identifier.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="version">The receiver's version.</param>
    /// <param name="maximumPacketSize">The receiver's limit in bytes; to keep it, User Properties and then the Reason String are left out.</param>
    /// <returns>False, with nothing written, when it does not fit even so.</returns>
    public bool Write(IBufferWriter<byte> output, ProtocolVersion version, uint maximumPacketSize = uint.MaxValue)
    {
        if (version == ProtocolVersion.V5
            && (ReasonCode != ReasonCode.Success || ReasonString is not null || UserProperties is not null))
        {
            return PacketEncoder.Write(this, FirstByte(Type), output, version, maximumPacketSize);
        }

        if (maximumPacketSize < ShortLength)
        {
            return false;
        }

        output.Advance(WriteShort(output.GetSpan(ShortLength), Type, PacketId));
        return true;
    }

    void IPacketBody.WriteBody(ref PacketWriter writer, ProtocolVersion version)
    {
        writer.UInt16(PacketId);
        uint properties = writer.MeasureProperties(this);
        if (properties == 0 && ReasonCode == ReasonCode.Success)
        {
            return;
        }

        writer.Byte((byte)ReasonCode);
        if (properties != 0)
        {
            writer.Properties(this);
        }
    }

    void IPropertySource.WriteProperties(ref PacketWriter writer) => writer.Diagnostics(ReasonString, UserProperties);

    private static byte FirstByte(PacketType type) => (byte)((int)type << 4 | (type == PacketType.PubRel ? 0x2 : 0));

    private static bool TryParseLong(
        PacketType type,
        ReadOnlySpan<byte> body,
        ProtocolVersion version,
        out PublishAckPacket packet,
        out DecodeError error)
    {
        packet = default;
        var reader = new BodyReader(body);
        if (!reader.TryReadPacketId(out ushort packetId))
        {
            error = reader.Error;
            return false;
        }

        if (version != ProtocolVersion.V5)
        {
            error = DecodeErrors.TrailingBytes;
            return false;
        }

        ReadOnlySpan<byte> properties = default;
        // A body of three bytes ends with the reason code; the property length is then left out (MQTT 5.0, 3.4.2.2.1).
        if (!reader.TryReadByte(out byte code) || (!reader.IsAtEnd && (!reader.TryReadProperties(out properties) || !reader.TryReadEnd())))
        {
            error = reader.Error;
            return false;
        }

        if (!(type is PacketType.PubRel or PacketType.PubComp ? ReleaseCodes : ReceiptCodes).Contains(code))
        {
            error = DecodeErrors.ReasonCodeNotAllowed;
            return false;
        }

        if (!PropertyBlocks.TryReadDiagnostics(properties, out string? reasonString, out List<UserProperty>? userProperties, out error))
        {
            return false;
        }

        packet = new PublishAckPacket
        {
            Type = type,
            PacketId = packetId,
            ReasonCode = (ReasonCode)code,
            ReasonString = reasonString,
            UserProperties = userProperties,
        };
        return true;
    }
}
