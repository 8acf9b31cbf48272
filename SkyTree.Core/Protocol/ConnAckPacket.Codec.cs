using System.Buffers;

namespace SkyTree.Core.Protocol;

internal sealed partial class ConnAckPacket : IPacketBody, IPropertySource
{
    /// <summary>Creates a packet.</summary>
    public ConnAckPacket()
    {
    }

    private ConnAckPacket(bool sessionPresent, ReasonCode code, ref PropertyReader reader)
    {
        SessionPresent = sessionPresent;
        ReasonCode = code;
        List<UserProperty>? userProperties = null;
        while (reader.Read())
        {
            switch (reader.Id)
            {
                case PropertyId.SessionExpiryInterval: SessionExpirySeconds = reader.Number; break;
                case PropertyId.AssignedClientIdentifier: AssignedClientId = reader.Text; break;
                case PropertyId.ServerKeepAlive: ServerKeepAliveSeconds = (ushort)reader.Number; break;
                case PropertyId.AuthenticationMethod: AuthenticationMethod = reader.Text; break;
                case PropertyId.AuthenticationData: AuthenticationData = reader.Bytes.ToArray(); break;
                case PropertyId.ResponseInformation: ResponseInformation = reader.Text; break;
                case PropertyId.ServerReference: ServerReference = reader.Text; break;
                case PropertyId.ReasonString: ReasonString = reader.Text; break;
                case PropertyId.ReceiveMaximum: ReceiveMaximum = (ushort)reader.Number; break;
                case PropertyId.TopicAliasMaximum: TopicAliasMaximum = (ushort)reader.Number; break;
                case PropertyId.MaximumQoS: MaximumQoS = (QoS)reader.Number; break;
                case PropertyId.RetainAvailable: RetainAvailable = reader.Flag; break;
                case PropertyId.MaximumPacketSize: MaximumPacketSize = reader.Number; break;
                case PropertyId.WildcardSubscriptionAvailable: WildcardSubscriptionAvailable = reader.Flag; break;
                case PropertyId.SubscriptionIdentifierAvailable: SubscriptionIdentifiersAvailable = reader.Flag; break;
                case PropertyId.SharedSubscriptionAvailable: SharedSubscriptionAvailable = reader.Flag; break;
                case PropertyId.UserProperty: (userProperties ??= []).Add(reader.UserProperty); break;
            }
        }

        UserProperties = userProperties ?? UserProperties;
    }

    /// <summary>Whether CONNACK of 5.0 can have a reason code.</summary>
    public static bool CanHave(ReasonCode code) => Codes.Contains((byte)code);

    private static ReadOnlySpan<byte> Codes =>
    [
        0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x8C, 0x90, 0x95, 0x97, 0x99, 0x9A,
        0x9B, 0x9C, 0x9D, 0x9F,
    ];

    /// <summary>Parses a body.</summary>
    /// <param name="body">The packet after its fixed header.</param>
    /// <param name="version">The connection's version. The return code of 3.x becomes the reason code that comes nearest.</param>
    /// <param name="packet">The packet, or null.</param>
    /// <param name="error">What is wrong, when the answer is false.</param>
    public static bool TryParse(
        ReadOnlySpan<byte> body,
        ProtocolVersion version,
        out ConnAckPacket? packet,
        out DecodeError error)
    {
        packet = null;
        var reader = new BodyReader(body);
        if (!reader.TryReadByte(out byte flags)
            || !reader.TryReadByte(out byte code)
            || !reader.TryReadProperties(version, out ReadOnlySpan<byte> block)
            || !reader.TryReadEnd())
        {
            error = reader.Error;
            return false;
        }

        // MQTT 3.1 does not use the first byte.
        bool sessionPresent = version != ProtocolVersion.V31 && flags == 1;
        if (version != ProtocolVersion.V31 && flags > 1)
        {
            error = DecodeErrors.ConnAckFlags;
            return false;
        }

        if (!TryReadCode(code, version, out ReasonCode reasonCode))
        {
            error = DecodeErrors.ReasonCodeNotAllowed;
            return false;
        }

        if (sessionPresent && reasonCode != ReasonCode.Success)
        {
            error = DecodeErrors.SessionPresentWithError;
            return false;
        }

        var properties = new PropertyReader(block, PropertySets.ConnAck);
        var parsed = new ConnAckPacket(sessionPresent, reasonCode, ref properties);
        if (properties.Failed || (parsed.AuthenticationData is not null && parsed.AuthenticationMethod is null))
        {
            error = properties.Failed ? properties.Error : DecodeErrors.AuthenticationDataAlone;
            return false;
        }

        packet = parsed;
        error = default;
        return true;
    }

