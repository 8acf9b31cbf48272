using SkyTree.AspNetCore.Portal.Trace;
using Xunit;

namespace SkyTree.Portal.Tests.Trace;

public sealed class TraceLineTests
{
    [Fact]
    public void A_packet_is_taken_apart()
    {
        const string Text = "2026-11-23T12:00:01.250Z dev 1 127.0.0.1 -> PUBLISH topic=a <- b qos=1 payload=\" -> \" (20 bytes)";
        Assert.Equal(
            new TraceLine(3, "12:00:01.250", "dev 1", "127.0.0.1", IsSent: false, "PUBLISH", "topic=a <- b qos=1 payload=\" -> \" (20 bytes)", Text),
            TraceLine.Read(3, Text));
    }

    [Fact]
    public void What_the_broker_sends_points_the_other_way() =>
        Assert.True(TraceLine.Read(1, "2026-11-23T12:00:01.250Z dev ::1 <- PINGRESP  (2 bytes)") is { IsSent: true, Packet: "PINGRESP", Address: "::1" });

    [Theory]
    [InlineData("# node 1 did not answer")]
    [InlineData("")]
    [InlineData("2026-11-23T12:00:01.250Z")]
    [InlineData("2026-11-23T12:00:01.250Z x")]
    public void A_note_is_shown_as_it_is(string text) => Assert.Equal(new TraceLine(1, "", "", "", false, "", text, text), TraceLine.Read(1, text));
}
