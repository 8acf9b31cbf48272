using SkyTree.Core.Protocol;
using Xunit;

namespace SkyTree.Core.Tests.Protocol;

public sealed class UnsubscribePacketTests
{
    [Fact]
    public void Filters_are_read_in_order()
    {
        byte[] frame = RawPacket.Body.UInt16(9).NoProperties().Text("b").Text("").Text("a/#").Frame(0xA2);
        UnsubscribePacket unsubscribe = AnyPacket.AssertLegal<UnsubscribePacket>(frame);
        Assert.Equal(9, unsubscribe.PacketId);
        Assert.Equal(["b", "", "a/#"], unsubscribe.Filters);
    }

    [Fact]
    [Trait("Spec", "MQTT-3.10.3-2")]
    public void No_filter_is_a_protocol_error()
    {
        AnyPacket.AssertRefused(ReasonCode.ProtocolError, RawPacket.Body.UInt16(1).NoProperties().Frame(0xA2));
        AnyPacket.AssertRefused(ReasonCode.ProtocolError, RawPacket.Body.UInt16(1).Frame(0xA2), ProtocolVersion.V311);
    }

    [Fact]
    [Trait("Spec", "MQTT-2.2.1-3")]
    public void Packet_identifier_0_is_a_protocol_error() =>
        AnyPacket.AssertRefused(ReasonCode.ProtocolError, RawPacket.Body.UInt16(0).NoProperties().Text("f").Frame(0xA2));

    [Theory]
    [InlineData("00010000")]
    [InlineData("000100000266")]
    [InlineData("00010000016600")]
    [InlineData("0001000001FF")]
    [InlineData("00010000010000")]
    [InlineData("00")]
    [Trait("Spec", "MQTT-3.10.3-1")]
    public void Truncated_and_ill_formed_filters_are_malformed(string hex) =>
        AnyPacket.AssertRefused(ReasonCode.MalformedPacket, RawPacket.Body.Raw(Convert.FromHexString(hex)).Frame(0xA2));
}
