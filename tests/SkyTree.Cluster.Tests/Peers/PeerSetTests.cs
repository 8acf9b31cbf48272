using System.Collections.Concurrent;
using SkyTree.Cluster.Peers;
using Xunit;

namespace SkyTree.Cluster.Tests.Peers;

public sealed class PeerSetTests : IDisposable
{
    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Fact]
    public async Task Peers_come_and_go_under_load_and_those_that_stay_lose_nothing()
    {
        await using TestNode from = TestNode.Start(_authority);
        await using TestNode stays = TestNode.Start(_authority);
        await using TestNode comes = TestNode.Start(_authority);
        ConcurrentDictionary<NodeId, long> received = new();
        stays.Handler.Frame = (_, _, _) => received.AddOrUpdate(stays.Id, 1, (_, count) => count + 1);
        comes.Handler.Frame = (_, _, _) => received.AddOrUpdate(comes.Id, 1, (_, count) => count + 1);
        PeerLink link = await from.LinkToAsync(stays.Address);
        using CancellationTokenSource stop = new();
        Task<long> sending = Task.Run(async () =>
        {
            long sent = 0;
            while (!stop.IsCancellationRequested)
            {
                foreach (PeerLink peer in from.Links.All)
                {
                    bool isTaken = peer.TrySend(1, [], new byte[100]);
                    sent += isTaken && peer.Id == stays.Id ? 1 : 0;
                }

                await link.WaitForRoomAsync(CancellationToken.None);
            }

            return sent;
        });

        for (int round = 1; round <= 5; round++)
        {
            from.Links.SetPeers([from.Address, stays.Address, comes.Address]);
            await Eventually.HoldsAsync(() => comes.Handler.Connects == round);
            long before = received.GetValueOrDefault(comes.Id);
            await Eventually.HoldsAsync(() => received.GetValueOrDefault(comes.Id) > before);
            from.Links.SetPeers([stays.Address]);
            Assert.Null(from.Links.Find(comes.Id));
            await Eventually.HoldsAsync(() => comes.Handler.Disconnects == round);
        }

        await stop.CancelAsync();
        long sent = await sending.WaitAsync(Eventually.Deadline);
        await Eventually.HoldsAsync(() => received[stays.Id] == sent);
        Assert.Same(link, from.Links.Find(stays.Id));
        Assert.Equal(1, stays.Handler.Connects);
    }

    [Fact]
    public async Task Three_nodes_are_linked_each_to_each()
    {
        await using TestNode one = TestNode.Start(_authority);
        await using TestNode two = TestNode.Start(_authority);
        await using TestNode three = TestNode.Start(_authority);
        TestNode[] nodes = [one, two, three];

        foreach (TestNode node in nodes)
        {
            node.Links.SetPeers([.. nodes.Select(peer => peer.Address)]);
        }

        await Eventually.HoldsAsync(() => nodes.All(node
            => node.Links.All.Count == 2 && node.Links.All.All(link => link.IsConnected) && node.Handler.Connected.Count == 2));
    }

    [Fact]
    public async Task A_peer_at_a_new_address_is_linked_anew()
    {
        await using TestNode from = TestNode.Start(_authority);
        await using TestNode to = TestNode.Start(_authority);
        PeerLink before = await from.LinkToAsync(to.Address);
        await using Network.ChaosProxy moved = new(to.EndPoint);

        PeerLink after = await from.LinkToAsync(to.AddressAt(moved.EndPoint));

        Assert.NotSame(before, after);
        Assert.True(moved.ToTarget.Bytes > 0);
        await Eventually.HoldsAsync(() => !before.IsConnected);
    }

    [Fact]
    public async Task Peers_that_make_no_sense_are_refused()
    {
        await using TestNode node = TestNode.Start(_authority);
        NodeId other = NodeId.New();

        Assert.Throws<ArgumentException>(() => node.Links.SetPeers([new PeerAddress(other, new Uri("http://localhost"))]));
        Assert.Throws<ArgumentException>(() => node.Links.SetPeers(
            [new PeerAddress(other, new Uri("https://a")), new PeerAddress(other, new Uri("https://b"))]));
        Assert.Empty(node.Links.All);
    }
}
