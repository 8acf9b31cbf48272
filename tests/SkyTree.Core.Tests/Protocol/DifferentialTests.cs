using CsCheck;
using MQTTnet.Packets;
using SkyTree.Core.Protocol;
using Xunit;

namespace SkyTree.Core.Tests.Protocol;

/// <summary>
/// Our codec against MQTTnet's. Bytes that both accept must mean the same; where they part, the divergence is in a
/// table here, each row with the bytes that show it.
/// </summary>
public sealed class DifferentialTests
{
    // What the specification forbids, why we refuse it, and MQTTnet accepts it.
    private static readonly (string What, ProtocolVersion Version, string Hex, DecodeError Why)[] AcceptedByMqttNet =
    [
        ("U+0000 in a topic name", ProtocolVersion.V5, "30050002610000", DecodeErrors.Text),
        ("a surrogate in a topic name", ProtocolVersion.V5, "30060003EDA08000", DecodeErrors.Text),
        ("an overlong sequence in a topic name", ProtocolVersion.V5, "30050002C0AF00", DecodeErrors.Text),
        ("a wildcard in a topic name", ProtocolVersion.V5, "300400012300", DecodeErrors.TopicWildcard),
        ("a wildcard in a topic name", ProtocolVersion.V311, "300300012B", DecodeErrors.TopicWildcard),
        ("an empty topic name without an alias", ProtocolVersion.V5, "3003000000", DecodeErrors.TopicEmpty),
        ("an empty topic name", ProtocolVersion.V311, "30020000", DecodeErrors.TopicEmpty),
        ("QoS 3", ProtocolVersion.V5, "3606000174000100", DecodeErrors.QoS3),
        ("QoS 3", ProtocolVersion.V311, "36050001740001", DecodeErrors.QoS3),
        ("DUP with QoS 0", ProtocolVersion.V5, "380400017400", DecodeErrors.DupAtQoS0),
        ("packet identifier 0 in PUBLISH", ProtocolVersion.V5, "3206000174000000", DecodeErrors.PacketIdZero),
        ("packet identifier 0 in PUBACK", ProtocolVersion.V311, "40020000", DecodeErrors.PacketIdZero),
        ("packet identifier 0 in SUBSCRIBE", ProtocolVersion.V5, "820700000000016600", DecodeErrors.PacketIdZero),
        ("flags of PUBACK", ProtocolVersion.V5, "4F020001", DecodeErrors.Flags),
        ("flags of SUBSCRIBE", ProtocolVersion.V5, "800700010000016600", DecodeErrors.Flags),
        ("flags of CONNECT", ProtocolVersion.V5, "1F0D00044D51545405020000000000", DecodeErrors.Flags),
        ("a PINGREQ with a body", ProtocolVersion.V5, "C00100", DecodeErrors.LengthForType),
        ("a DISCONNECT with a body", ProtocolVersion.V311, "E00100", DecodeErrors.LengthForType),
        ("bytes after PUBACK", ProtocolVersion.V311, "4003000100", DecodeErrors.LengthForType),
        ("bytes after DISCONNECT", ProtocolVersion.V5, "E003000000", DecodeErrors.TrailingBytes),
        ("bytes after PUBACK", ProtocolVersion.V5, "40050001000000", DecodeErrors.TrailingBytes),
        ("bytes after CONNECT", ProtocolVersion.V311, "100E00044D5154540402000000016300", DecodeErrors.TrailingBytes),
        ("a property that overruns into the payload", ProtocolVersion.V5, "300A00017403030003616263", DecodeErrors.PropertyTruncated),
        ("an AUTH without property length", ProtocolVersion.V5, "F00118", DecodeErrors.Truncated),
        ("a property twice", ProtocolVersion.V5, "300C000174080300016103000162", DecodeErrors.DuplicateProperty),
        ("two subscription identifiers in SUBSCRIBE", ProtocolVersion.V5, "820B0001040B010B0200016600", DecodeErrors.DuplicateProperty),
        ("Payload Format Indicator 2", ProtocolVersion.V5, "3006000174020102", DecodeErrors.PropertyValue),
        ("Receive Maximum 0", ProtocolVersion.V5, "101000044D51545405020000032100000000", DecodeErrors.PropertyValue),
        ("Maximum Packet Size 0", ProtocolVersion.V5, "101200044D515454050200000527000000000000", DecodeErrors.PropertyValue),
        ("Subscription Identifier 0", ProtocolVersion.V5, "82090001020B0000016600", DecodeErrors.PropertyValue),
        ("Topic Alias 0", ProtocolVersion.V5, "300700017403230000", DecodeErrors.TopicAliasZero),
        ("a Subscription Identifier longer than it needs", ProtocolVersion.V5, "820A0001030B810000016600", DecodeErrors.Integer),
        ("a length of properties longer than it needs", ProtocolVersion.V5, "30050001748000", DecodeErrors.Integer),
        ("a wildcard in a Response Topic", ProtocolVersion.V5, "30080001740408000123", DecodeErrors.ResponseTopic),
        ("a reason code of another packet", ProtocolVersion.V5, "4003000101", DecodeErrors.ReasonCodeNotAllowed),
        ("a reason code that does not exist", ProtocolVersion.V5, "E001FF", DecodeErrors.ReasonCodeNotAllowed),
        ("SUBSCRIBE without filters", ProtocolVersion.V5, "8203000100", DecodeErrors.NoFilters),
        ("UNSUBSCRIBE without filters", ProtocolVersion.V311, "A2020001", DecodeErrors.NoFilters),
        ("reserved subscription options", ProtocolVersion.V5, "8207000100000166C0", DecodeErrors.OptionBits),
        ("a subscription with QoS 3", ProtocolVersion.V5, "820700010000016603", DecodeErrors.SubscribeQoS3),
        ("a subscription with Retain Handling 3", ProtocolVersion.V5, "820700010000016630", DecodeErrors.RetainHandling3),
        ("No Local with a shared subscription", ProtocolVersion.V5, "8210000100000A2473686172652F672F6604", DecodeErrors.NoLocalShared),
        ("the reserved flag of CONNECT", ProtocolVersion.V5, "100D00044D51545405030000000000", DecodeErrors.ReservedConnectFlag),
        ("Will QoS without a Will", ProtocolVersion.V311, "100D00044D515454040A0000000163", DecodeErrors.WillFlags),
        ("Will QoS 3", ProtocolVersion.V311, "101200044D515454041E00000001630001770000", DecodeErrors.WillQoS3),
        ("a wildcard in a Will Topic", ProtocolVersion.V311, "101200044D515454040600000001630001230000", DecodeErrors.WillTopic),
        ("a password without a user name", ProtocolVersion.V311, "101000044D51545404420000000163000170", DecodeErrors.PasswordAlone),
        ("an empty client identifier in 3.1", ProtocolVersion.V31, "100E00064D5149736470030200000000", DecodeErrors.ClientIdLength),
        ("a level that only bridges use", ProtocolVersion.V311, "100D00044D51545484020000000163", DecodeErrors.ProtocolLevel),
        ("reserved flags of CONNACK", ProtocolVersion.V5, "2003020000", DecodeErrors.ConnAckFlags),
        ("Session Present in a refusal", ProtocolVersion.V5, "2003018700", DecodeErrors.SessionPresentWithError),
        ("Authentication Data without a method", ProtocolVersion.V5, "101200044D515454050200000516000201020000", DecodeErrors.AuthenticationDataAlone),
        ("AUTH without a method", ProtocolVersion.V5, "F0021800", DecodeErrors.AuthenticationMethodMissing),
        ("SUBACK without reason codes", ProtocolVersion.V5, "9003000100", DecodeErrors.NoReasonCodes),
    ];

