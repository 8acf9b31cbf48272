using System.Buffers;
using System.Text;

namespace SkyTree.Core.Protocol;

internal sealed partial class UnsubscribePacket : IPacketBody, IPropertySource
{
    /// <summary>Parses a body. Filters are checked to be well-formed UTF-8 only, and may be empty.</summary>
    /// <param name="body">The packet after its fixed header.</param>
    /// <param name="version">The connection's version.</param>
    /// <param name="packet">The packet, or null.</param>
    /// <param name="error">What is wrong, when the answer is false.</param>
    public static bool TryParse(
        ReadOnlySpan<byte> body,
        ProtocolVersion version,
        out UnsubscribePacket? packet,
        out DecodeError error)
    {
        packet = null;
        var reader = new BodyReader(body);
        if (!reader.TryReadPacketId(out ushort packetId) || !reader.TryReadProperties(version, out ReadOnlySpan<byte> block))
        {
            error = reader.Error;
            return false;
        }

        List<UserProperty>? userProperties = null;
        var properties = new PropertyReader(block, PropertySets.Unsubscribe);
        while (properties.Read())
        {
            (userProperties ??= []).Add(properties.UserProperty);
        }

        if (properties.Failed)
        {
            error = properties.Error;
            return false;
        }

        if (reader.IsAtEnd)
        {
            error = DecodeErrors.NoFilters;
            return false;
        }

        var filters = new List<string>();
        while (!reader.IsAtEnd)
        {
            if (!reader.TryReadText(out ReadOnlySpan<byte> filter))
            {
                error = reader.Error;
                return false;
            }

            filters.Add(Encoding.UTF8.GetString(filter));
        }

        packet = new UnsubscribePacket { PacketId = packetId, UserProperties = userProperties ?? [], Filters = filters };
        error = default;
        return true;
    }

    /// <summary>Writes the packet.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="version">The receiver's version; with 3.x there are no properties.</param>
    /// <param name="maximumPacketSize">The receiver's limit in bytes.</param>
    /// <returns>False, with nothing written, when it does not fit or has no encoding.</returns>
    public bool Write(IBufferWriter<byte> output, ProtocolVersion version, uint maximumPacketSize = uint.MaxValue) =>
        PacketEncoder.Write(this, (int)PacketType.Unsubscribe << 4 | 0x2, output, version, maximumPacketSize);

    void IPacketBody.WriteBody(ref PacketWriter writer, ProtocolVersion version)
    {
        writer.UInt16(PacketId);
        if (version == ProtocolVersion.V5)
        {
            writer.Properties(this);
        }

        for (int i = 0; i < Filters.Count; i++)
        {
            writer.Text(Filters[i]);
        }
    }

    void IPropertySource.WriteProperties(ref PacketWriter writer) => writer.UserProperties(UserProperties);
}
