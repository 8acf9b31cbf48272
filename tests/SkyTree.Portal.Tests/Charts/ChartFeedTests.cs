using SkyTree.AspNetCore.Portal.Charts;
using Xunit;

namespace SkyTree.Portal.Tests.Charts;

public sealed class ChartFeedTests
{
    private static readonly DateTimeOffset s_start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan s_step = TimeSpan.FromSeconds(1);

    private readonly ChartFeed _feed = new();

    [Fact]
    public void The_first_part_has_all_values()
    {
        ChartPart part = Next(0, 1, 2);
        Assert.False(part.IsMore);
        Assert.Equal([0, 1, 2], Offsets(part));
        Assert.Equal([0, 10, 20], part.Values[0]);
        Assert.Equal([0, -1, -2], part.Values[1]);
    }

    [Fact]
    public void Later_parts_begin_with_the_last_value_that_was_sent()
    {
        Next(0, 1, 2);
        ChartPart part = Next(1, 2, 3, 4);
        Assert.True(part.IsMore);
        Assert.Equal([2, 3, 4], Offsets(part));
        Assert.Equal([20, 30, 40], part.Values[0]);
        Assert.Equal([4], Offsets(Next(2, 3, 4)));
    }

    [Fact]
    public void Where_the_last_value_that_was_sent_is_no_more_all_are_sent_again()
    {
        Next(0, 1, 2);
        Assert.False(Next(5, 6).IsMore);
        Assert.False(Next(0, 1).IsMore); // another range of the same chart
        Assert.False(Next(0, 2).IsMore); // the last one has become two values together
    }

    [Fact]
    public void Values_at_other_distances_are_another_line()
    {
        Next(0, 1, 2);
        Assert.False(_feed.Next(s_start, s_start, s_step * 10, [s_start.AddSeconds(2)], []).IsMore);
    }

    [Fact]
    public void Nothing_is_sent_as_nothing()
    {
        Assert.Empty(Next().Times);
        Assert.False(Next(1).IsMore);
        ChartPart cleared = Next();
        Assert.False(cleared.IsMore);
        Assert.Empty(cleared.Times);
        Assert.False(Next(1).IsMore);
    }

    private ChartPart Next(params int[] seconds) => _feed.Next(
        s_start, s_start.AddMinutes(5), s_step,
        [.. seconds.Select(second => s_start.AddSeconds(second))],
        [new ChartLine("up", [.. seconds.Select(second => second * 10.0)]), new ChartLine("down", [.. seconds.Select(second => -1.0 * second)])]);

    private static IEnumerable<double> Offsets(ChartPart part) => part.Times.Select(time => time - s_start.ToUnixTimeSeconds());
}
