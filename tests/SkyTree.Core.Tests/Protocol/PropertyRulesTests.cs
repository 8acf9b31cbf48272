using SkyTree.Core.Protocol;
using Xunit;

namespace SkyTree.Core.Tests.Protocol;

/// <summary>The rules of properties (MQTT 5.0, 2.2.2), each against every packet that has properties.</summary>
public sealed class PropertyRulesTests
{
    // A legal value of each property, and the packets that may have it: MQTT 5.0, table 2-4, written out once more.
    private static readonly (int Id, string Value, string Packets)[] Table =
    [
        (0x01, "01", "publish will"),
        (0x02, "0000000A", "publish will"),
        (0x03, "000161", "publish will"),
        (0x08, "000161", "publish will"),
        (0x09, "000100", "publish will"),
        (0x0B, "05", "publish-from-server subscribe"),
        (0x11, "00000000", "connect connack disconnect"),
        (0x12, "000161", "connack"),
        (0x13, "0000", "connack"),
        (0x15, "000161", "connect connack auth"),
        (0x16, "000100", "connect connack auth"),
        (0x17, "00", "connect"),
        (0x18, "00000000", "will"),
        (0x19, "01", "connect"),
        (0x1A, "000161", "connack"),
        (0x1C, "000161", "connack disconnect"),
        (0x1F, "000161", "connack puback pubrec pubrel pubcomp suback unsuback disconnect auth"),
        (0x21, "0001", "connect connack"),
        (0x22, "0000", "connect connack"),
        (0x23, "0001", "publish"),
        (0x24, "01", "connack"),
        (0x25, "00", "connack"),
        (0x26, "0000000161", "publish will connect connack subscribe unsubscribe suback unsuback puback pubrec pubrel pubcomp disconnect auth"),
        (0x27, "00000001", "connect connack"),
        (0x28, "00", "connack"),
        (0x29, "00", "connack"),
        (0x2A, "00", "connack"),
    ];

    private static readonly string[] Packets =
    [
        "connect", "will", "connack", "publish", "publish-from-server", "puback", "pubrec", "pubrel", "pubcomp",
        "subscribe", "suback", "unsubscribe", "unsuback", "disconnect", "auth",
    ];

    public static TheoryData<string> AllPackets => new(Packets);

    [Theory]
    [MemberData(nameof(AllPackets))]
    public void A_packet_takes_the_properties_of_its_table_and_no_others(string packet)
    {
        for (int id = 0; id < 256; id++)
        {
            (int _, string value, string packets) = Array.Find(Table, row => row.Id == id);
            byte[] block = [(byte)id, .. Convert.FromHexString(value ?? "00000000")];
            bool isAllowed = packets?.Split(' ').Contains(packet) == true
                || (packet == "publish-from-server" && packets?.Split(' ').Contains("publish") == true);

            bool isLegal = TryParse(packet, WithMethod(packet, id, block), out DecodeError error);

            Assert.True(isLegal == isAllowed, $"property {id:X2}: {error}");
            bool isSubscriptionIdentifierFromClient = packet == "publish" && id == 0x0B;
            ReasonCode expected = isAllowed ? ReasonCode.Success
                : isSubscriptionIdentifierFromClient ? ReasonCode.ProtocolError
                : ReasonCode.MalformedPacket;
            Assert.Equal(expected, error.Code);
        }
    }

    [Theory]
    [MemberData(nameof(AllPackets))]
    public void A_property_that_occurs_twice_is_a_protocol_error_unless_it_may(string packet)
    {
        foreach ((int id, string value, string packets) in Table.Where(row => row.Packets.Split(' ').Contains(packet)))
        {
            byte[] once = [(byte)id, .. Convert.FromHexString(value)];
            byte[] twice = [.. once, .. once];
            bool mayRepeat = id == 0x26 || (id == 0x0B && packet == "publish-from-server");

            bool isLegal = TryParse(packet, WithMethod(packet, id, twice), out DecodeError error);

            Assert.True(isLegal == mayRepeat, $"property {id:X2}: {error}");
            Assert.Equal(mayRepeat ? ReasonCode.Success : ReasonCode.ProtocolError, error.Code);
        }
    }

    [Theory]
    [MemberData(nameof(AllPackets))]
    public void A_property_that_is_cut_short_is_malformed(string packet)
    {
        foreach ((int id, string value, string _) in Table.Where(row => row.Packets.Split(' ').Contains(packet)))
        {
            byte[] whole = [(byte)id, .. Convert.FromHexString(value)];
            for (int length = 1; length < whole.Length; length++)
            {
                // The method comes first so that the property reaches beyond the block's end.
                byte[] cut = [.. WithMethod(packet, id, []), .. whole[..length]];
                Assert.False(TryParse(packet, cut, out DecodeError error), $"property {id:X2} of {length} bytes");
                Assert.Equal(ReasonCode.MalformedPacket, error.Code);
            }
        }
    }

    [Theory]
    [InlineData("publish", "0102")]
    [InlineData("will", "0102")]
    [InlineData("connect", "1702")]
    [InlineData("connect", "19FF")]
    [InlineData("connect", "210000")]
    [InlineData("connect", "2700000000")]
    [InlineData("connect", "16000100")]
    [InlineData("connack", "16000100")]
    [InlineData("connack", "2402")]
    [InlineData("connack", "2502")]
    [InlineData("connack", "2802")]
    [InlineData("connack", "2902")]
    [InlineData("connack", "2A02")]
    [InlineData("connack", "210000")]
    [InlineData("connack", "2700000000")]
    [InlineData("subscribe", "0B00")]
    [InlineData("publish-from-server", "0B00")]
    [InlineData("auth", "16000100")]
    [InlineData("auth", "1F000161")]
    public void A_value_that_a_property_cannot_have_is_a_protocol_error(string packet, string block)
    {
        Assert.False(TryParse(packet, Convert.FromHexString(block), out DecodeError error));
        Assert.Equal(ReasonCode.ProtocolError, error.Code);
    }

