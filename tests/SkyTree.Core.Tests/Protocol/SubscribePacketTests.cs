using SkyTree.Core.Protocol;
using Xunit;

namespace SkyTree.Core.Tests.Protocol;

public sealed class SubscribePacketTests
{
    [Fact]
    public void Options_and_identifier_are_read()
    {
        byte[] frame = RawPacket.Body.UInt16(5).Properties(RawPacket.Block.Byte(0x0B).Integer(300).Byte(0x26).Text("k").Text("v"))
            .Text("a/+").Byte(0b0010_1110).Text("b/#").Byte(0b0001_0001).Frame(0x82);

        SubscribePacket subscribe = AnyPacket.AssertLegal<SubscribePacket>(frame);

        Assert.Equal((5, 300u), (subscribe.PacketId, subscribe.SubscriptionIdentifier));
        Assert.Equal([new UserProperty("k", "v")], subscribe.UserProperties);
        Assert.Equal(
            [
                new SubscribeRequest("a/+", QoS.ExactlyOnce, NoLocal: true, RetainAsPublished: true, RetainHandling.DoNotSend),
                new SubscribeRequest("b/#", QoS.AtLeastOnce, RetainHandling: RetainHandling.SendIfNew),
            ],
            subscribe.Requests);
    }

    [Fact]
    public void Every_option_byte_is_judged_by_its_version()
    {
        foreach (ProtocolVersion version in AnyPacket.Versions)
        {
            for (int options = 0; options < 256; options++)
            {
                int qos = options & 3;
                int handling = (options >> 4) & 3;
                int reserved = version switch { ProtocolVersion.V5 => 0xC0, ProtocolVersion.V311 => 0xFC, _ => 0 };
                ReasonCode expected = (options & reserved) != 0 ? ReasonCode.MalformedPacket
                    : qos == 3 || (version == ProtocolVersion.V5 && handling == 3) ? ReasonCode.ProtocolError
                    : ReasonCode.Success;
                byte[] frame = Frame(version, body => body.Text("f").Byte(options));
                if (expected != ReasonCode.Success)
                {
                    AnyPacket.AssertRefused(expected, frame, version);
                    continue;
                }

                SubscribeRequest request = AnyPacket.AssertLegal<SubscribePacket>(frame, version).Requests[0];
                Assert.Equal((QoS)qos, request.QoS);
                Assert.Equal(version == ProtocolVersion.V5 ? handling : 0, (int)request.RetainHandling);
                Assert.Equal(version == ProtocolVersion.V5 && (options & 4) != 0, request.NoLocal);
                Assert.Equal(version == ProtocolVersion.V5 && (options & 8) != 0, request.RetainAsPublished);
            }
        }
    }

    [Fact]
    [Trait("Spec", "MQTT-3.8.3-2")]
    public void No_filter_is_a_protocol_error()
    {
        foreach (ProtocolVersion version in AnyPacket.Versions)
        {
            AnyPacket.AssertRefused(ReasonCode.ProtocolError, Frame(version, body => body), version);
        }
    }

    [Fact]
    [Trait("Spec", "MQTT-3.8.3-4")]
    public void No_local_on_a_shared_subscription_is_a_protocol_error()
    {
        AnyPacket.AssertRefused(ReasonCode.ProtocolError, Frame(ProtocolVersion.V5, body => body.Text("$share/g/f").Byte(0x04)));
        AnyPacket.AssertLegal<SubscribePacket>(Frame(ProtocolVersion.V5, body => body.Text("$share/g/f").Byte(0x00)));
        AnyPacket.AssertLegal<SubscribePacket>(Frame(ProtocolVersion.V5, body => body.Text("$shared").Byte(0x04)));
    }

    [Fact]
    [Trait("Spec", "MQTT-2.2.1-3")]
    public void Packet_identifier_0_is_a_protocol_error() =>
        AnyPacket.AssertRefused(ReasonCode.ProtocolError, RawPacket.Body.UInt16(0).NoProperties().Text("f").Byte(0).Frame(0x82));

    [Theory]
    [InlineData("00")]
    [InlineData("0001")]
    [InlineData("00010000")]
    [InlineData("000100000166")]
    [InlineData("00010000026600")]
    [InlineData("0001000001FF00")]
    [InlineData("0001000001660000")]
    [Trait("Spec", "MQTT-3.8.3-1")]
    public void Truncated_and_ill_formed_filters_are_malformed(string hex) =>
        AnyPacket.AssertRefused(ReasonCode.MalformedPacket, RawPacket.Body.Raw(Convert.FromHexString(hex)).Frame(0x82));

    [Fact]
    public void The_syntax_of_a_filter_is_not_judged_here()
    {
        SubscribePacket subscribe = AnyPacket.AssertLegal<SubscribePacket>(
            Frame(ProtocolVersion.V5, body => body.Text("").Byte(0).Text("a#").Byte(0).Text("$share//x").Byte(0)));
        Assert.Equal(["", "a#", "$share//x"], subscribe.Requests.Select(request => request.Filter));
    }

    private static byte[] Frame(ProtocolVersion version, Func<RawPacket, RawPacket> filters)
    {
        RawPacket body = RawPacket.Body.UInt16(1);
        return filters(version == ProtocolVersion.V5 ? body.NoProperties() : body).Frame(0x82);
    }
}