    public static TheoryData<string, ProtocolVersion, string, string> Divergences =>
        new(AcceptedByMqttNet.Select(row => (row.What, row.Version, row.Hex, row.Why.Reason)));

    [Theory]
    [MemberData(nameof(Divergences))]
    public void MqttNet_accepts_and_we_refuse(string what, ProtocolVersion version, string hex, string why)
    {
        byte[] frame = Convert.FromHexString(hex);
        Assert.False(AnyPacket.TryDecode(frame, version, out _, out DecodeError error), what);
        Assert.Equal(why, error.Reason);
        Assert.True(MqttNetCodec.Decode(frame, version) is not null, $"MQTTnet refuses {what} now: the row can go");
    }

    [Fact]
    public void Bytes_that_both_accept_mean_the_same_and_the_rest_is_in_the_table()
    {
        HashSet<string> known = [.. AcceptedByMqttNet.Select(row => row.Why.Reason)];
        Gen.Frequency((3, Mutation.MutatedWire), (1, Mutation.RandomWire)).Sample(
            wire =>
            {
                bool isLegal = AnyPacket.TryDecode(wire.Bytes, wire.Version, out object? ours, out DecodeError error);
                if (error.Reason == AnyPacket.Incomplete || error == DecodeErrors.RemainingLength)
                {
                    return; // MQTTnet's decoder begins after the header.
                }

                MqttPacket? theirs = MqttNetCodec.Decode(wire.Bytes, wire.Version);
                if (!isLegal)
                {
                    Assert.True(theirs is null || known.Contains(error.Reason), $"MQTTnet accepts: {error.Reason}");
                    return;
                }

                if (IsReadOtherwiseByMqttNet(ours!, wire))
                {
                    return;
                }

                Assert.True(theirs is not null, "MQTTnet refuses");
                Assert.Equal(Meaning.Of(ours!), Meaning.Of(theirs, VersionOf(ours!, wire)));
            },
            iter: FuzzTests.Iterations / 2);
    }

