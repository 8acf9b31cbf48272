using System.Buffers;

namespace SkyTree.Core.Protocol;

internal sealed partial class ConnectPacket : IPacketBody, IPropertySource
{
    private const int DelayLength = 5;
    private const int ExpiryLength = 5;

    /// <summary>Writes the packet. What has its default value is not sent.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="version">The version to ask for; with 3.x there are no properties.</param>
    /// <param name="maximumPacketSize">The receiver's limit in bytes.</param>
    /// <returns>False, with nothing written, when it does not fit or has no encoding, as a password alone in 3.x.</returns>
    public bool Write(IBufferWriter<byte> output, ProtocolVersion version, uint maximumPacketSize = uint.MaxValue) =>
        (version == ProtocolVersion.V5 || UserName is not null || Password is null)
        && PacketEncoder.Write(this, (int)PacketType.Connect << 4, output, version, maximumPacketSize);

    void IPacketBody.WriteBody(ref PacketWriter writer, ProtocolVersion version)
    {
        writer.Bytes(version == ProtocolVersion.V31 ? "MQIsdp"u8 : "MQTT"u8);
        writer.Byte((byte)version);
        writer.Byte(GetFlags());
        writer.UInt16(KeepAliveSeconds);
        if (version == ProtocolVersion.V5)
        {
            writer.Properties(this);
        }

        writer.Text(ClientId);
        if (Will is not null)
        {
            WriteWill(ref writer, Will, version);
        }

        if (UserName is not null)
        {
            writer.Text(UserName);
        }

        if (Password is { } password)
        {
            writer.Bytes(password.Span);
        }
    }

    void IPropertySource.WriteProperties(ref PacketWriter writer)
    {
        writer.Property(PropertyId.SessionExpiryInterval, SessionExpirySeconds == 0 ? null : SessionExpirySeconds);
        writer.Property(PropertyId.ReceiveMaximum, ReceiveMaximum == ushort.MaxValue ? null : ReceiveMaximum);
        writer.Property(PropertyId.MaximumPacketSize, MaximumPacketSize);
        writer.Property(PropertyId.TopicAliasMaximum, TopicAliasMaximum == 0 ? null : TopicAliasMaximum);
        writer.Property(PropertyId.RequestResponseInformation, RequestResponseInformation ? true : null);
        writer.Property(PropertyId.RequestProblemInformation, RequestProblemInformation ? null : false);
        writer.Property(PropertyId.AuthenticationMethod, AuthenticationMethod);
        writer.Property(PropertyId.AuthenticationData, AuthenticationData);
        writer.UserProperties(UserProperties);
    }

    private byte GetFlags()
    {
        int flags = (CleanStart ? CleanStartFlag : 0)
            | (UserName is null ? 0 : UserNameFlag)
            | (Password is null ? 0 : PasswordFlag);
        if (Will is not null)
        {
            flags |= WillFlag | (int)Will.QoS << WillQoSShift | (Will.Retain ? WillRetainFlag : 0);
        }

        return (byte)flags;
    }

    private static void WriteWill(ref PacketWriter writer, Will will, ProtocolVersion version)
    {
        if (version == ProtocolVersion.V5)
        {
            int length = will.ForwardedProperties.Length
                + (will.DelaySeconds == 0 ? 0 : DelayLength)
                + (will.MessageExpirySeconds is null ? 0 : ExpiryLength);
            writer.Integer((uint)length);
            writer.Property(PropertyId.WillDelayInterval, will.DelaySeconds == 0 ? null : will.DelaySeconds);
            writer.Property(PropertyId.MessageExpiryInterval, will.MessageExpirySeconds);
            writer.Raw(will.ForwardedProperties.Span);
        }

        writer.Text(will.Topic);
        writer.Bytes(will.Payload.Span);
    }
}
