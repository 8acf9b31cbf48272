using SkyTree.AspNetCore.Portal.Shared;
using Xunit;

namespace SkyTree.Portal.Tests.Shared;

public sealed class FormatTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(0.5, "0.5")]
    [InlineData(999, "999")]
    [InlineData(999.7, "1 k")]
    [InlineData(12_345, "12.3 k")]
    [InlineData(4_560_000, "4.56 M")]
    [InlineData(7e9, "7 G")]
    public void Numbers_take_little_room(double value, string text) => Assert.Equal(text, Format.Compact(value));

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1024, "1 KiB")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(1048575, "1 MiB")]
    [InlineData(12.34 * 1024 * 1024 * 1024, "12.3 GiB")]
    public void Bytes_have_their_unit(double value, string text) => Assert.Equal(text, Format.Bytes(value));

    [Theory]
    [InlineData(-2, "just now")]
    [InlineData(45, "45 s ago")]
    [InlineData(300, "5 min ago")]
    [InlineData(-10_800, "in 3 h")]
    [InlineData(12_000, "3 h 20 min ago")]
    [InlineData(1_036_800, "12 d ago")]
    public void Moments_are_told_from_now(int secondsAgo, string text)
    {
        DateTimeOffset now = DateTimeOffset.UnixEpoch.AddYears(56);
        Assert.Equal(text, Format.Ago(now.AddSeconds(-secondsAgo), now));
    }
}
