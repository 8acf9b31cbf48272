using System.Buffers;
using SkyTree.Core.Protocol;
using Xunit;

namespace SkyTree.Core.Tests.Protocol;

public sealed class PublishAckPacketTests
{
    public static TheoryData<byte, int> Types => new()
    {
        { (byte)PacketType.PubAck, 0x40 }, { (byte)PacketType.PubRec, 0x50 }, { (byte)PacketType.PubRel, 0x62 }, { (byte)PacketType.PubComp, 0x70 },
    };

    [Theory]
    [MemberData(nameof(Types))]
    public void Success_without_properties_is_four_bytes_in_every_version(byte packetType, int first)
    {
        var type = (PacketType)packetType;
        foreach (ProtocolVersion version in AnyPacket.Versions)
        {
            var ack = new PublishAckPacket { Type = type, PacketId = 0x0102 };
            byte[] bytes = AnyPacket.Encode(ack, version)!;
            Assert.Equal([(byte)first, 2, 1, 2], bytes);
            Assert.Equal(ack, AnyPacket.AssertLegal<PublishAckPacket>(bytes, version));
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void A_reason_code_without_properties_is_five_bytes(byte packetType, int first)
    {
        var type = (PacketType)packetType;
        ReasonCode code = type is PacketType.PubAck or PacketType.PubRec ? ReasonCode.QuotaExceeded : ReasonCode.PacketIdentifierNotFound;
        var ack = new PublishAckPacket { Type = type, PacketId = 1, ReasonCode = code };
        byte[] bytes = AnyPacket.Encode(ack, ProtocolVersion.V5)!;
        Assert.Equal([(byte)first, 3, 0, 1, (byte)code], bytes);
        Assert.Equal(ack, AnyPacket.AssertLegal<PublishAckPacket>(bytes));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void A_3x_receiver_gets_no_reason_code(byte packetType, int first)
    {
        var type = (PacketType)packetType;
        var ack = new PublishAckPacket { Type = type, PacketId = 1, ReasonCode = ReasonCode.QuotaExceeded, ReasonString = "full" };
        Assert.Equal([(byte)first, 2, 0, 1], AnyPacket.Encode(ack, ProtocolVersion.V311)!);
    }

    [Theory]
    [MemberData(nameof(Types))]
    [Trait("Spec", "MQTT-3.4.2-1")]
    [Trait("Spec", "MQTT-3.5.2-1")]
    [Trait("Spec", "MQTT-3.6.2-1")]
    [Trait("Spec", "MQTT-3.7.2-1")]
    public void Only_the_reason_codes_of_its_table_are_legal(byte packetType, int first)
    {
        var type = (PacketType)packetType;
        int[] legal = type is PacketType.PubAck or PacketType.PubRec
            ? [0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99]
            : [0x00, 0x92];
        for (int code = 0; code < 256; code++)
        {
            byte[] frame = RawPacket.Body.UInt16(1).Byte(code).Frame(first);
            if (legal.Contains(code))
            {
                Assert.Equal((ReasonCode)code, AnyPacket.AssertLegal<PublishAckPacket>(frame).ReasonCode);
            }
            else
            {
                AnyPacket.AssertRefused(ReasonCode.ProtocolError, frame);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    [Trait("Spec", "MQTT-2.2.1-3")]
    public void Packet_identifier_0_is_a_protocol_error(byte packetType, int first)
    {
        var type = (PacketType)packetType;
        Assert.InRange(type, PacketType.PubAck, PacketType.PubComp);
        AnyPacket.AssertRefused(ReasonCode.ProtocolError, [(byte)first, 2, 0, 0]);
        AnyPacket.AssertRefused(ReasonCode.ProtocolError, [(byte)first, 2, 0, 0], ProtocolVersion.V311);
        AnyPacket.AssertRefused(ReasonCode.ProtocolError, [(byte)first, 3, 0, 0, 0]);
    }

    [Theory]
    [InlineData("40050001000000")]
    [InlineData("4005000100011F")]
    [InlineData("40040001007F")]
    public void Trailing_bytes_and_overruns_are_malformed(string hex) =>
        AnyPacket.AssertRefused(ReasonCode.MalformedPacket, Convert.FromHexString(hex));

    [Fact]
    [Trait("Spec", "MQTT-3.4.2-2")]
    [Trait("Spec", "MQTT-3.4.2-3")]
    public void User_properties_go_first_and_the_reason_string_next_when_the_packet_is_too_large()
    {
        var ack = new PublishAckPacket
        {
            Type = PacketType.PubAck,
            PacketId = 1,
            ReasonCode = ReasonCode.QuotaExceeded,
            ReasonString = "full",
            UserProperties = [new UserProperty("k", "v")],
        };
        int whole = AnyPacket.Encode(ack, ProtocolVersion.V5)!.Length;
        Assert.Equal(20, whole);

        PublishAckPacket fits = Limited(ack, 20)!.Value;
        Assert.Single(fits.UserProperties!);
        PublishAckPacket withoutUsers = Limited(ack, 19)!.Value;
        Assert.Null(withoutUsers.UserProperties);
        Assert.Equal("full", withoutUsers.ReasonString);
        PublishAckPacket bare = Limited(ack, 12)!.Value;
        Assert.Null(bare.ReasonString);
        Assert.Equal(ReasonCode.QuotaExceeded, bare.ReasonCode);
        Assert.NotNull(Limited(ack, 5));
        Assert.Null(Limited(ack, 4));
        Assert.Null(Limited(new PublishAckPacket { Type = PacketType.PubAck, PacketId = 1 }, 3));
    }

    [Fact]
    public void A_reason_string_that_has_no_encoding_is_left_out()
    {
        foreach (string text in (string[])[new string('x', 65_536), "a\0", "\uD800"])
        {
            var ack = new PublishAckPacket { Type = PacketType.PubAck, PacketId = 1, ReasonCode = ReasonCode.QuotaExceeded, ReasonString = text };
            Assert.Equal("4003000197", Convert.ToHexString(AnyPacket.Encode(ack, ProtocolVersion.V5)!));
        }
    }

    [Fact]
    public void The_short_form_is_written_into_a_span()
    {
        byte[] bytes = new byte[PublishAckPacket.ShortLength];
        Assert.Equal(4, PublishAckPacket.WriteShort(bytes, PacketType.PubRel, 0xFFFE));
        Assert.Equal("6202FFFE", Convert.ToHexString(bytes));
    }

    private static PublishAckPacket? Limited(PublishAckPacket ack, uint limit) =>
        AnyPacket.Encode(ack, ProtocolVersion.V5, limit) is { } bytes ? AnyPacket.AssertLegal<PublishAckPacket>(bytes) : null;
}
