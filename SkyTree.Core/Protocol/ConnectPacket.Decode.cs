using System.Text;

namespace SkyTree.Core.Protocol;

internal sealed partial class ConnectPacket
{
    private const int ReservedFlag = 0x01;
    private const int CleanStartFlag = 0x02;
    private const int WillFlag = 0x04;
    private const int WillQoSShift = 3;
    private const int WillRetainFlag = 0x20;
    private const int PasswordFlag = 0x40;
    private const int UserNameFlag = 0x80;

    // Bridges of other brokers say 3.1 and 3.1.1 with the high bit set first, and try again plainly when refused.
    private const byte BridgeLevel31 = 0x83;
    private const byte BridgeLevel311 = 0x84;

    /// <summary>Creates a packet.</summary>
    public ConnectPacket()
    {
    }

    /// <summary>Parses a body.</summary>
    /// <param name="body">The packet after its fixed header.</param>
    /// <param name="packet">The packet, or null.</param>
    /// <param name="error">What is wrong, when the answer is false.</param>
    /// <param name="replyVersion">
    /// The version whose CONNACK the client understands; when the answer is false, null if the connection is to be
    /// closed without a word, as for what is not MQTT at all and for what 3.x has no return code.
    /// </param>
    public static bool TryParse(
        ReadOnlySpan<byte> body,
        out ConnectPacket? packet,
        out DecodeError error,
        out ProtocolVersion? replyVersion)
    {
        packet = null;
        var reader = new BodyReader(body);
        if (!TryReadVersion(ref reader, out ProtocolVersion version, out error, out replyVersion))
        {
            return false;
        }

        if (!TryReadRest(ref reader, version, out packet, out error))
        {
            packet = null;
            bool hasReturnCode = error.Code == ReasonCode.ClientIdentifierNotValid;
            replyVersion = version == ProtocolVersion.V5 || hasReturnCode ? version : null;
            return false;
        }

        replyVersion = version;
        return true;
    }

    private static bool TryReadVersion(
        ref BodyReader reader,
        out ProtocolVersion version,
        out DecodeError error,
        out ProtocolVersion? replyVersion)
    {
        version = default;
        replyVersion = null;
        if (!reader.TryReadBytes(out ReadOnlySpan<byte> name))
        {
            error = reader.Error;
            return false;
        }

        bool isMqtt = name.SequenceEqual("MQTT"u8);
        if (!isMqtt && !name.SequenceEqual("MQIsdp"u8))
        {
            error = DecodeErrors.ProtocolName;
            return false;
        }

        if (!reader.TryReadByte(out byte level))
        {
            error = reader.Error;
            return false;
        }

        version = (ProtocolVersion)level;
        error = default;
        if (isMqtt ? version is ProtocolVersion.V311 or ProtocolVersion.V5 : version == ProtocolVersion.V31)
        {
            return true;
        }

        bool isLater = isMqtt && level > (byte)ProtocolVersion.V5 && level is not (BridgeLevel31 or BridgeLevel311);
        replyVersion = isLater ? ProtocolVersion.V5 : ProtocolVersion.V311;
        error = DecodeErrors.ProtocolLevel;
        return false;
    }

