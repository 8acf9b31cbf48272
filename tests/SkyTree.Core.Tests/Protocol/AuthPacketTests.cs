using SkyTree.Core.Protocol;
using Xunit;

namespace SkyTree.Core.Tests.Protocol;

public sealed class AuthPacketTests
{
    [Fact]
    public void The_short_form_is_success()
    {
        AuthPacket auth = AnyPacket.AssertLegal<AuthPacket>([0xF0, 0]);
        Assert.Equal(ReasonCode.Success, auth.ReasonCode);
        Assert.Null(auth.AuthenticationMethod);
        Assert.Equal("F000", Convert.ToHexString(AnyPacket.Encode(new AuthPacket(), ProtocolVersion.V5)!));
    }

    [Fact]
    [Trait("Spec", "MQTT-3.15.2-1")]
    public void Only_the_reason_codes_of_its_table_are_legal()
    {
        for (int code = 0; code < 256; code++)
        {
            byte[] frame = RawPacket.Body.Byte(code).Properties(RawPacket.Block.Byte(0x15).Text("m")).Frame(0xF0);
            if (code is 0x00 or 0x18 or 0x19)
            {
                AuthPacket auth = AnyPacket.AssertLegal<AuthPacket>(frame);
                Assert.Equal(((ReasonCode)code, "m"), (auth.ReasonCode, auth.AuthenticationMethod));
            }
            else
            {
                AnyPacket.AssertRefused(ReasonCode.ProtocolError, frame);
            }
        }
    }

    [Theory]
    [InlineData("F0021800", ReasonCode.ProtocolError)]
    [InlineData("F0020000", ReasonCode.ProtocolError)]
    [InlineData("F00118", ReasonCode.MalformedPacket)]
    [InlineData("F0071804150001" + "6D00", ReasonCode.MalformedPacket)]
    public void A_missing_method_length_or_end_is_refused(string hex, ReasonCode expected) =>
        AnyPacket.AssertRefused(expected, Convert.FromHexString(hex));

    [Theory]
    [InlineData(ProtocolVersion.V31)]
    [InlineData(ProtocolVersion.V311)]
    public void There_is_no_AUTH_in_3x(ProtocolVersion version)
    {
        Assert.Null(AnyPacket.Encode(new AuthPacket(), version));
        Assert.False(AuthPacket.TryParse([], version, out _, out DecodeError error));
        Assert.Equal(ReasonCode.MalformedPacket, error.Code);
    }
}
