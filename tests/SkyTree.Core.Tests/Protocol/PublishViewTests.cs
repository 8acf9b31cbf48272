using System.Text;
using SkyTree.Core.Protocol;
using Xunit;

namespace SkyTree.Core.Tests.Protocol;

public sealed class PublishViewTests
{
    [Theory]
    [InlineData(ProtocolVersion.V31)]
    [InlineData(ProtocolVersion.V311)]
    [InlineData(ProtocolVersion.V5)]
    public void A_publish_is_read_in_place(ProtocolVersion version)
    {
        RawPacket body = RawPacket.Body.Text("a/b").UInt16(0x1234);
        if (version == ProtocolVersion.V5)
        {
            body.Properties(RawPacket.Block.Property(0x01, 1).Property(0x02, 0, 0, 1, 0).Property(0x23, 0, 7));
        }

        byte[] bytes = body.Raw(1, 2, 3).ToArray();

        Assert.True(PublishView.TryParse(0x3D, bytes, version, out PublishView publish, out DecodeError error));

        Assert.Equal(default, error);
        Assert.Equal((QoS.ExactlyOnce, true, true, 0x1234), (publish.QoS, publish.Dup, publish.Retain, publish.PacketId));
        Assert.Equal("a/b", Encoding.UTF8.GetString(publish.Topic));
        Assert.Equal([1, 2, 3], publish.Payload.ToArray());
        bool isV5 = version == ProtocolVersion.V5;
        Assert.Equal(isV5, publish.HasMessageExpiry);
        Assert.Equal(isV5 ? 256u : 0, publish.MessageExpirySeconds);
        Assert.Equal(isV5 ? 7 : 0, publish.TopicAlias);
        Assert.Equal(isV5, publish.PayloadIsUtf8);
        Assert.Equal(!isV5, publish.ForwardsVerbatim);
        Assert.Equal(isV5 ? 10 : 0, publish.Properties.Length);
    }

    [Fact]
    public void An_empty_payload_and_QoS_0_are_read()
    {
        Assert.True(PublishView.TryParse(0x30, RawPacket.Body.Text("t").NoProperties().ToArray(), ProtocolVersion.V5, out PublishView publish, out _));
        Assert.Equal((QoS.AtMostOnce, false, false, 0), (publish.QoS, publish.Dup, publish.Retain, publish.PacketId));
        Assert.True(publish.Payload.IsEmpty);
        Assert.True(publish.ForwardsVerbatim);
    }

    [Theory]
    [InlineData("t/+")]
    [InlineData("#")]
    [Trait("Spec", "MQTT-3.3.2-2")]
    public void A_wildcard_in_the_topic_is_an_invalid_topic_name(string topic) =>
        AssertRefused(ReasonCode.TopicNameInvalid, 0x30, RawPacket.Body.Text(topic).NoProperties());

    [Theory]
    [InlineData("00")]
    [InlineData("C080")]
    [InlineData("EDA080")]
    [InlineData("61FF")]
    [InlineData("2B00")]
    [Trait("Spec", "MQTT-3.3.2-1")]
    public void A_topic_that_is_not_well_formed_is_malformed(string hex) =>
        AssertRefused(ReasonCode.MalformedPacket, 0x30, RawPacket.Body.Binary(Convert.FromHexString(hex)).NoProperties());

    [Fact]
    public void An_empty_topic_needs_an_alias()
    {
        AssertRefused(ReasonCode.ProtocolError, 0x30, RawPacket.Body.Text("").NoProperties());
        RawPacket withAlias = RawPacket.Body.Text("").Properties(RawPacket.Block.Property(0x23, 0, 1));
        Assert.True(PublishView.TryParse(0x30, withAlias.ToArray(), ProtocolVersion.V5, out PublishView publish, out _));
        Assert.True(publish.Topic.IsEmpty);
    }

    [Theory]
    [InlineData(ProtocolVersion.V31)]
    [InlineData(ProtocolVersion.V311)]
    public void An_empty_topic_is_refused_where_there_are_no_aliases(ProtocolVersion version) =>
        AssertRefused(ReasonCode.ProtocolError, 0x30, RawPacket.Body.Text(""), version);

    [Fact]
    [Trait("Spec", "MQTT-3.3.2-8")]
    public void Topic_alias_0_is_an_invalid_alias() =>
        AssertRefused(ReasonCode.TopicAliasInvalid, 0x30, RawPacket.Body.Text("t").Properties(RawPacket.Block.Property(0x23, 0, 0)));

    [Fact]
    [Trait("Spec", "MQTT-2.2.1-3")]
    public void Packet_identifier_0_is_a_protocol_error() =>
        AssertRefused(ReasonCode.ProtocolError, 0x32, RawPacket.Body.Text("t").UInt16(0).NoProperties());