    private static bool TryReadRest(
        ref BodyReader reader,
        ProtocolVersion version,
        out ConnectPacket? packet,
        out DecodeError error)
    {
        packet = null;
        if (!reader.TryReadByte(out byte flags)
            || !reader.TryReadUInt16(out ushort keepAlive)
            || !reader.TryReadProperties(version, out ReadOnlySpan<byte> block))
        {
            error = reader.Error;
            return false;
        }

        if (!AreLegalFlags(flags, version, out error))
        {
            return false;
        }

        var properties = new PropertyReader(block, PropertySets.Connect);
        var connect = new Properties(ref properties);
        if (properties.Failed || (connect.AuthenticationData is not null && connect.AuthenticationMethod is null))
        {
            error = properties.Failed ? properties.Error : DecodeErrors.AuthenticationDataAlone;
            return false;
        }

        if (!reader.TryReadText(out ReadOnlySpan<byte> clientId))
        {
            error = reader.Error;
            return false;
        }

        Will? will = null;
        if ((flags & WillFlag) != 0 && !TryReadWill(ref reader, flags, version, out will, out error))
        {
            return false;
        }

        if (!TryReadCredentials(ref reader, flags, version, out string? userName, out ReadOnlyMemory<byte>? password)
            || !reader.TryReadEnd())
        {
            error = reader.Error;
            return false;
        }

        bool cleanStart = (flags & CleanStartFlag) != 0;
        string clientIdText = Encoding.UTF8.GetString(clientId);
        if (!IsLegalClientId(clientIdText, cleanStart, version, out error))
        {
            return false;
        }

        packet = new ConnectPacket
        {
            Version = version,
            CleanStart = cleanStart,
            KeepAliveSeconds = keepAlive,
            ClientId = clientIdText,
            Will = will,
            UserName = userName,
            Password = password,
            SessionExpirySeconds = connect.SessionExpirySeconds,
            ReceiveMaximum = connect.ReceiveMaximum,
            MaximumPacketSize = connect.MaximumPacketSize,
            TopicAliasMaximum = connect.TopicAliasMaximum,
            RequestResponseInformation = connect.RequestResponseInformation,
            RequestProblemInformation = connect.RequestProblemInformation,
            AuthenticationMethod = connect.AuthenticationMethod,
            AuthenticationData = connect.AuthenticationData,
            UserProperties = connect.UserProperties ?? [],
        };
        return true;
    }

    private static bool AreLegalFlags(byte flags, ProtocolVersion version, out DecodeError error)
    {
        error = default;
        if ((flags & ReservedFlag) != 0)
        {
            error = DecodeErrors.ReservedConnectFlag;
            return false;
        }

        if ((flags & WillFlag) != 0)
        {
            if (((flags >> WillQoSShift) & 3) == 3)
            {
                error = DecodeErrors.WillQoS3;
                return false;
            }
        }
        else if (version != ProtocolVersion.V31 && (flags & (WillRetainFlag | 3 << WillQoSShift)) != 0)
        {
            // MQTT 3.1 disregards these bits when there is no Will.
            error = DecodeErrors.WillFlags;
            return false;
        }

        if (version != ProtocolVersion.V5 && (flags & (UserNameFlag | PasswordFlag)) == PasswordFlag)
        {
            error = DecodeErrors.PasswordAlone;
            return false;
        }

        return true;
    }

    private static bool TryReadWill(
        ref BodyReader reader,
        byte flags,
        ProtocolVersion version,
        out Will? will,
        out DecodeError error)
    {
        will = null;
        if (!reader.TryReadProperties(version, out ReadOnlySpan<byte> block))
        {
            error = reader.Error;
            return false;
        }

        uint delay = 0;
        uint? expiry = null;
        byte[] forwarded = block.IsEmpty ? [] : new byte[block.Length];
        int forwardedLength = 0;
        var properties = new PropertyReader(block, PropertySets.Will);
        while (properties.Read())
        {
            switch (properties.Id)
            {
                case PropertyId.WillDelayInterval:
                    delay = properties.Number;
                    break;
                case PropertyId.MessageExpiryInterval:
                    expiry = properties.Number;
                    break;
                default:
                    properties.Raw.CopyTo(forwarded.AsSpan(forwardedLength));
                    forwardedLength += properties.Raw.Length;
                    break;
            }
        }

        if (properties.Failed)
        {
            error = properties.Error;
            return false;
        }

        if (!reader.TryReadText(out ReadOnlySpan<byte> topic) || !reader.TryReadBytes(out ReadOnlySpan<byte> payload))
        {
            error = reader.Error;
            return false;
        }

        if (!TopicName.IsValid(topic))
        {
            error = DecodeErrors.WillTopic;
            return false;
        }

        will = new Will
        {
            Topic = Encoding.UTF8.GetString(topic),
            Payload = payload.ToArray(),
            QoS = (QoS)((flags >> WillQoSShift) & 3),
            Retain = (flags & WillRetainFlag) != 0,
            DelaySeconds = delay,
            MessageExpirySeconds = expiry,
            ForwardedProperties = forwarded.AsMemory(0, forwardedLength),
        };
        error = default;
        return true;
    }