    [Theory]
    [InlineData("publish", "08000123")]
    [InlineData("publish", "0800032B2F61")]
    [InlineData("publish", "080000")]
    [InlineData("will", "08000123")]
    [Trait("Spec", "MQTT-3.3.2-14")]
    public void A_response_topic_that_is_no_topic_name_is_a_protocol_error(string packet, string block)
    {
        Assert.False(TryParse(packet, Convert.FromHexString(block), out DecodeError error));
        Assert.Equal(ReasonCode.ProtocolError, error.Code);
    }

    [Theory]
    [InlineData("publish", "03000100")]
    [InlineData("publish", "080003EDA080")]
    [InlineData("publish", "260001FF000161")]
    [InlineData("publish", "26000161000100")]
    [InlineData("connect", "150002C080")]
    [InlineData("puback", "1F0001C3")]
    [Trait("Spec", "MQTT-1.5.4-1")]
    public void A_text_that_is_not_well_formed_is_malformed(string packet, string block)
    {
        Assert.False(TryParse(packet, Convert.FromHexString(block), out DecodeError error));
        Assert.Equal(ReasonCode.MalformedPacket, error.Code);
    }

    [Theory]
    [InlineData("0B8000")]
    [InlineData("0BFFFFFFFF")]
    [InlineData("0B80808000")]
    public void A_subscription_identifier_longer_than_it_needs_is_malformed(string block)
    {
        Assert.False(TryParse("subscribe", Convert.FromHexString(block), out DecodeError error));
        Assert.Equal(ReasonCode.MalformedPacket, error.Code);
    }

    [Theory]
    [MemberData(nameof(AllPackets))]
    public void A_block_that_reaches_beyond_the_packet_is_malformed(string packet)
    {
        foreach (string length in (string[])["", "7F", "80", "8000", "FFFFFF7F", "FFFFFFFF", "FFFFFFFF7F"])
        {
            Assert.False(TryParseRaw(packet, Convert.FromHexString(length), isLast: true, out DecodeError error), $"length {length}");
            Assert.Equal(ReasonCode.MalformedPacket, error.Code);
        }
    }

    // AUTH must have a method, and authentication data needs one in CONNECT and CONNACK.
    private static byte[] WithMethod(string packet, int id, byte[] block) =>
        id != 0x15 && (packet == "auth" || (id == 0x16 && packet is "connect" or "connack"))
            ? [0x15, 0x00, 0x01, (byte)'m', .. block]
            : block;

    private static bool TryParse(string packet, byte[] block, out DecodeError error) =>
        TryParseRaw(packet, RawPacket.Body.Properties(RawPacket.Block.Raw(block)).ToArray(), isLast: false, out error);

    private static bool TryParseRaw(string packet, byte[] properties, bool isLast, out DecodeError error)
    {
        RawPacket body = RawPacket.Body;
        byte[] bytes = packet switch
        {
            "connect" => body.Text("MQTT").Byte(5, 2).UInt16(0).Raw(properties).Raw(isLast ? [] : [0, 0]).ToArray(),
            "will" => body.Text("MQTT").Byte(5, 6).UInt16(0).Byte(0).Text("").Raw(properties)
                .Raw(isLast ? [] : [0, 1, (byte)'w', 0, 0]).ToArray(),
            "publish" or "publish-from-server" => body.Text("t").Raw(properties).ToArray(),
            "subscribe" => body.UInt16(1).Raw(properties).Raw(isLast ? [] : [0, 1, (byte)'f', 0]).ToArray(),
            "unsubscribe" => body.UInt16(1).Raw(properties).Raw(isLast ? [] : [0, 1, (byte)'f']).ToArray(),
            "suback" or "unsuback" => body.UInt16(1).Raw(properties).Raw(isLast ? [] : [0]).ToArray(),
            "connack" => body.Byte(0, 0).Raw(properties).ToArray(),
            "auth" or "disconnect" => body.Byte(0).Raw(properties).ToArray(),
            _ => body.UInt16(1).Byte(0).Raw(properties).ToArray(),
        };

        if (packet == "publish")
        {
            return PublishView.TryParse(0x30, bytes, ProtocolVersion.V5, out _, out error);
        }

        // Acknowledgements and DISCONNECT may end before the length of properties, which is another packet then.
        if (properties.Length == 0 && packet is "puback" or "pubrec" or "pubrel" or "pubcomp" or "disconnect")
        {
            error = new DecodeError(ReasonCode.MalformedPacket, "Not this packet.");
            return false;
        }

        PacketType type = packet switch
        {
            "will" => PacketType.Connect,
            "publish-from-server" => PacketType.Publish,
            _ => Enum.Parse<PacketType>(packet, ignoreCase: true),
        };
        var header = new FrameHeader((byte)((int)type << 4), 2, bytes.Length);
        return AnyPacket.TryDecodeBody(header, bytes, ProtocolVersion.V5, out _, out error);
    }
}
