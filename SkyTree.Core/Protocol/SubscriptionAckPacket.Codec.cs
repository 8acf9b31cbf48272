using System.Buffers;

namespace SkyTree.Core.Protocol;

internal sealed partial class SubscriptionAckPacket : IPacketBody, IPropertySource
{
    /// <summary>Whether SUBACK of 5.0 can have a reason code.</summary>
    public static bool CanHave(ReasonCode code) => SubAckCodes.Contains((byte)code);

    private static ReadOnlySpan<byte> SubAckCodes =>
        [0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2];

    private static ReadOnlySpan<byte> UnsubAckCodes => [0x00, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91];

    private static ReadOnlySpan<byte> ReturnCodes => [0x00, 0x01, 0x02, 0x80];

    /// <summary>Parses a body.</summary>
    /// <param name="header">The packet's header, as <see cref="FrameReader"/> let it pass.</param>
    /// <param name="body">The packet after its fixed header.</param>
    /// <param name="version">The connection's version.</param>
    /// <param name="packet">The packet, or null. It has no reason codes when it is an UNSUBACK of 3.x.</param>
    /// <param name="error">What is wrong, when the answer is false.</param>
    public static bool TryParse(
        FrameHeader header,
        ReadOnlySpan<byte> body,
        ProtocolVersion version,
        out SubscriptionAckPacket? packet,
        out DecodeError error)
    {
        packet = null;
        var reader = new BodyReader(body);
        if (!reader.TryReadPacketId(out ushort packetId) || !reader.TryReadProperties(version, out ReadOnlySpan<byte> properties))
        {
            error = reader.Error;
            return false;
        }

        if (!PropertyBlocks.TryReadDiagnostics(properties, out string? reasonString, out List<UserProperty>? userProperties, out error)
            || !TryReadCodes(header.Type, reader.Rest, version, out ReasonCode[] codes, out error))
        {
            return false;
        }

        packet = new SubscriptionAckPacket
        {
            Type = header.Type,
            PacketId = packetId,
            ReasonString = reasonString,
            UserProperties = userProperties ?? [],
            ReasonCodes = codes,
        };
        return true;
    }

    /// <summary>Writes the packet.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="version">The receiver's version.</param>
    /// <param name="maximumPacketSize">The receiver's limit in bytes; to keep it, User Properties and then the Reason String are left out.</param>
    /// <returns>False, with nothing written, when it does not fit even so.</returns>
    public bool Write(IBufferWriter<byte> output, ProtocolVersion version, uint maximumPacketSize = uint.MaxValue) =>
        PacketEncoder.Write(this, (byte)((int)Type << 4), output, version, maximumPacketSize);

    void IPacketBody.WriteBody(ref PacketWriter writer, ProtocolVersion version)
    {
        writer.UInt16(PacketId);
        if (version == ProtocolVersion.V5)
        {
            writer.Properties(this);
        }
        else if (Type == PacketType.UnsubAck)
        {
            return;
        }

        for (int i = 0; i < ReasonCodes.Count; i++)
        {
            byte code = (byte)ReasonCodes[i];
            writer.Byte(version == ProtocolVersion.V5 ? code : Math.Min(code, (byte)0x80));
        }
    }

    void IPropertySource.WriteProperties(ref PacketWriter writer) => writer.Diagnostics(ReasonString, UserProperties);

    private static bool TryReadCodes(
        PacketType type,
        ReadOnlySpan<byte> bytes,
        ProtocolVersion version,
        out ReasonCode[] codes,
        out DecodeError error)
    {
        codes = [];
        if (type == PacketType.UnsubAck && version != ProtocolVersion.V5)
        {
            error = bytes.IsEmpty ? default : DecodeErrors.TrailingBytes;
            return bytes.IsEmpty;
        }

        ReadOnlySpan<byte> allowed = type == PacketType.UnsubAck ? UnsubAckCodes
            : version == ProtocolVersion.V5 ? SubAckCodes : ReturnCodes;
        if (bytes.IsEmpty || bytes.ContainsAnyExcept(allowed))
        {
            error = bytes.IsEmpty ? DecodeErrors.NoReasonCodes : DecodeErrors.ReasonCodeNotAllowed;
            return false;
        }

        codes = new ReasonCode[bytes.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            codes[i] = (ReasonCode)bytes[i];
        }

        error = default;
        return true;
    }
}
