using System.Buffers;

namespace SkyTree.Core.Protocol;

/// <summary>Reads fixed headers (MQTT 5.0, 2.1), so that a packet can be refused before its body is buffered.</summary>
internal static class FrameReader
{
    // The flags that each packet type but PUBLISH must have, four bits a type, type 0 lowest (MQTT 5.0, 2.1.3).
    private const ulong RequiredFlags = 0x2UL << (4 * (int)PacketType.PubRel)
        | 0x2UL << (4 * (int)PacketType.Subscribe)
        | 0x2UL << (4 * (int)PacketType.Unsubscribe);

    private const int Dup = 0x8;

    /// <summary>
    /// Reads a fixed header. Refuses packet type 0, flags other than the specified ones [MQTT-2.1.3-1], QoS 3
    /// [MQTT-3.3.1-4], DUP with QoS 0 [MQTT-3.3.1-2], AUTH before 5.0, a Remaining Length of more than four bytes or
    /// of more bytes than it needs, and one that the packet type cannot have. It does not know the direction: which
    /// packets this peer may send is the caller's matter.
    /// </summary>
    /// <param name="bytes">What there is of the packet; more than its first five bytes are never looked at.</param>
    /// <param name="version">The connection's version; before CONNECT any.</param>
    /// <param name="header">The header when the answer is <see cref="FrameStatus.Done"/>.</param>
    /// <param name="error">What is wrong when the answer is <see cref="FrameStatus.Invalid"/>, which comes at the first byte that shows it.</param>
    public static FrameStatus TryReadHeader(
        ReadOnlySpan<byte> bytes,
        ProtocolVersion version,
        out FrameHeader header,
        out DecodeError error)
    {
        header = default;
        error = default;
        if (bytes.IsEmpty)
        {
            return FrameStatus.NeedMore;
        }

        byte first = bytes[0];
        if (!IsLegalFirstByte(first, version, ref error))
        {
            return FrameStatus.Invalid;
        }

        switch (VariableByteInteger.TryRead(bytes[1..], out uint length, out int lengthBytes))
        {
            case OperationStatus.NeedMoreData:
                return FrameStatus.NeedMore;
            case OperationStatus.InvalidData:
                error = DecodeErrors.RemainingLength;
                return FrameStatus.Invalid;
        }

        header = new FrameHeader(first, 1 + lengthBytes, (int)length);
        if (!IsPossibleLength(header.Type, length, version))
        {
            error = DecodeErrors.LengthForType;
            return FrameStatus.Invalid;
        }

        return FrameStatus.Done;
    }

    private static bool IsLegalFirstByte(byte first, ProtocolVersion version, ref DecodeError error)
    {
        var type = (PacketType)(first >> 4);
        int flags = first & 0xF;
        if (type == PacketType.Publish)
        {
            if ((flags & 0x6) == 0x6)
            {
                error = DecodeErrors.QoS3;
                return false;
            }

            if ((flags & (Dup | 0x6)) == Dup && version != ProtocolVersion.V31)
            {
                error = DecodeErrors.DupAtQoS0;
                return false;
            }

            return true;
        }

        if (type == PacketType.Reserved || (type == PacketType.Auth && version != ProtocolVersion.V5))
        {
            error = DecodeErrors.PacketType;
            return false;
        }

        int required = (int)(RequiredFlags >> (4 * (int)type)) & 0xF;
        // MQTT 3.1 resends PUBREL, SUBSCRIBE and UNSUBSCRIBE with DUP set; they are the ones that require a flag.
        if (flags != required && (version != ProtocolVersion.V31 || required == 0 || flags != (required | Dup)))
        {
            error = DecodeErrors.Flags;
            return false;
        }

        return true;
    }

    private static bool IsPossibleLength(PacketType type, uint length, ProtocolVersion version)
    {
        bool isV5 = version == ProtocolVersion.V5;
        return type switch
        {
            PacketType.Publish => length >= 2,
            PacketType.PingReq or PacketType.PingResp => length == 0,
            PacketType.PubAck or PacketType.PubRec or PacketType.PubRel or PacketType.PubComp =>
                length == 2 || (isV5 && length > 2),
            PacketType.UnsubAck or PacketType.ConnAck => length == 2 || (isV5 && length > 2),
            PacketType.Disconnect => length == 0 || isV5,
            _ => true,
        };
    }
}