    /// <summary>Writes the packet. Session Present is not written beside a failure [MQTT-3.2.2-6], nor in 3.1.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="version">The receiver's version.</param>
    /// <param name="maximumPacketSize">The receiver's limit in bytes; to keep it, User Properties and then the Reason String are left out.</param>
    /// <returns>False, with nothing written, when it does not fit even so.</returns>
    public bool Write(IBufferWriter<byte> output, ProtocolVersion version, uint maximumPacketSize = uint.MaxValue) =>
        PacketEncoder.Write(this, (int)PacketType.ConnAck << 4, output, version, maximumPacketSize);

    void IPacketBody.WriteBody(ref PacketWriter writer, ProtocolVersion version)
    {
        bool sessionPresent = SessionPresent && ReasonCode == ReasonCode.Success && version != ProtocolVersion.V31;
        writer.Byte(sessionPresent ? (byte)1 : (byte)0);
        if (version == ProtocolVersion.V5)
        {
            writer.Byte((byte)ReasonCode);
            writer.Properties(this);
        }
        else
        {
            writer.Byte(GetReturnCode(ReasonCode));
        }
    }

    void IPropertySource.WriteProperties(ref PacketWriter writer)
    {
        writer.Property(PropertyId.SessionExpiryInterval, SessionExpirySeconds);
        writer.Property(PropertyId.ReceiveMaximum, ReceiveMaximum);
        if (MaximumQoS is { } maximumQoS)
        {
            writer.Byte((byte)PropertyId.MaximumQoS);
            writer.Byte((byte)maximumQoS);
        }

        writer.Property(PropertyId.RetainAvailable, RetainAvailable);
        writer.Property(PropertyId.MaximumPacketSize, MaximumPacketSize);
        writer.Property(PropertyId.AssignedClientIdentifier, AssignedClientId);
        writer.Property(PropertyId.TopicAliasMaximum, TopicAliasMaximum);
        writer.Property(PropertyId.WildcardSubscriptionAvailable, WildcardSubscriptionAvailable);
        writer.Property(PropertyId.SubscriptionIdentifierAvailable, SubscriptionIdentifiersAvailable);
        writer.Property(PropertyId.SharedSubscriptionAvailable, SharedSubscriptionAvailable);
        writer.Property(PropertyId.ServerKeepAlive, ServerKeepAliveSeconds);
        writer.Property(PropertyId.ResponseInformation, ResponseInformation);
        writer.Property(PropertyId.ServerReference, ServerReference);
        writer.Property(PropertyId.AuthenticationMethod, AuthenticationMethod);
        writer.Property(PropertyId.AuthenticationData, AuthenticationData);
        writer.Diagnostics(ReasonString, UserProperties);
    }

    private static bool TryReadCode(byte code, ProtocolVersion version, out ReasonCode reasonCode)
    {
        if (version == ProtocolVersion.V5)
        {
            reasonCode = (ReasonCode)code;
            return Codes.Contains(code);
        }

        reasonCode = code switch
        {
            0 => ReasonCode.Success,
            1 => ReasonCode.UnsupportedProtocolVersion,
            2 => ReasonCode.ClientIdentifierNotValid,
            3 => ReasonCode.ServerUnavailable,
            4 => ReasonCode.BadUserNameOrPassword,
            _ => ReasonCode.NotAuthorized,
        };
        return code <= 5;
    }

    // The return codes of 3.x (MQTT 3.1.1, table 3.1): what is a reason code of 5.0 becomes the nearest of five.
    private static byte GetReturnCode(ReasonCode code) => code switch
    {
        ReasonCode.Success => 0,
        ReasonCode.UnsupportedProtocolVersion => 1,
        ReasonCode.ClientIdentifierNotValid => 2,
        ReasonCode.ServerUnavailable
            or ReasonCode.ServerBusy
            or ReasonCode.ServerShuttingDown
            or ReasonCode.QuotaExceeded
            or ReasonCode.UseAnotherServer
            or ReasonCode.ServerMoved
            or ReasonCode.ConnectionRateExceeded => 3,
        ReasonCode.BadUserNameOrPassword or ReasonCode.BadAuthenticationMethod => 4,
        _ => 5,
    };
}