    [Fact]
    public void What_MqttNet_writes_we_read_with_the_same_meaning() =>
        PacketGen.AnyWire.Sample(
            wire =>
            {
                Assert.True(AnyPacket.TryDecode(wire.Bytes, wire.Version, out object? ours, out _));
                string meaning = Meaning.Of(ours!);
                byte[]? written = MqttNetCodec.Encode(MqttNetCodec.Decode(wire.Bytes, wire.Version)!, wire.Version);
                if (written is null)
                {
                    // It applies two rules of 3.1.1 to 5.0, too.
                    ConnectPacket connect = Assert.IsType<ConnectPacket>(ours);
                    Assert.True(connect.ClientId.Length == 0 || (connect.Password is not null && connect.UserName is null));
                    return;
                }

                bool isLegal = AnyPacket.TryDecode(written, wire.Version, out object? again, out DecodeError error);
                if (!isLegal)
                {
                    // It leaves out a method that is an empty string, and the packet is no longer legal.
                    Assert.Contains(error, (DecodeError[])[DecodeErrors.AuthenticationMethodMissing, DecodeErrors.AuthenticationDataAlone]);
                    return;
                }

                Assert.Equal(meaning, Meaning.Of(again!));
            },
            iter: FuzzTests.Iterations / 10);

    [Theory]
    [InlineData("30840000017400")]
    [InlineData("308480800000017400")]
    public async Task MqttNet_accepts_a_remaining_length_longer_than_it_needs(string hex)
    {
        byte[] bytes = Convert.FromHexString(hex);
        Assert.Equal(FrameStatus.Invalid, FrameReader.TryReadHeader(bytes, ProtocolVersion.V5, out _, out _));
        Assert.IsType<MqttPublishPacket>(await MqttNetCodec.ReceiveAsync(bytes, ProtocolVersion.V5));
    }

    [Fact]
    public void Topics_that_differ_in_their_surrogates_are_one_topic_to_MqttNet()
    {
        var topics = new HashSet<string>();
        foreach (byte last in (byte[])[0x80, 0x81, 0x82])
        {
            byte[] frame = RawPacket.Body.Binary(0x61, 0xED, 0xA0, last).NoProperties().Frame(0x30);
            topics.Add(Assert.IsType<MqttPublishPacket>(MqttNetCodec.Decode(frame, ProtocolVersion.V5)).Topic);
            AnyPacket.AssertRefused(ReasonCode.MalformedPacket, frame);
        }

        Assert.Single(topics);
    }

    [Fact]
    public void A_correlation_of_1020_bytes_makes_MqttNet_send_it_to_the_next_subscriber()
    {
        var adapter = MqttNetCodec.Adapter(ProtocolVersion.V5);
        var secret = new MqttPublishPacket
        {
            Topic = "t",
            CorrelationData = Enumerable.Repeat((byte)'s', 1020).ToArray(),
            SubscriptionIdentifiers = [1],
        };
        Exception? thrown = Record.Exception(() => adapter.Encode(secret));
        byte[] next = adapter.Encode(new MqttPublishPacket { Topic = "u" }).ToArray();
        Assert.True(thrown is not null, "MQTTnet encodes it now");
        Assert.True(next.Length > 1020, "MQTTnet forgets it now");
    }

    // Bytes that are legal by the letter of 3.1, which MQTTnet judges by 3.1.1: credentials that the flags announce and
    // that are not there, and bits of the subscription options that 3.1 calls unused.
    private static bool IsReadOtherwiseByMqttNet(object ours, Wire wire) => ours switch
    {
        ConnectPacket { Version: ProtocolVersion.V31 } connect =>
            ((wire.Bytes[HeaderLength(wire) + 9] & 0x80) != 0 && connect.UserName is null)
            || ((wire.Bytes[HeaderLength(wire) + 9] & 0x40) != 0 && connect.Password is null),
        SubscribePacket subscribe when wire.Version == ProtocolVersion.V31 =>
            !AnyPacket.Encode(subscribe, wire.Version)!.AsSpan().SequenceEqual(wire.Bytes),
        _ => false,
    };

    private static int HeaderLength(Wire wire)
    {
        FrameReader.TryReadHeader(wire.Bytes, wire.Version, out FrameHeader header, out _);
        return header.HeaderLength;
    }

    private static ProtocolVersion VersionOf(object packet, Wire wire) => packet is ConnectPacket connect ? connect.Version : wire.Version;
}
