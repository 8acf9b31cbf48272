using CsCheck;
using SkyTree.Core.Protocol;
using Xunit;

namespace SkyTree.Core.Tests.Protocol;

public sealed class OutboundPublishTests
{
    [Fact]
    public void What_is_written_is_read_the_same_in_every_version() =>
        (from version in PacketGen.Version
         from qos in Gen.Enum<QoS>()
         from flags in Gen.Select(Gen.Bool, Gen.Bool, Gen.Bool)
         from packetId in Gen.UShort[1, ushort.MaxValue]
         from topic in Gen.Byte[0x61, 0x7A].Array[1, 200]
         from expiry in Gen.UInt
         from alias in Gen.UShort
         from identifiers in Gen.UInt[1, VariableByteInteger.MaximumValue].Array[0, 4]
         from payload in Gen.Byte.Array[0, 300]
         select (version, qos, flags, packetId, topic, expiry, alias, identifiers, payload)).Sample(
            t =>
            {
                byte[] forwarded = RawPacket.Block.Byte(0x03).Text("type").Byte(0x26).Text("a").Text("b").ToArray();
                var outbound = new OutboundPublish
                {
                    Version = t.version,
                    QoS = t.qos,
                    Dup = t.flags.Item1 && t.qos != QoS.AtMostOnce,
                    Retain = t.flags.Item2,
                    PacketId = t.packetId,
                    Topic = t.topic,
                    ForwardedProperties = forwarded,
                    HasMessageExpiry = t.flags.Item3,
                    MessageExpirySeconds = t.expiry,
                    SubscriptionIdentifiers = t.identifiers,
                    TopicAlias = t.alias,
                    Payload = t.payload,
                };
                byte[] bytes = new byte[outbound.GetLength()];
                Assert.Equal(bytes.Length, outbound.Write(bytes));

                PublishPacket read = AnyPacket.AssertLegal<PublishPacket>(bytes, t.version);

                bool isV5 = t.version == ProtocolVersion.V5;
                Assert.Equal((t.qos, outbound.Dup, t.flags.Item2), (read.QoS, read.Dup, read.Retain));
                Assert.Equal(t.qos == QoS.AtMostOnce ? 0 : t.packetId, read.PacketId);
                Assert.Equal(System.Text.Encoding.UTF8.GetString(t.topic), read.Topic);
                Assert.Equal(t.payload, read.Payload.ToArray());
                Assert.Equal(isV5 && t.flags.Item3 ? t.expiry : null, read.MessageExpirySeconds);
                Assert.Equal(isV5 ? t.alias : 0, read.TopicAlias);
                Assert.Equal(isV5 ? t.identifiers : [], read.SubscriptionIdentifiers);
                Assert.Equal(isV5 ? "type" : null, read.ContentType);
                Assert.Equal(isV5 ? 1 : 0, read.UserProperties.Count);
            },
            iter: 5_000);

    [Fact]
    public void A_packet_longer_than_MQTT_allows_is_above_every_limit()
    {
        byte[] payload = new byte[VariableByteInteger.MaximumValue - 3];
        var largest = new OutboundPublish { Version = ProtocolVersion.V311, Topic = "t"u8, Payload = payload };
        Assert.Equal(VariableByteInteger.MaximumValue + 5, largest.GetLength());

        var larger = new OutboundPublish { Version = ProtocolVersion.V5, Topic = "t"u8, Payload = payload };
        Assert.Equal(int.MaxValue, larger.GetLength());
    }
}
