using SkyTree.Core.Protocol;
using Xunit;

namespace SkyTree.Core.Tests.Protocol;

public sealed class DisconnectPacketTests
{
    private static readonly int[] Codes =
    [
        0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8B, 0x8D, 0x8E, 0x8F, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97,
        0x98, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9E, 0x9F, 0xA0, 0xA1, 0xA2,
    ];

    [Theory]
    [InlineData(ProtocolVersion.V31)]
    [InlineData(ProtocolVersion.V311)]
    [InlineData(ProtocolVersion.V5)]
    public void An_empty_body_is_a_normal_disconnection(ProtocolVersion version)
    {
        DisconnectPacket disconnect = AnyPacket.AssertLegal<DisconnectPacket>([0xE0, 0], version);
        Assert.Equal(ReasonCode.Success, disconnect.ReasonCode);
        Assert.Null(disconnect.SessionExpirySeconds);
    }

    [Fact]
    [Trait("Spec", "MQTT-3.14.2-1")]
    public void Only_the_reason_codes_of_its_table_are_legal()
    {
        for (int code = 0; code < 256; code++)
        {
            byte[] frame = [0xE0, 1, (byte)code];
            if (Codes.Contains(code))
            {
                Assert.Equal((ReasonCode)code, AnyPacket.AssertLegal<DisconnectPacket>(frame).ReasonCode);
            }
            else
            {
                AnyPacket.AssertRefused(ReasonCode.ProtocolError, frame);
            }
        }
    }

    [Fact]
    public void A_session_expiry_of_0_is_not_an_absent_one()
    {
        byte[] frame = RawPacket.Body.Byte(0).Properties(RawPacket.Block.Byte(0x11).UInt32(0)).Frame(0xE0);
        Assert.Equal(0u, AnyPacket.AssertLegal<DisconnectPacket>(frame).SessionExpirySeconds);
    }

    [Fact]
    public void The_shortest_form_is_written()
    {
        Assert.Equal("E000", Hex(new DisconnectPacket()));
        Assert.Equal("E0018E", Hex(new DisconnectPacket { ReasonCode = ReasonCode.SessionTakenOver }));
        Assert.Equal("E007000511000000" + "00", Hex(new DisconnectPacket { SessionExpirySeconds = 0 }));
    }

    [Fact]
    public void A_server_has_no_disconnect_in_3x() =>
        Assert.False(new DisconnectPacket().Write(new System.Buffers.ArrayBufferWriter<byte>(), ProtocolVersion.V311));

    [Theory]
    [InlineData("E0020001")]
    [InlineData("E003000000")]
    [InlineData("E002007F")]
    [InlineData("E00300011F")]
    public void Trailing_bytes_and_overruns_are_malformed(string hex) =>
        AnyPacket.AssertRefused(ReasonCode.MalformedPacket, Convert.FromHexString(hex));

    [Fact]
    public void A_body_is_refused_in_3x()
    {
        Assert.False(DisconnectPacket.TryParse([0], ProtocolVersion.V311, out _, out DecodeError error));
        Assert.Equal(ReasonCode.MalformedPacket, error.Code);
    }

    [Fact]
    [Trait("Spec", "MQTT-3.14.2-3")]
    [Trait("Spec", "MQTT-3.14.2-4")]
    public void The_server_reference_stays_when_diagnostics_are_left_out()
    {
        var disconnect = new DisconnectPacket { ReasonCode = ReasonCode.UseAnotherServer, ServerReference = "b", ReasonString = "moved away" };
        DisconnectPacket read = AnyPacket.AssertLegal<DisconnectPacket>(AnyPacket.Encode(disconnect, ProtocolVersion.V5, 10)!);
        Assert.Equal(("b", null), (read.ServerReference, read.ReasonString));
    }

    private static string Hex(DisconnectPacket packet) => Convert.ToHexString(AnyPacket.Encode(packet, ProtocolVersion.V5)!);
}
