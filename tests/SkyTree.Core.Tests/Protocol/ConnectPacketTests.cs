using SkyTree.Core.Protocol;
using Xunit;

namespace SkyTree.Core.Tests.Protocol;

public sealed class ConnectPacketTests
{
    [Fact]
    public void A_full_connect_of_5_0_is_read()
    {
        byte[] contentType = RawPacket.Block.Byte(0x03).Text("json").ToArray();
        byte[] user = RawPacket.Block.Byte(0x26).Text("k").Text("v").ToArray();
        byte[] frame = RawPacket.Body.Text("MQTT").Byte(5, 0b1110_1110).UInt16(60)
            .Properties(RawPacket.Block
                .Byte(0x11).UInt32(3600).Byte(0x21).UInt16(10).Byte(0x27).UInt32(5000).Byte(0x22).UInt16(20)
                .Byte(0x19, 1).Byte(0x17, 0).Byte(0x15).Text("m").Byte(0x16).Binary(1, 2).Raw(user))
            .Text("client")
            .Properties(RawPacket.Block.Raw(contentType).Byte(0x18).UInt32(30).Raw(user).Byte(0x02).UInt32(0))
            .Text("will/topic").Binary(9, 8).Text("me").Binary(7).Frame(0x10);

        ConnectPacket connect = AnyPacket.AssertLegal<ConnectPacket>(frame);

        Assert.Equal(ProtocolVersion.V5, connect.Version);
        Assert.True(connect.CleanStart);
        Assert.Equal<(int, uint, int, uint?, int)>(
            (60, 3600, 10, 5000, 20),
            (connect.KeepAliveSeconds, connect.SessionExpirySeconds, connect.ReceiveMaximum, connect.MaximumPacketSize, connect.TopicAliasMaximum));
        Assert.Equal((true, false), (connect.RequestResponseInformation, connect.RequestProblemInformation));
        Assert.Equal("m", connect.AuthenticationMethod);
        Assert.Equal([1, 2], connect.AuthenticationData!.Value.ToArray());
        Assert.Equal([new UserProperty("k", "v")], connect.UserProperties);
        Assert.Equal(("client", "me"), (connect.ClientId, connect.UserName));
        Assert.Equal([7], connect.Password!.Value.ToArray());
        Assert.Equal(("will/topic", QoS.AtLeastOnce, true), (connect.Will!.Topic, connect.Will.QoS, connect.Will.Retain));
        Assert.Equal([9, 8], connect.Will.Payload.ToArray());
        Assert.Equal<(uint, uint?)>((30, 0), (connect.Will.DelaySeconds, connect.Will.MessageExpirySeconds));
        Assert.Equal([.. contentType, .. user], connect.Will.ForwardedProperties.ToArray());
    }

    [Fact]
    public void What_is_absent_has_its_default()
    {
        ConnectPacket connect = AnyPacket.AssertLegal<ConnectPacket>(Connect(5, 0, RawPacket.Body.NoProperties().Text("")).Frame(0x10));

        Assert.Equal<(uint, int, uint?, int)>(
            (0, 65_535, null, 0),
            (connect.SessionExpirySeconds, connect.ReceiveMaximum, connect.MaximumPacketSize, connect.TopicAliasMaximum));
        Assert.Equal((false, true), (connect.RequestResponseInformation, connect.RequestProblemInformation));
        Assert.Null(connect.AuthenticationMethod);
        Assert.Null(connect.AuthenticationData);
        Assert.Null(connect.UserName);
        Assert.Null(connect.Password);
        Assert.Null(connect.Will);
        Assert.Empty(connect.UserProperties);
    }

    [Theory]
    [InlineData("HTTP", 5)]
    [InlineData("mqtt", 4)]
    [InlineData("MQTTX", 4)]
    [InlineData("", 4)]
    [InlineData("MQIsdq", 3)]
    [Trait("Spec", "MQTT-3.1.2-1")]
    public void Another_protocol_is_closed_without_a_word(string name, int level)
    {
        (DecodeError error, ProtocolVersion? reply) = Refuse(RawPacket.Body.Text(name).Byte(level, 2).UInt16(0).NoProperties().Text("c"));
        Assert.Equal(ReasonCode.UnsupportedProtocolVersion, error.Code);
        Assert.Null(reply);
    }