    private static bool TryReadCredentials(
        ref BodyReader reader,
        byte flags,
        ProtocolVersion version,
        out string? userName,
        out ReadOnlyMemory<byte>? password)
    {
        userName = null;
        password = null;
        // MQTT 3.1: where the packet ends before a field that the flags announce, the field is absent.
        bool mayEndEarly = version == ProtocolVersion.V31;
        if ((flags & UserNameFlag) != 0 && !(mayEndEarly && reader.IsAtEnd))
        {
            if (!reader.TryReadText(out ReadOnlySpan<byte> text))
            {
                return false;
            }

            userName = Encoding.UTF8.GetString(text);
        }

        if ((flags & PasswordFlag) != 0 && !(mayEndEarly && reader.IsAtEnd))
        {
            if (!reader.TryReadBytes(out ReadOnlySpan<byte> bytes))
            {
                return false;
            }

            password = bytes.ToArray();
        }

        return true;
    }

    private static bool IsLegalClientId(string clientId, bool cleanStart, ProtocolVersion version, out DecodeError error)
    {
        error = default;
        if (version == ProtocolVersion.V311 && clientId.Length == 0 && !cleanStart)
        {
            error = DecodeErrors.ClientIdEmpty;
            return false;
        }

        if (version == ProtocolVersion.V31 && !HasOneTo23Characters(clientId))
        {
            error = DecodeErrors.ClientIdLength;
            return false;
        }

        return true;
    }

    private static bool HasOneTo23Characters(string clientId)
    {
        int count = 0;
        foreach (Rune _ in clientId.EnumerateRunes())
        {
            count++;
        }

        return count is >= 1 and <= 23;
    }

    // The properties of the packet itself; those of the Will are apart.
    private readonly struct Properties
    {
        public Properties(ref PropertyReader reader)
        {
            while (reader.Read())
            {
                switch (reader.Id)
                {
                    case PropertyId.SessionExpiryInterval: SessionExpirySeconds = reader.Number; break;
                    case PropertyId.ReceiveMaximum: ReceiveMaximum = (ushort)reader.Number; break;
                    case PropertyId.MaximumPacketSize: MaximumPacketSize = reader.Number; break;
                    case PropertyId.TopicAliasMaximum: TopicAliasMaximum = (ushort)reader.Number; break;
                    case PropertyId.RequestResponseInformation: RequestResponseInformation = reader.Flag; break;
                    case PropertyId.RequestProblemInformation: RequestProblemInformation = reader.Flag; break;
                    case PropertyId.AuthenticationMethod: AuthenticationMethod = reader.Text; break;
                    case PropertyId.AuthenticationData: AuthenticationData = reader.Bytes.ToArray(); break;
                    case PropertyId.UserProperty: (UserProperties ??= []).Add(reader.UserProperty); break;
                }
            }
        }

        public uint SessionExpirySeconds { get; }

        public ushort ReceiveMaximum { get; } = ushort.MaxValue;

        public uint? MaximumPacketSize { get; }

        public ushort TopicAliasMaximum { get; }

        public bool RequestResponseInformation { get; }

        public bool RequestProblemInformation { get; } = true;

        public string? AuthenticationMethod { get; }

        public ReadOnlyMemory<byte>? AuthenticationData { get; }

        public List<UserProperty>? UserProperties { get; }
    }
}
