using System.Diagnostics;
using SkyTree.Cluster.Peers;
using SkyTree.Cluster.Tests.Network;
using Xunit;

namespace SkyTree.Cluster.Tests.Peers;

public sealed class PeerFailureTests : IDisposable
{
    // Four intervals of 500 ms without an answer, and what a busy machine adds.
    private static readonly TimeSpan _noticed = TimeSpan.FromSeconds(4);

    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task A_silent_network_is_noticed_on_both_sides_and_the_link_comes_back(bool stopsThere, bool stopsBack)
    {
        await using TestNode to = TestNode.Start(_authority);
        await using ChaosProxy proxy = new(to.EndPoint);
        await using TestNode from = TestNode.Start(_authority, options => options with { ConnectTimeout = TimeSpan.FromMilliseconds(500) });
        PeerLink link = await from.LinkToAsync(to.AddressAt(proxy.EndPoint));

        if (stopsThere)
        {
            proxy.ToTarget.Stop();
        }

        if (stopsBack)
        {
            proxy.FromTarget.Stop();
        }

        TimeSpan here = await Eventually.HoldsAsync(() => !link.IsConnected);
        TimeSpan there = await Eventually.HoldsAsync(() => to.Handler.Disconnects >= 1);
        Assert.InRange(here, TimeSpan.Zero, _noticed);
        Assert.InRange(here + there, TimeSpan.Zero, _noticed + TimeSpan.FromSeconds(1));

        proxy.Pass();
        await Eventually.HoldsAsync(() => link.IsConnected);
        await EchoAsync(link);
    }

    [Fact]
    public async Task A_node_that_has_started_again_is_linked_in_its_new_life()
    {
        await using TestNode from = TestNode.Start(_authority);
        TestNode to = TestNode.Start(_authority);
        await using ChaosProxy proxy = new(to.EndPoint);
        PeerLink link = await from.LinkToAsync(to.AddressAt(proxy.EndPoint));
        await to.DisposeAsync();
        await Eventually.HoldsAsync(() => !link.IsConnected);

        await using TestNode again = TestNode.Start(_authority, options => options with { Node = to.Id });
        proxy.Target = again.EndPoint;

        await Eventually.HoldsAsync(() => link.IsConnected);
        Assert.Equal(again.Options.Incarnation, link.RemoteIncarnation);
        await EchoAsync(link);
    }

    [Fact]
    public async Task A_half_open_stream_gives_way_to_the_nodes_next()
    {
        await using TestNode to = TestNode.Start(_authority, options => options with { PingInterval = TimeSpan.FromHours(1) });
        await using ChaosProxy proxy = new(to.EndPoint);
        await using ChaosProxy other = new(to.EndPoint);
        await using TestNode from = TestNode.Start(_authority);
        await from.LinkToAsync(to.AddressAt(proxy.EndPoint));
        proxy.ToTarget.Stop();

        PeerLink link = await from.LinkToAsync(to.AddressAt(other.EndPoint));

        await EchoAsync(link);
        Assert.Equal((2, 1), (to.Handler.Connects, to.Handler.Disconnects));
    }

    [Fact]
    public async Task A_network_that_flaps_ends_linked()
    {
        await using TestNode to = TestNode.Start(_authority);
        await using ChaosProxy proxy = new(to.EndPoint);
        await using TestNode from = TestNode.Start(_authority, options => options with { ConnectTimeout = TimeSpan.FromMilliseconds(200) });
        PeerLink link = await from.LinkToAsync(to.AddressAt(proxy.EndPoint));
        using CancellationTokenSource stop = new();

        Task flapping = proxy.FlapAsync(TimeSpan.FromMilliseconds(150), TimeSpan.FromMilliseconds(100), stop.Token);
        for (int i = 0; i < 5; i++)
        {
            int before = from.Handler.LinkUps;
            proxy.CutAll();
            await Eventually.HoldsAsync(() => from.Handler.LinkUps > before);
        }

        await stop.CancelAsync();
        await flapping;
        await Eventually.HoldsAsync(() => link.IsConnected);
        await EchoAsync(link);
        await Eventually.HoldsAsync(() => to.Handler.Connected.Count == 1);
    }

    [Fact]
    public async Task A_slow_network_shows_in_the_round_trip_and_ends_nothing()
    {
        await using TestNode to = TestNode.Start(_authority);
        await using ChaosProxy proxy = new(to.EndPoint);
        proxy.ToTarget.Delay = proxy.FromTarget.Delay = TimeSpan.FromMilliseconds(40);
        await using TestNode from = TestNode.Start(_authority);

        PeerLink link = await from.LinkToAsync(to.AddressAt(proxy.EndPoint));
        await Eventually.HoldsAsync(() => link.RoundTrip >= TimeSpan.FromMilliseconds(75));

        await EchoAsync(link);
        Assert.Equal(1, from.Handler.LinkUps);
    }

    [Fact]
    public async Task It_ends_within_a_second_though_the_other_side_hangs()
    {
        using ManualResetEventSlim gate = new();
        await using TestNode to = TestNode.Start(_authority);
        await using ChaosProxy proxy = new(to.EndPoint);
        await using TestNode from = TestNode.Start(_authority);
        await using ChaosProxy back = new(from.EndPoint);
        to.Handler.Frame = (_, _, _) => gate.Wait();
        PeerLink link = await from.LinkToAsync(to.AddressAt(proxy.EndPoint));
        PeerLink backLink = await to.LinkToAsync(from.AddressAt(back.EndPoint));
        while (link.TrySend(1, [], new byte[100_000]))
        {
        }

        Task<ReadOnlyMemory<byte>> request = link.RequestAsync(1, default, TimeSpan.FromHours(1), CancellationToken.None);
        proxy.Stop();
        back.Stop();

        long start = Stopwatch.GetTimestamp();
        await from.Links.DisposeAsync();
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(1.5));
        await Assert.ThrowsAsync<PeerException>(() => request.WaitAsync(Eventually.Deadline));

        // The handler does not return.
        start = Stopwatch.GetTimestamp();
        await to.Links.DisposeAsync();
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(2));
        gate.Set();
        Assert.False(backLink.IsConnected);
    }

    private static async Task EchoAsync(PeerLink link)
    {
        byte[] body = [1, 2, 3];
        Assert.Equal(body, (await link.RequestAsync(1, body, TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken)).ToArray());
    }
}
