using System.Buffers;

namespace SkyTree.Core.Protocol;

internal sealed partial class AuthPacket : IPacketBody, IPropertySource
{
    /// <summary>Creates a packet.</summary>
    public AuthPacket()
    {
    }

    private AuthPacket(byte code, ref PropertyReader reader)
    {
        ReasonCode = (ReasonCode)code;
        List<UserProperty>? userProperties = null;
        while (reader.Read())
        {
            switch (reader.Id)
            {
                case PropertyId.AuthenticationMethod: AuthenticationMethod = reader.Text; break;
                case PropertyId.AuthenticationData: AuthenticationData = reader.Bytes.ToArray(); break;
                case PropertyId.ReasonString: ReasonString = reader.Text; break;
                case PropertyId.UserProperty: (userProperties ??= []).Add(reader.UserProperty); break;
            }
        }

        UserProperties = userProperties ?? UserProperties;
    }

    private static ReadOnlySpan<byte> Codes => [0x00, 0x18, 0x19];

    /// <summary>Parses a body of either direction; which reason codes this peer may use is the caller's matter.</summary>
    /// <param name="body">The packet after its fixed header.</param>
    /// <param name="version">The connection's version; only 5.0 has AUTH.</param>
    /// <param name="packet">The packet, or null.</param>
    /// <param name="error">What is wrong, when the answer is false.</param>
    public static bool TryParse(
        ReadOnlySpan<byte> body,
        ProtocolVersion version,
        out AuthPacket? packet,
        out DecodeError error)
    {
        packet = null;
        if (version != ProtocolVersion.V5)
        {
            error = DecodeErrors.PacketType;
            return false;
        }

        if (body.IsEmpty)
        {
            packet = new AuthPacket();
            error = default;
            return true;
        }

        var reader = new BodyReader(body);
        if (!reader.TryReadByte(out byte code)
            || !reader.TryReadProperties(out ReadOnlySpan<byte> block)
            || !reader.TryReadEnd())
        {
            error = reader.Error;
            return false;
        }

        if (!Codes.Contains(code))
        {
            error = DecodeErrors.ReasonCodeNotAllowed;
            return false;
        }

        var properties = new PropertyReader(block, PropertySets.Auth);
        var parsed = new AuthPacket(code, ref properties);
        if (properties.Failed || parsed.AuthenticationMethod is null)
        {
            error = properties.Failed ? properties.Error : DecodeErrors.AuthenticationMethodMissing;
            return false;
        }

        packet = parsed;
        error = default;
        return true;
    }

    /// <summary>Writes the packet in its shortest form.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="version">The receiver's version; only 5.0 has AUTH.</param>
    /// <param name="maximumPacketSize">The receiver's limit in bytes; to keep it, User Properties and then the Reason String are left out.</param>
    /// <returns>False, with nothing written, when it does not fit even so, and always with 3.x.</returns>
    public bool Write(IBufferWriter<byte> output, ProtocolVersion version, uint maximumPacketSize = uint.MaxValue) =>
        version == ProtocolVersion.V5
        && PacketEncoder.Write(this, (int)PacketType.Auth << 4, output, version, maximumPacketSize);

    void IPacketBody.WriteBody(ref PacketWriter writer, ProtocolVersion version)
    {
        if (ReasonCode == ReasonCode.Success && writer.MeasureProperties(this) == 0)
        {
            return;
        }

        writer.Byte((byte)ReasonCode);
        writer.Properties(this);
    }

    void IPropertySource.WriteProperties(ref PacketWriter writer)
    {
        writer.Property(PropertyId.AuthenticationMethod, AuthenticationMethod);
        writer.Property(PropertyId.AuthenticationData, AuthenticationData);
        writer.Diagnostics(ReasonString, UserProperties);
    }
}
