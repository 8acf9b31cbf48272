using System.Net;
using SkyTree.Cluster.Raft;
using Xunit;

namespace SkyTree.Cluster.Tests.Raft;

/// <summary>Members do not begin elections at the same time.</summary>
public sealed class ElectionWindowTests
{
    private static readonly EndPoint[] Members = [IPEndPoint.Parse("10.0.0.3:7801"), IPEndPoint.Parse("10.0.0.1:7801"), IPEndPoint.Parse("10.0.0.2:7801")];

    [Fact]
    public void Between_the_windows_of_three_there_is_time_for_a_slow_request()
    {
        ElectionWindow[] windows = [.. Members.Select(member => ElectionWindow.Of(member, Members, 1_000)).OrderBy(window => window.LeastMilliseconds)];

        Assert.Equal(1_000, windows[0].LeastMilliseconds);
        Assert.Equal(1_500, windows[2].MostMilliseconds);
        Assert.All(windows, window => Assert.True(window.MostMilliseconds > window.LeastMilliseconds));
        Assert.All(windows.Zip(windows.Skip(1)), pair => Assert.InRange(pair.Second.LeastMilliseconds - pair.First.MostMilliseconds, 150, 250));
    }

    [Fact]
    public void All_members_agree_on_whose_window_comes_first() =>
        Assert.All(Members, member => Assert.Equal(ElectionWindow.Of(member, Members, 1_000), ElectionWindow.Of(member, [.. Members.Reverse()], 1_000)));

    [Fact]
    public void Who_does_not_know_the_members_chooses_among_all_times() =>
        Assert.Equal(new ElectionWindow(1_000, 1_500), ElectionWindow.Of(Members[0], [], 1_000));

    [Fact]
    public void A_single_member_chooses_among_all_times() =>
        Assert.Equal(new ElectionWindow(1_000, 1_500), ElectionWindow.Of(Members[0], [Members[0]], 1_000));
}
