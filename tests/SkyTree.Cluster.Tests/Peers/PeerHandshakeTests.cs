using SkyTree.Cluster.Peers;
using SkyTree.Core.Replication;
using Xunit;

namespace SkyTree.Cluster.Tests.Peers;

public sealed class PeerHandshakeTests : IDisposable
{
    private readonly TestAuthority _authority = new();
    private readonly TestAuthority _stranger = new();

    public void Dispose()
    {
        _authority.Dispose();
        _stranger.Dispose();
    }

    [Fact]
    public async Task Both_sides_know_the_other_and_its_incarnation()
    {
        await using TestNode to = TestNode.Start(_authority);
        await using TestNode from = TestNode.Start(_authority);

        PeerLink link = await from.LinkToAsync(to.Address);

        Assert.Equal((to.Id, to.Options.Incarnation, FormatLevel.Newest), (link.Id, link.RemoteIncarnation, link.Level));
        Assert.Equal(from.Options.Incarnation, to.Handler.Connected[from.Id]);
        await Eventually.HoldsAsync(() => link.RoundTrip > TimeSpan.Zero);
    }

    [Fact]
    public async Task A_node_of_another_authority_is_refused()
    {
        await using TestNode to = TestNode.Start(_authority);
        await using TestNode from = TestNode.Start(_stranger.Issue(trusted: _authority));

        await RefusedAsync(from, to.Address);

        Assert.Equal(0, to.Handler.Connects);
    }

    [Fact]
    public async Task A_node_does_not_talk_to_one_of_another_authority()
    {
        await using TestNode to = TestNode.Start(_stranger.Issue(trusted: _authority));
        await using TestNode from = TestNode.Start(_authority);

        await RefusedAsync(from, to.Address);

        Assert.Equal(0, to.Handler.Connects);
    }

    [Fact]
    public async Task A_node_of_another_cluster_is_refused()
    {
        await using TestNode to = TestNode.Start(_authority);
        await using TestNode from = TestNode.Start(_authority, options => options with { Cluster = "other" });

        string reason = await RefusedAsync(from, to.Address);

        Assert.EndsWith($"node {to.Id} has refused this one: it belongs to cluster 'other', this node to 'Prüfstand'", reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 2, 2, 3, 2)]
    [InlineData(2, 3, 1, 2, 2)]
    [InlineData(1, 1, 1, 2, 1)]
    public async Task Nodes_a_release_apart_know_the_highest_level_that_both_read(int oldest, int newest, int othersOldest, int othersNewest, int used)
    {
        await using TestNode to = TestNode.Start(_authority, options => options with { OldestLevel = oldest, NewestLevel = newest });
        await using TestNode from = TestNode.Start(_authority, options => options with { OldestLevel = othersOldest, NewestLevel = othersNewest });

        Assert.Equal(used, (await from.LinkToAsync(to.Address)).Level);
    }

    [Fact]
    public async Task A_node_that_does_not_read_what_the_cluster_writes_is_refused_from_then_on()
    {
        int written = 1;
        await using TestNode to = TestNode.Start(_authority, options => options with { WrittenLevel = () => Volatile.Read(ref written) });
        await using (TestNode before = TestNode.Start(_authority, options => options with { NewestLevel = 1 }))
        {
            Assert.Equal(1, (await before.LinkToAsync(to.Address)).Level);
        }

        Volatile.Write(ref written, 2);
        await using TestNode old = TestNode.Start(_authority, options => options with { NewestLevel = 1 });

        Assert.Contains("it knows format levels 1 to 1, this node 2 to 2: upgrade the older one first", await RefusedAsync(old, to.Address), StringComparison.Ordinal);
        Assert.Contains(to.Handler.Refused, refused => refused.Node == old.Id);
        await using TestNode of = TestNode.Start(_authority);
        Assert.Equal(2, (await of.LinkToAsync(to.Address)).Level);
    }

    [Fact]
    public async Task Nodes_too_many_releases_apart_say_so_once_and_try_on()
    {
        await using TestNode to = TestNode.Start(_authority, options => options with { OldestLevel = 3, NewestLevel = 4 });
        await using TestNode from = TestNode.Start(_authority, options => options with
        {
            OldestLevel = 1,
            NewestLevel = 2,
            ShortestBackOff = TimeSpan.FromMilliseconds(10),
            LongestBackOff = TimeSpan.FromMilliseconds(10),
        });

        string reason = await RefusedAsync(from, to.Address);

        Assert.Contains("it knows format levels 1 to 2, this node 3 to 4", reason, StringComparison.Ordinal);
        await using TestNode third = TestNode.Start(_authority, options => from.Options with { Node = NodeId.New() });
        await RefusedAsync(third, to.Address);
        // By now the first has come again and again.
        Assert.Single(from.Log.Lines, line => line.Event == 4102);
        Assert.Single(to.Log.Lines, line => line.Event == 4105 && line.Text.Contains($"{from.Id}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_node_that_dials_itself_says_so()
    {
        await using TestNode node = TestNode.Start(_authority);

        string reason = await RefusedAsync(node, node.Address with { Id = NodeId.New() });

        Assert.Contains("it is this node itself", reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_with_this_nodes_identity_is_refused()
    {
        await using TestNode node = TestNode.Start(_authority);
        await using TestNode copy = TestNode.Start(_authority, options => options with { Node = node.Id });

        string reason = await RefusedAsync(node, copy.Address with { Id = NodeId.New() });

        Assert.Contains("two nodes run with copies of one data folder", reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_two_nodes_with_one_identity_the_second_waits_until_the_first_is_gone()
    {
        await using TestNode to = TestNode.Start(_authority);
        await using TestNode first = TestNode.Start(_authority);
        await using TestNode second = TestNode.Start(_authority, options => options with { Node = first.Id });
        await first.LinkToAsync(to.Address);

        string reason = await RefusedAsync(second, to.Address);
        Assert.Contains($"another node with the identity {first.Id} is linked", reason, StringComparison.Ordinal);
        Assert.Equal(first.Options.Incarnation, to.Handler.Connected[first.Id]);

        await first.Links.DisposeAsync();
        await Eventually.HoldsAsync(() => to.Handler.Connected.GetValueOrDefault(second.Id) == second.Options.Incarnation);
    }

    [Fact]
    public async Task Another_node_at_the_address_is_not_taken_for_the_one_expected()
    {
        await using TestNode to = TestNode.Start(_authority);
        await using TestNode from = TestNode.Start(_authority);

        string reason = await RefusedAsync(from, to.Address with { Id = NodeId.New() });

        Assert.Contains($"node {to.Id} answers there", reason, StringComparison.Ordinal);
    }

    /// <summary>Dials, and returns what the dialling node logs of its failure.</summary>
    private static async Task<string> RefusedAsync(TestNode from, PeerAddress to)
    {
        from.Links.SetPeers([to]);
        await Eventually.HoldsAsync(() => from.Log.Lines.Any(line => line.Event == 4102));
        Assert.False(from.Links.Find(to.Id)!.IsConnected);
        return from.Log.Lines.First(line => line.Event == 4102).Text;
    }
}
