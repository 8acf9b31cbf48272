using SkyTree.Core.Protocol;
using Xunit;

namespace SkyTree.Core.Tests.Protocol;

public sealed class SubscriptionAckPacketTests
{
    private static readonly int[] SubAckCodes = [0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2];

    private static readonly int[] UnsubAckCodes = [0x00, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91];

    [Theory]
    [InlineData(0x90, ProtocolVersion.V5)]
    [InlineData(0x90, ProtocolVersion.V311)]
    [InlineData(0xB0, ProtocolVersion.V5)]
    [Trait("Spec", "MQTT-3.9.3-2")]
    [Trait("Spec", "MQTT-3.11.3-2")]
    public void Only_the_reason_codes_of_its_table_are_legal(int first, ProtocolVersion version)
    {
        int[] legal = version != ProtocolVersion.V5 ? [0, 1, 2, 0x80] : first == 0x90 ? SubAckCodes : UnsubAckCodes;
        for (int code = 0; code < 256; code++)
        {
            RawPacket body = RawPacket.Body.UInt16(1);
            byte[] frame = (version == ProtocolVersion.V5 ? body.NoProperties() : body).Byte(0, code).Frame(first);
            if (legal.Contains(code))
            {
                Assert.Equal([ReasonCode.Success, (ReasonCode)code], AnyPacket.AssertLegal<SubscriptionAckPacket>(frame, version).ReasonCodes);
            }
            else
            {
                AnyPacket.AssertRefused(ReasonCode.ProtocolError, frame, version);
            }
        }
    }

    [Fact]
    public void A_3x_client_gets_failures_as_0x80_and_an_UNSUBACK_without_codes()
    {
        var suback = new SubscriptionAckPacket
        {
            Type = PacketType.SubAck,
            PacketId = 1,
            ReasonString = "why",
            ReasonCodes = [ReasonCode.GrantedQoS2, ReasonCode.NotAuthorized, ReasonCode.Success, ReasonCode.UnspecifiedError],
        };
        Assert.Equal("9006000102800080", Convert.ToHexString(AnyPacket.Encode(suback, ProtocolVersion.V311)!));

        var unsuback = new SubscriptionAckPacket { Type = PacketType.UnsubAck, PacketId = 1, ReasonCodes = [ReasonCode.NoSubscriptionExisted] };
        Assert.Equal("B0020001", Convert.ToHexString(AnyPacket.Encode(unsuback, ProtocolVersion.V31)!));
    }

    [Theory]
    [InlineData("9003000100", ReasonCode.ProtocolError)]
    [InlineData("B003000100", ReasonCode.ProtocolError)]
    [InlineData("900400000000", ReasonCode.ProtocolError)]
    [InlineData("90020001", ReasonCode.MalformedPacket)]
    [InlineData("900400010500", ReasonCode.MalformedPacket)]
    public void What_the_specification_forbids_is_refused(string hex, ReasonCode expected) =>
        AnyPacket.AssertRefused(expected, Convert.FromHexString(hex));

    [Fact]
    [Trait("Spec", "MQTT-3.9.2-1")]
    [Trait("Spec", "MQTT-3.11.2-1")]
    public void Only_diagnostics_are_left_out_to_keep_the_client_s_limit()
    {
        var suback = new SubscriptionAckPacket
        {
            Type = PacketType.SubAck,
            PacketId = 1,
            ReasonString = "why",
            ReasonCodes = [ReasonCode.Success, ReasonCode.Success],
        };
        Assert.Equal("90050001000000", Convert.ToHexString(AnyPacket.Encode(suback, ProtocolVersion.V5, 12)!));
        Assert.Null(AnyPacket.Encode(suback, ProtocolVersion.V5, 6));
    }
}
