using System.Buffers;
using System.Text;

namespace SkyTree.Core.Protocol;

internal sealed partial class SubscribePacket : IPacketBody, IPropertySource
{
    private const int QoSMask = 0x03;
    private const int NoLocal = 0x04;
    private const int RetainAsPublished = 0x08;
    private const int RetainHandlingShift = 4;

    /// <summary>
    /// Parses a body. Filters are checked to be well-formed UTF-8 only, and may be empty: a filter's syntax has its own
    /// reason code in SUBACK.
    /// </summary>
    /// <param name="body">The packet after its fixed header.</param>
    /// <param name="version">The connection's version.</param>
    /// <param name="packet">The packet, or null.</param>
    /// <param name="error">What is wrong, when the answer is false.</param>
    public static bool TryParse(
        ReadOnlySpan<byte> body,
        ProtocolVersion version,
        out SubscribePacket? packet,
        out DecodeError error)
    {
        packet = null;
        var reader = new BodyReader(body);
        if (!reader.TryReadPacketId(out ushort packetId) || !reader.TryReadProperties(version, out ReadOnlySpan<byte> block))
        {
            error = reader.Error;
            return false;
        }

        uint identifier = 0;
        List<UserProperty>? userProperties = null;
        var properties = new PropertyReader(block, PropertySets.Subscribe);
        while (properties.Read())
        {
            if (properties.Id == PropertyId.SubscriptionIdentifier)
            {
                identifier = properties.Number;
            }
            else
            {
                (userProperties ??= []).Add(properties.UserProperty);
            }
        }

        if (properties.Failed)
        {
            error = properties.Error;
            return false;
        }

        var requests = new List<SubscribeRequest>();
        do
        {
            // Nothing left at the first turn means no filter at all [MQTT-3.8.3-2].
            if (reader.IsAtEnd)
            {
                error = DecodeErrors.NoFilters;
                return false;
            }

            if (!reader.TryReadText(out ReadOnlySpan<byte> filter) || !reader.TryReadByte(out byte options))
            {
                error = reader.Error;
                return false;
            }

            if (!TryReadRequest(filter, options, version, out SubscribeRequest request, out error))
            {
                return false;
            }

            requests.Add(request);
        }
        while (!reader.IsAtEnd);

        packet = new SubscribePacket
        {
            PacketId = packetId,
            SubscriptionIdentifier = identifier,
            UserProperties = userProperties ?? [],
            Requests = requests,
        };
        error = default;
        return true;
    }

    /// <summary>Writes the packet.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="version">The receiver's version; with 3.x there are no properties and no options but the QoS.</param>
    /// <param name="maximumPacketSize">The receiver's limit in bytes.</param>
    /// <returns>False, with nothing written, when it does not fit or has no encoding.</returns>
    public bool Write(IBufferWriter<byte> output, ProtocolVersion version, uint maximumPacketSize = uint.MaxValue) =>
        PacketEncoder.Write(this, (int)PacketType.Subscribe << 4 | 0x2, output, version, maximumPacketSize);

    void IPacketBody.WriteBody(ref PacketWriter writer, ProtocolVersion version)
    {
        writer.UInt16(PacketId);
        if (version == ProtocolVersion.V5)
        {
            writer.Properties(this);
        }

        for (int i = 0; i < Requests.Count; i++)
        {
            SubscribeRequest request = Requests[i];
            writer.Text(request.Filter);
            int options = (int)request.QoS;
            if (version == ProtocolVersion.V5)
            {
                options |= (request.NoLocal ? NoLocal : 0)
                    | (request.RetainAsPublished ? RetainAsPublished : 0)
                    | (int)request.RetainHandling << RetainHandlingShift;
            }

            writer.Byte((byte)options);
        }
    }

    void IPropertySource.WriteProperties(ref PacketWriter writer)
    {
        if (SubscriptionIdentifier != 0)
        {
            writer.SubscriptionIdentifier(SubscriptionIdentifier);
        }

        writer.UserProperties(UserProperties);
    }

    private static bool TryReadRequest(
        ReadOnlySpan<byte> filter,
        byte options,
        ProtocolVersion version,
        out SubscribeRequest request,
        out DecodeError error)
    {
        request = default;
        int reserved = version switch
        {
            ProtocolVersion.V5 => 0xC0,
            ProtocolVersion.V311 => 0xFC,
            _ => 0, // MQTT 3.1 says that the upper six bits do not matter.
        };
        int retainHandling = version == ProtocolVersion.V5 ? (options >> RetainHandlingShift) & 3 : 0;
        bool noLocal = version == ProtocolVersion.V5 && (options & NoLocal) != 0;
        if ((options & reserved) != 0)
        {
            error = DecodeErrors.OptionBits;
            return false;
        }

        if ((options & QoSMask) == QoSMask)
        {
            error = DecodeErrors.SubscribeQoS3;
            return false;
        }

        if (retainHandling == 3)
        {
            error = DecodeErrors.RetainHandling3;
            return false;
        }

        if (noLocal && filter.StartsWith("$share/"u8))
        {
            error = DecodeErrors.NoLocalShared;
            return false;
        }

        request = new SubscribeRequest(
            Encoding.UTF8.GetString(filter),
            (QoS)(options & QoSMask),
            noLocal,
            version == ProtocolVersion.V5 && (options & RetainAsPublished) != 0,
            (RetainHandling)retainHandling);
        error = default;
        return true;
    }
}
