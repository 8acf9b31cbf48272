using SkyTree.Core.Protocol;
using Xunit;

namespace SkyTree.Core.Tests.Protocol;

public sealed class ConnAckPacketTests
{
    [Theory]
    [InlineData(0x00, 0)]
    [InlineData(0x80, 5)]
    [InlineData(0x81, 5)]
    [InlineData(0x82, 5)]
    [InlineData(0x83, 5)]
    [InlineData(0x84, 1)]
    [InlineData(0x85, 2)]
    [InlineData(0x86, 4)]
    [InlineData(0x87, 5)]
    [InlineData(0x88, 3)]
    [InlineData(0x89, 3)]
    [InlineData(0x8A, 5)]
    [InlineData(0x8B, 3)]
    [InlineData(0x8C, 4)]
    [InlineData(0x95, 5)]
    [InlineData(0x97, 3)]
    [InlineData(0x9C, 3)]
    [InlineData(0x9D, 3)]
    [InlineData(0x9F, 3)]
    public void A_3x_client_gets_the_nearest_return_code_and_no_properties(int reasonCode, int returnCode)
    {
        var connAck = new ConnAckPacket { ReasonCode = (ReasonCode)reasonCode, AssignedClientId = "x", ReasonString = "why" };
        Assert.Equal([0x20, 2, 0, (byte)returnCode], AnyPacket.Encode(connAck, ProtocolVersion.V311)!);
        Assert.Equal([0x20, 2, 0, (byte)returnCode], AnyPacket.Encode(connAck, ProtocolVersion.V31)!);
    }

    [Fact]
    [Trait("Spec", "MQTT-3.2.2-6")]
    public void Session_present_is_written_with_success_alone_and_not_in_3_1()
    {
        Assert.Equal("20020100", Hex(new ConnAckPacket { SessionPresent = true }, ProtocolVersion.V311));
        Assert.Equal("20020000", Hex(new ConnAckPacket { SessionPresent = true }, ProtocolVersion.V31));
        Assert.Equal("2003010000", Hex(new ConnAckPacket { SessionPresent = true }, ProtocolVersion.V5));
        var refused = new ConnAckPacket { SessionPresent = true, ReasonCode = ReasonCode.NotAuthorized };
        Assert.Equal("2003008700", Hex(refused, ProtocolVersion.V5));
        Assert.Equal("20020005", Hex(refused, ProtocolVersion.V311));
    }

    [Theory]
    [InlineData("2003020000", ReasonCode.MalformedPacket)]
    [InlineData("2003018700", ReasonCode.ProtocolError)]
    [InlineData("2003000100", ReasonCode.ProtocolError)]
    [InlineData("2003009200", ReasonCode.ProtocolError)]
    [InlineData("200400000000", ReasonCode.MalformedPacket)]
    [Trait("Spec", "MQTT-3.2.2-1")]
    [Trait("Spec", "MQTT-3.2.2-8")]
    public void What_the_specification_forbids_is_refused(string hex, ReasonCode expected) =>
        AnyPacket.AssertRefused(expected, Convert.FromHexString(hex));

    [Theory]
    [InlineData(0, ReasonCode.Success)]
    [InlineData(1, ReasonCode.UnsupportedProtocolVersion)]
    [InlineData(2, ReasonCode.ClientIdentifierNotValid)]
    [InlineData(3, ReasonCode.ServerUnavailable)]
    [InlineData(4, ReasonCode.BadUserNameOrPassword)]
    [InlineData(5, ReasonCode.NotAuthorized)]
    public void A_return_code_is_read_as_its_reason_code(int returnCode, ReasonCode expected) =>
        Assert.Equal(expected, AnyPacket.AssertLegal<ConnAckPacket>([0x20, 2, 0, (byte)returnCode], ProtocolVersion.V311).ReasonCode);

    [Fact]
    public void A_return_code_above_5_is_refused() =>
        AnyPacket.AssertRefused(ReasonCode.ProtocolError, [0x20, 2, 0, 6], ProtocolVersion.V311);

    [Fact]
    [Trait("Spec", "MQTT-3.2.2-19")]
    [Trait("Spec", "MQTT-3.2.2-20")]
    public void Only_diagnostics_are_left_out_to_keep_the_client_s_limit()
    {
        var connAck = new ConnAckPacket
        {
            AssignedClientId = "assigned",
            ReasonString = "why",
            UserProperties = [new UserProperty("k", "v")],
        };
        byte[] limited = AnyPacket.Encode(connAck, ProtocolVersion.V5, 22)!;
        ConnAckPacket read = AnyPacket.AssertLegal<ConnAckPacket>(limited);
        Assert.Equal(("assigned", "why", 0), (read.AssignedClientId, read.ReasonString, read.UserProperties.Count));
        Assert.Null(AnyPacket.Encode(connAck, ProtocolVersion.V5, 15));
    }

    private static string Hex(ConnAckPacket packet, ProtocolVersion version) =>
        Convert.ToHexString(AnyPacket.Encode(packet, version)!);
}