    [Fact]
    [Trait("Spec", "MQTT-3.3.1-4")]
    public void QoS_3_is_malformed() =>
        AssertRefused(ReasonCode.MalformedPacket, 0x36, RawPacket.Body.Text("t").UInt16(1).NoProperties());

    [Fact]
    [Trait("Spec", "MQTT-3.3.4-6")]
    public void A_subscription_identifier_from_a_client_is_a_protocol_error() =>
        AssertRefused(ReasonCode.ProtocolError, 0x30, RawPacket.Body.Text("t").Properties(RawPacket.Block.Property(0x0B, 1)));

    [Theory]
    [InlineData(0x30, "")]
    [InlineData(0x30, "00")]
    [InlineData(0x30, "000261")]
    [InlineData(0x30, "FFFF61")]
    [InlineData(0x30, "000161")]
    [InlineData(0x32, "00016100")]
    [InlineData(0x32, "0001610001")]
    [InlineData(0x30, "00016105")]
    [InlineData(0x30, "00016180")]
    [InlineData(0x30, "0001618000")]
    [InlineData(0x30, "000161FFFFFF7F")]
    public void A_length_that_overruns_is_malformed(int first, string hex) =>
        AssertRefused(ReasonCode.MalformedPacket, first, RawPacket.Body.Raw(Convert.FromHexString(hex)));

    [Fact]
    [Trait("Spec", "MQTT-3.3.2-17")]
    public void Forwarded_properties_are_all_but_alias_and_expiry_in_their_order()
    {
        byte[] contentType = RawPacket.Block.Byte(0x03).Text("json").ToArray();
        byte[] user1 = RawPacket.Block.Byte(0x26).Text("k").Text("1").ToArray();
        byte[] user2 = RawPacket.Block.Byte(0x26).Text("k").Text("2").ToArray();
        byte[] correlation = RawPacket.Block.Byte(0x09).Binary(0x02, 0x23).ToArray();
        byte[] alias = [0x23, 0x00, 0x09];
        byte[] expiry = [0x02, 0x00, 0x00, 0x00, 0x05];
        byte[][] kept = [contentType, user1, correlation, user2];
        byte[] expected = [.. kept.SelectMany(bytes => bytes)];

        // Alias and expiry at every pair of places.
        for (int aliasAt = -1; aliasAt <= kept.Length; aliasAt++)
        {
            for (int expiryAt = -1; expiryAt <= kept.Length; expiryAt++)
            {
                foreach (bool aliasFirst in (bool[])[true, false])
                {
                    var block = new List<byte>();
                    for (int i = 0; i <= kept.Length; i++)
                    {
                        byte[][] here = [aliasAt == i ? alias : [], expiryAt == i ? expiry : []];
                        block.AddRange((aliasFirst ? here : here.Reverse()).SelectMany(bytes => bytes));
                        block.AddRange(i < kept.Length ? kept[i] : []);
                    }

                    byte[] body = RawPacket.Body.Text("t").Properties(RawPacket.Block.Raw([.. block])).ToArray();
                    Assert.True(PublishView.TryParse(0x30, body, ProtocolVersion.V5, out PublishView publish, out DecodeError error), error.Reason);

                    byte[] copy = new byte[publish.ForwardedPropertiesLength];
                    Assert.Equal(expected.Length, publish.CopyForwardedProperties(copy));
                    Assert.Equal(expected, copy);
                    Assert.Equal(aliasAt < 0 && expiryAt < 0, publish.ForwardsVerbatim);
                    Assert.Equal(aliasAt < 0 ? 0 : 9, publish.TopicAlias);
                    Assert.Equal(expiryAt >= 0, publish.HasMessageExpiry);
                }
            }
        }
    }

    [Fact]
    public void An_expiry_of_0_is_not_an_absent_one()
    {
        byte[] body = RawPacket.Body.Text("t").Properties(RawPacket.Block.Property(0x02, 0, 0, 0, 0)).ToArray();
        Assert.True(PublishView.TryParse(0x30, body, ProtocolVersion.V5, out PublishView publish, out _));
        Assert.True(publish.HasMessageExpiry);
        Assert.Equal(0u, publish.MessageExpirySeconds);
    }

    private static void AssertRefused(ReasonCode expected, int first, RawPacket body, ProtocolVersion version = ProtocolVersion.V5)
    {
        Assert.False(PublishView.TryParse((byte)first, body.ToArray(), version, out PublishView publish, out DecodeError error));
        Assert.Equal(expected, error.Code);
        Assert.True(publish.Topic.IsEmpty && publish.Payload.IsEmpty);
    }
}
