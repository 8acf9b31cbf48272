using System.Buffers;

namespace SkyTree.Core.Protocol;

internal sealed partial class DisconnectPacket : IPacketBody, IPropertySource
{
    /// <summary>Creates a packet.</summary>
    public DisconnectPacket()
    {
    }

    private DisconnectPacket(byte code, ref PropertyReader reader)
    {
        ReasonCode = (ReasonCode)code;
        List<UserProperty>? userProperties = null;
        while (reader.Read())
        {
            switch (reader.Id)
            {
                case PropertyId.SessionExpiryInterval: SessionExpirySeconds = reader.Number; break;
                case PropertyId.ReasonString: ReasonString = reader.Text; break;
                case PropertyId.ServerReference: ServerReference = reader.Text; break;
                case PropertyId.UserProperty: (userProperties ??= []).Add(reader.UserProperty); break;
            }
        }

        UserProperties = userProperties ?? UserProperties;
    }

    /// <summary>A client's Normal disconnection, the same in all versions and the only DISCONNECT of 3.x.</summary>
    public static ReadOnlySpan<byte> NormalDisconnection => [0xE0, 0x00];

    private static ReadOnlySpan<byte> Codes =>
    [
        0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8B, 0x8D, 0x8E, 0x8F, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97,
        0x98, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9E, 0x9F, 0xA0, 0xA1, 0xA2,
    ];

    /// <summary>Parses a body of either direction; which codes and properties this peer may use is the caller's matter.</summary>
    /// <param name="body">The packet after its fixed header.</param>
    /// <param name="version">The connection's version; with 3.x the body must be empty.</param>
    /// <param name="packet">The packet, or null.</param>
    /// <param name="error">What is wrong, when the answer is false.</param>
    public static bool TryParse(
        ReadOnlySpan<byte> body,
        ProtocolVersion version,
        out DisconnectPacket? packet,
        out DecodeError error)
    {
        packet = null;
        if (body.IsEmpty)
        {
            packet = new DisconnectPacket();
            error = default;
            return true;
        }

        if (version != ProtocolVersion.V5)
        {
            error = DecodeErrors.TrailingBytes;
            return false;
        }

        var reader = new BodyReader(body);
        ReadOnlySpan<byte> block = default;
        // A body of one byte ends with the reason code; the property length is then left out (MQTT 5.0, 3.14.2.2.1).
        if (!reader.TryReadByte(out byte code) || (!reader.IsAtEnd && (!reader.TryReadProperties(out block) || !reader.TryReadEnd())))
        {
            error = reader.Error;
            return false;
        }

        if (!Codes.Contains(code))
        {
            error = DecodeErrors.ReasonCodeNotAllowed;
            return false;
        }

        var properties = new PropertyReader(block, PropertySets.Disconnect);
        var parsed = new DisconnectPacket(code, ref properties);
        packet = properties.Failed ? null : parsed;
        error = properties.Error;
        return !properties.Failed;
    }

    /// <summary>Writes the packet in its shortest form.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="version">The receiver's version. With 3.x a server has no DISCONNECT; a client's is <see cref="NormalDisconnection"/>.</param>
    /// <param name="maximumPacketSize">The receiver's limit in bytes; to keep it, User Properties and then the Reason String are left out.</param>
    /// <returns>False, with nothing written, when it does not fit even so, and always with 3.x.</returns>
    public bool Write(IBufferWriter<byte> output, ProtocolVersion version, uint maximumPacketSize = uint.MaxValue) =>
        version == ProtocolVersion.V5
        && PacketEncoder.Write(this, (int)PacketType.Disconnect << 4, output, version, maximumPacketSize);

    void IPacketBody.WriteBody(ref PacketWriter writer, ProtocolVersion version)
    {
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

    void IPropertySource.WriteProperties(ref PacketWriter writer)
    {
        writer.Property(PropertyId.SessionExpiryInterval, SessionExpirySeconds);
        writer.Property(PropertyId.ServerReference, ServerReference);
        writer.Diagnostics(ReasonString, UserProperties);
    }
}