    [Theory]
    [InlineData("MQTT", 6, ProtocolVersion.V5)]
    [InlineData("MQTT", 0x7F, ProtocolVersion.V5)]
    [InlineData("MQTT", 0x85, ProtocolVersion.V5)]
    [InlineData("MQTT", 0, ProtocolVersion.V311)]
    [InlineData("MQTT", 3, ProtocolVersion.V311)]
    [InlineData("MQIsdp", 4, ProtocolVersion.V311)]
    [InlineData("MQIsdp", 5, ProtocolVersion.V311)]
    [InlineData("MQTT", 0x83, ProtocolVersion.V311)]
    [InlineData("MQTT", 0x84, ProtocolVersion.V311)]
    [Trait("Spec", "MQTT-3.1.2-2")]
    public void Another_version_is_told_so_in_a_form_that_it_may_know(string name, int level, ProtocolVersion expected)
    {
        // Whatever follows the level belongs to a protocol that is not known.
        foreach (RawPacket body in (RawPacket[])[RawPacket.Body.Text(name).Byte(level), RawPacket.Body.Text(name).Byte(level, 0xFF, 0xFF)])
        {
            (DecodeError error, ProtocolVersion? reply) = Refuse(body);
            Assert.Equal(ReasonCode.UnsupportedProtocolVersion, error.Code);
            Assert.Equal(expected, reply);
        }
    }

    [Theory]
    [InlineData(5, 0x01, ReasonCode.MalformedPacket)]
    [InlineData(4, 0x01, ReasonCode.MalformedPacket)]
    [InlineData(3, 0x01, ReasonCode.MalformedPacket)]
    [InlineData(5, 0x08, ReasonCode.MalformedPacket)]
    [InlineData(5, 0x10, ReasonCode.MalformedPacket)]
    [InlineData(5, 0x20, ReasonCode.MalformedPacket)]
    [InlineData(4, 0x08, ReasonCode.MalformedPacket)]
    [InlineData(4, 0x20, ReasonCode.MalformedPacket)]
    [InlineData(5, 0x1C, ReasonCode.MalformedPacket)]
    [InlineData(4, 0x1C, ReasonCode.MalformedPacket)]
    [InlineData(3, 0x1C, ReasonCode.MalformedPacket)]
    [InlineData(4, 0x40, ReasonCode.MalformedPacket)]
    [InlineData(3, 0x40, ReasonCode.MalformedPacket)]
    [Trait("Spec", "MQTT-3.1.2-3")]
    [Trait("Spec", "MQTT-3.1.2-11")]
    [Trait("Spec", "MQTT-3.1.2-12")]
    [Trait("Spec", "MQTT-3.1.2-13")]
    public void Flags_that_contradict_each_other_are_malformed(int level, int flags, ReasonCode expected)
    {
        RawPacket rest = level == 5 ? RawPacket.Body.NoProperties().Text("c") : RawPacket.Body.Text("c");
        if ((flags & 0x04) != 0)
        {
            rest = (level == 5 ? rest.NoProperties() : rest).Text("w").Binary();
        }

        rest = (flags & 0x40) != 0 ? rest.Binary(1) : rest;
        (DecodeError error, ProtocolVersion? reply) = Refuse(Connect(level, flags, rest));
        Assert.Equal(expected, error.Code);
        Assert.Equal(level == 5 ? ProtocolVersion.V5 : null, reply);
    }

    [Fact]
    public void A_password_alone_is_legal_in_5_0()
    {
        ConnectPacket connect = AnyPacket.AssertLegal<ConnectPacket>(
            Connect(5, 0x42, RawPacket.Body.NoProperties().Text("c").Binary()).Frame(0x10));
        Assert.Null(connect.UserName);
        Assert.True(connect.Password!.Value.IsEmpty);
        Assert.Null(AnyPacket.Encode(connect, ProtocolVersion.V311));
    }

    [Fact]
    public void Version_3_1_disregards_will_bits_without_a_will()
    {
        ConnectPacket connect = AnyPacket.AssertLegal<ConnectPacket>(Connect(3, 0x3A, RawPacket.Body.Text("c")).Frame(0x10));
        Assert.Null(connect.Will);
    }

    [Fact]
    public void Version_3_1_takes_credentials_that_end_early_as_absent()
    {
        ConnectPacket none = AnyPacket.AssertLegal<ConnectPacket>(Connect(3, 0xC2, RawPacket.Body.Text("c")).Frame(0x10));
        Assert.Equal((null, false), (none.UserName, none.Password.HasValue));
        ConnectPacket name = AnyPacket.AssertLegal<ConnectPacket>(Connect(3, 0xC2, RawPacket.Body.Text("c").Text("u")).Frame(0x10));
        Assert.Equal(("u", false), (name.UserName, name.Password.HasValue));
        Assert.Equal(ReasonCode.MalformedPacket, Refuse(Connect(4, 0xC2, RawPacket.Body.Text("c"))).Error.Code);
        Assert.Equal(ReasonCode.MalformedPacket, Refuse(Connect(4, 0xC2, RawPacket.Body.Text("c").Text("u"))).Error.Code);
        Assert.Equal(ReasonCode.MalformedPacket, Refuse(Connect(3, 0xC2, RawPacket.Body.Text("c").Byte(0))).Error.Code);
    }

