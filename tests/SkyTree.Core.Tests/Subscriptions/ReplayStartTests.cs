using SkyTree.Core.Subscriptions;
using Xunit;

namespace SkyTree.Core.Tests.Subscriptions;

public sealed class ReplayStartTests
{
    private const long NowMs = 1_800_000_000_000; // 2027-01-15T08:00:00Z

    [Theory]
    [InlineData("earliest", 0L, null)]
    [InlineData("0", 0L, null)]
    [InlineData("42", 42L, null)]
    [InlineData("9223372036854775807", long.MaxValue, null)]
    [InlineData("-90s", 0L, NowMs - 90_000)]
    [InlineData("-15m", 0L, NowMs - 900_000)]
    [InlineData("-24h", 0L, NowMs - 86_400_000)]
    [InlineData("-7d", 0L, NowMs - 604_800_000)]
    [InlineData("-0s", 0L, NowMs)]
    [InlineData("-9223372036854775807d", 0L, 0L)]
    [InlineData("2027-01-15T08:00:00Z", 0L, NowMs)]
    [InlineData("2027-01-15T08:00:00.25Z", 0L, NowMs + 250)]
    [InlineData("2027-01-15t10:00:00+02:00", 0L, NowMs)]
    [InlineData("2027-01-15T03:30:00.000-04:30", 0L, NowMs)]
    public void Starts_are_understood(string text, long offset, long? timeMs)
    {
        Assert.True(ReplayStart.TryParse(text, NowMs, out ReplayStart start), text);
        Assert.Equal(new ReplayStart(offset, timeMs), start);
    }

    [Theory]
    [InlineData("")]
    [InlineData("latest")]
    [InlineData("Earliest")]
    [InlineData("-")]
    [InlineData("-s")]
    [InlineData("-5")]
    [InlineData("-5w")]
    [InlineData("--5s")]
    [InlineData("-1.5h")]
    [InlineData("-99999999999999999999s")]
    [InlineData("+5")]
    [InlineData(" 5")]
    [InlineData("9223372036854775808")]
    [InlineData("2027-01-15")]
    [InlineData("2027-01-15T08:00:00")]
    [InlineData("2027-13-15T08:00:00Z")]
    [InlineData("2027-01-15 08:00:00Z")]
    public void What_is_ill_formed_is_refused(string text) => Assert.False(ReplayStart.TryParse(text, NowMs, out _));

    [Theory]
    [InlineData("$replay/-1h/a/#", true, "-1h", "a/#")]
    [InlineData("$replay/5//", true, "5", "/")]
    [InlineData("$replay/5/", true, "5", "")]
    [InlineData("$replay/5", true, "5", "")]
    [InlineData("$replay//a", true, "", "a")]
    [InlineData("$replay", false, "", "")]
    [InlineData("x/$replay/5/a", false, "", "")]
    public void The_prefix_is_taken_off(string text, bool isReplay, string from, string filter)
    {
        Assert.Equal(isReplay, ReplayStart.TrySplit(text, out string gotFrom, out string gotFilter));
        Assert.Equal((from, filter), (gotFrom, gotFilter));
        Assert.Equal(isReplay ? filter : text, ReplayStart.Plain(text));
    }

    [Theory]
    [InlineData("offset", 1)]
    [InlineData("time", 2)]
    [InlineData("offset,time", 3)]
    [InlineData("time, offset", 3)]
    [InlineData("", -1)]
    [InlineData("offset,", -1)]
    [InlineData("offset,topic", -1)]
    public void The_list_of_properties_is_strict(string list, int wanted)
    {
        Assert.Equal(wanted >= 0, StoredPropertiesEncoding.TryParse(list, out StoredProperties got));
        Assert.True(wanted < 0 || (int)got == wanted);
    }
}
