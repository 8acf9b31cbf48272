using SkyTree.Core.Protocol;
using Xunit;

namespace SkyTree.Core.Tests.Protocol;

public sealed class FrameReaderTests
{
    private static readonly Dictionary<PacketType, int> RequiredFlags = new()
    {
        [PacketType.Connect] = 0, [PacketType.ConnAck] = 0, [PacketType.PubAck] = 0, [PacketType.PubRec] = 0,
        [PacketType.PubRel] = 2, [PacketType.PubComp] = 0, [PacketType.Subscribe] = 2, [PacketType.SubAck] = 0,
        [PacketType.Unsubscribe] = 2, [PacketType.UnsubAck] = 0, [PacketType.PingReq] = 0, [PacketType.PingResp] = 0,
        [PacketType.Disconnect] = 0, [PacketType.Auth] = 0,
    };

    [Fact]
    [Trait("Spec", "MQTT-2.1.3-1")]
    public void Exactly_the_first_bytes_of_the_specification_are_legal()
    {
        foreach (ProtocolVersion version in AnyPacket.Versions)
        {
            for (int first = 0; first < 256; first++)
            {
                FrameStatus status = FrameReader.TryReadHeader([(byte)first], version, out _, out DecodeError error);
                Assert.True((status == FrameStatus.NeedMore) == IsLegal(first, version), $"{first:X2} in {version}: {status}");
                Assert.Equal(status == FrameStatus.Invalid ? ReasonCode.MalformedPacket : ReasonCode.Success, error.Code);
            }
        }

        static bool IsLegal(int first, ProtocolVersion version)
        {
            var type = (PacketType)(first >> 4);
            int flags = first & 0xF;
            bool is31 = version == ProtocolVersion.V31;
            if (type == PacketType.Publish)
            {
                int qos = (flags >> 1) & 3;
                return qos != 3 && (qos != 0 || (flags & 8) == 0 || is31);
            }

            return RequiredFlags.TryGetValue(type, out int required)
                && (type != PacketType.Auth || version == ProtocolVersion.V5)
                && (flags == required || (is31 && required == 2 && flags == 0xA));
        }
    }

    [Theory]
    [InlineData("308000")]
    [InlineData("3080808000")]
    [InlineData("30FFFFFFFF")]
    [InlineData("30FFFFFFFF01")]
    public void A_remaining_length_that_is_too_long_is_refused(string hex)
    {
        Assert.Equal(
            FrameStatus.Invalid,
            FrameReader.TryReadHeader(Convert.FromHexString(hex), ProtocolVersion.V5, out _, out DecodeError error));
        Assert.Equal(ReasonCode.MalformedPacket, error.Code);
    }

    [Theory]
    [InlineData("")]
    [InlineData("30")]
    [InlineData("3080")]
    [InlineData("30FFFFFF")]
    public void A_header_that_may_yet_become_legal_asks_for_more(string hex) =>
        Assert.Equal(
            FrameStatus.NeedMore,
            FrameReader.TryReadHeader(Convert.FromHexString(hex), ProtocolVersion.V5, out _, out _));

    [Theory]
    [InlineData("3002", 2, 2)]
    [InlineData("307F0000", 2, 127)]
    [InlineData("3080010000000000", 3, 128)]
    [InlineData("30FFFFFF7F", 5, 268_435_455)]
    public void A_header_says_how_long_it_and_its_body_are(string hex, int headerLength, int bodyLength)
    {
        Assert.Equal(
            FrameStatus.Done,
            FrameReader.TryReadHeader(Convert.FromHexString(hex), ProtocolVersion.V5, out FrameHeader header, out _));
        Assert.Equal((headerLength, bodyLength, PacketType.Publish), (header.HeaderLength, header.BodyLength, header.Type));
        Assert.Equal(headerLength + bodyLength, header.TotalLength);
    }

    [Theory]
    [InlineData(ProtocolVersion.V5, "C001")]
    [InlineData(ProtocolVersion.V311, "D001")]
    [InlineData(ProtocolVersion.V5, "4001")]
    [InlineData(ProtocolVersion.V311, "4003")]
    [InlineData(ProtocolVersion.V31, "6203")]
    [InlineData(ProtocolVersion.V311, "B003")]
    [InlineData(ProtocolVersion.V311, "2003")]
    [InlineData(ProtocolVersion.V311, "E001")]
    [InlineData(ProtocolVersion.V31, "E0FFFFFF7F")]
    [InlineData(ProtocolVersion.V5, "3001")]
    public void A_length_that_the_packet_type_cannot_have_is_refused_before_the_body_is_there(ProtocolVersion version, string hex) =>
        Assert.Equal(FrameStatus.Invalid, FrameReader.TryReadHeader(Convert.FromHexString(hex), version, out _, out _));

    [Fact]
    public void Pings_are_the_bytes_of_the_specification()
    {
        Assert.Equal("C000", Convert.ToHexString(PingPacket.Request));
        Assert.Equal("D000", Convert.ToHexString(PingPacket.Response));
    }
}