    [Theory]
    [InlineData(4, 0x00, "", false)]
    [InlineData(4, 0x02, "", true)]
    [InlineData(4, 0x00, "any length and any characters at all /+#", true)]
    [InlineData(3, 0x02, "", false)]
    [InlineData(3, 0x02, "x", true)]
    [InlineData(3, 0x02, "éééééééééééééééééééééé3", true)]
    [InlineData(3, 0x02, "twenty-four-characters--", false)]
    [InlineData(5, 0x00, "", true)]
    [Trait("Spec", "MQTT-3.1.3-8")]
    public void A_client_identifier_is_judged_by_its_version(int level, int flags, string clientId, bool isLegal)
    {
        RawPacket body = Connect(level, flags, level == 5 ? RawPacket.Body.NoProperties().Text(clientId) : RawPacket.Body.Text(clientId));
        if (isLegal)
        {
            Assert.Equal(clientId, AnyPacket.AssertLegal<ConnectPacket>(body.Frame(0x10)).ClientId);
            return;
        }

        (DecodeError error, ProtocolVersion? reply) = Refuse(body);
        Assert.Equal(ReasonCode.ClientIdentifierNotValid, error.Code);
        Assert.Equal((ProtocolVersion)level, reply);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(4)]
    [InlineData(3)]
    public void A_will_topic_must_be_a_topic_name(int level)
    {
        foreach (string topic in (string[])["", "a/+", "#"])
        {
            RawPacket rest = level == 5 ? RawPacket.Body.NoProperties().Text("c").NoProperties() : RawPacket.Body.Text("c");
            (DecodeError error, ProtocolVersion? reply) = Refuse(Connect(level, 0x06, rest.Text(topic).Binary()));
            Assert.Equal(ReasonCode.TopicNameInvalid, error.Code);
            Assert.Equal(level == 5 ? ProtocolVersion.V5 : null, reply);
        }
    }

    [Fact]
    [Trait("Spec", "MQTT-3.1.3-4")]
    [Trait("Spec", "MQTT-3.1.3-11")]
    [Trait("Spec", "MQTT-3.1.3-12")]
    public void Texts_must_be_well_formed()
    {
        byte[] bad = [0x61, 0x00];
        Assert.Equal(ReasonCode.MalformedPacket, Refuse(Connect(5, 0x02, RawPacket.Body.NoProperties().Binary(bad))).Error.Code);
        Assert.Equal(ReasonCode.MalformedPacket, Refuse(Connect(4, 0x06, RawPacket.Body.Text("c").Binary(bad).Binary())).Error.Code);
        Assert.Equal(ReasonCode.MalformedPacket, Refuse(Connect(4, 0x82, RawPacket.Body.Text("c").Binary(bad))).Error.Code);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(4)]
    [InlineData(3)]
    public void Trailing_bytes_and_every_truncation_are_malformed(int level)
    {
        RawPacket rest = level == 5 ? RawPacket.Body.NoProperties().Text("c").NoProperties() : RawPacket.Body.Text("c");
        byte[] whole = Connect(level, 0xC6, rest.Text("w").Binary(1).Text("u").Binary(1, 2)).ToArray();
        Assert.True(ConnectPacket.TryParse(whole, out _, out _, out ProtocolVersion? version));
        Assert.Equal((ProtocolVersion)level, version);

        Assert.Equal(ReasonCode.MalformedPacket, Refuse(RawPacket.Body.Raw(whole).Byte(0)).Error.Code);
        for (int length = 0; length < whole.Length; length++)
        {
            // 3.1 lets the packet end where a credential would begin.
            bool isLegal = level == 3 && (length == whole.Length - 7 || length == whole.Length - 4);
            Assert.True(isLegal == ConnectPacket.TryParse(whole.AsSpan(0, length), out _, out DecodeError error, out _), $"{length} of {whole.Length} bytes");
            Assert.True(isLegal || error.Code == ReasonCode.MalformedPacket);
        }
    }

    private static RawPacket Connect(int level, int flags, RawPacket rest) =>
        RawPacket.Body.Text(level == 3 ? "MQIsdp" : "MQTT").Byte(level, flags).UInt16(0).Raw(rest.ToArray());

    private static (DecodeError Error, ProtocolVersion? Reply) Refuse(RawPacket body)
    {
        Assert.False(ConnectPacket.TryParse(body.ToArray(), out ConnectPacket? packet, out DecodeError error, out ProtocolVersion? reply));
        Assert.Null(packet);
        return (error, reply);
    }
}
