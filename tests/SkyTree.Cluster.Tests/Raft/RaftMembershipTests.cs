using SkyTree.Cluster.Node;
using SkyTree.Cluster.Raft;
using Xunit;

namespace SkyTree.Cluster.Tests.Raft;

/// <summary>A cluster grows, shrinks, and gets new nodes for old ones.</summary>
public sealed class RaftMembershipTests
{
    private static CancellationToken Soon => new CancellationTokenSource(TimeSpan.FromMinutes(1)).Token;

    [Fact]
    public async Task One_node_with_data_becomes_three_that_all_have_the_data()
    {
        await using InProcessCluster cluster = new();
        await cluster.StartAsync(0, RaftStart.Found, state =>
        {
            for (int i = 1; i <= 1_000; i++)
            {
                state.PutAlone(i, 1_000);
            }
        });
        await cluster.PutAsync(1_001, 100, 100);
        await cluster.StartAsync(1);
        await cluster[0].Raft.AddMemberAsync(cluster.EndPoint(1), Soon);
        await cluster.PutAsync(1_101, 100, 100);
        await cluster.StartAsync(2);
        await cluster[0].Raft.AddMemberAsync(cluster.EndPoint(2), Soon);
        await cluster.PutAsync(1_201, 100, 100);
        await cluster.AreEqualAsync(Enumerable.Range(1, 1_300).Select(n => (long)n));
        Assert.All(cluster.Nodes, node => Assert.Equal(3, node.Raft.Members.Count));

        // Any of them can lead on.
        await cluster.StopAsync(0);
        await cluster.PutAsync(1_301, 100, 100);
        await cluster.StartAsync(0, RaftStart.Found);
        await cluster.AreEqualAsync(Enumerable.Range(1, 1_400).Select(n => (long)n));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Who_resigns_does_not_lead_next_though_its_election_timeout_may_be_the_shortest(int members)
    {
        await using InProcessCluster cluster = new();
        await cluster.StartAsync(0, RaftStart.Found);
        for (int number = 1; number < members; number++)
        {
            await cluster.StartAsync(number);
            await cluster[0].Raft.AddMemberAsync(cluster.EndPoint(number), Soon);
        }

        // Who has not caught up cannot lead.
        await cluster.PutAsync(1, 10, 100);
        await cluster.AreEqualAsync(Enumerable.Range(1, 10).Select(n => (long)n));
        for (int round = 0; round < 4; round++)
        {
            await cluster.HasLeaderAsync();
            NodeHost before = cluster.Leader;
            Assert.True(await before.Raft.ResignAsync(Soon));
            await Eventually.TrueAsync(() => cluster.Nodes.Any(node => node.Raft.IsLeader), "a node leads again");
            Assert.NotSame(before, cluster.Leader);
        }

        await cluster.PutAsync(11, 10, 100);
        await cluster.AreEqualAsync(Enumerable.Range(1, 20).Select(n => (long)n));
    }

    [Fact]
    public async Task A_single_node_is_what_it_was_after_a_restart()
    {
        await using InProcessCluster cluster = new();
        await cluster.StartAsync(0, RaftStart.Found, state => state.PutAlone(1, 10));
        await cluster.PutAsync(2, 100, 100);
        long term = cluster[0].Raft.Term;
        await cluster.StopAsync(0);
        await cluster.StartAsync(0, RaftStart.Found);
        await cluster.PutAsync(102, 100, 100);
        await cluster.AreEqualAsync(Enumerable.Range(1, 201).Select(n => (long)n));
        Assert.True(cluster[0].Raft.Term > term, "the term did not rise, though the end of the log may have been lost");
    }

    [Fact]
    public async Task A_dead_member_is_replaced_by_an_empty_node()
    {
        await using InProcessCluster cluster = await InProcessCluster.StartThreeAsync(options => options with { SnapshotAfterMegabytes = 1 });
        await cluster.PutAsync(1, 500, 10_000);
        int dead = Enumerable.Range(0, 3).First(number => !cluster[number].Raft.IsLeader);
        await cluster.StopAsync(dead);
        await cluster.PutAsync(501, 100, 10_000);
        await cluster.Leader.Raft.RemoveMemberAsync(cluster.EndPoint(dead), Soon);
        await cluster.StartAsync(3);
        await cluster.Leader.Raft.AddMemberAsync(cluster.EndPoint(3), Soon);
        await cluster.PutAsync(601, 100, 10_000);
        await cluster.AreEqualAsync(Enumerable.Range(1, 700).Select(n => (long)n));
        Assert.NotEqual(0, cluster[3].Transfer.Fetches);
        Assert.All(cluster.Nodes, node => Assert.DoesNotContain(node.Raft.Members, member => member.EndPoint.Equals(cluster.EndPoint(dead))));
    }

    [Fact]
    public async Task The_dead_members_address_may_be_used_again_by_an_empty_node()
    {
        await using InProcessCluster cluster = await InProcessCluster.StartThreeAsync();
        await cluster.PutAsync(1, 200, 1_000);
        int dead = Enumerable.Range(0, 3).First(number => !cluster[number].Raft.IsLeader);
        await cluster.StopAsync(dead);
        cluster.Empty(dead);
        await cluster.Leader.Raft.RemoveMemberAsync(cluster.EndPoint(dead), Soon);
        await cluster.StartAsync(dead);
        await cluster.Leader.Raft.AddMemberAsync(cluster.EndPoint(dead), Soon);
        await cluster.PutAsync(201, 200, 1_000);
        await cluster.AreEqualAsync(Enumerable.Range(1, 400).Select(n => (long)n));
    }

    [Fact]
    public async Task A_fourth_voter_is_refused_with_the_reason()
    {
        await using InProcessCluster cluster = await InProcessCluster.StartThreeAsync();
        RaftException refused = await Assert.ThrowsAsync<RaftException>(() => cluster.Leader.Raft.AddMemberAsync(InProcessCluster.FreeEndPoint(), Soon));
        Assert.Equal(RaftError.Membership, refused.Error);
        Assert.Contains("three is the most", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_the_leader_changes_the_members_and_not_itself()
    {
        await using InProcessCluster cluster = await InProcessCluster.StartThreeAsync();
        RaftNode follower = cluster.Followers.First().Raft;
        RaftNode leader = cluster.Leader.Raft;
        Assert.Equal(RaftError.NotLeader, (await Assert.ThrowsAsync<RaftException>(() => follower.RemoveMemberAsync(leader.Leader!.EndPoint, Soon))).Error);
        Assert.Equal(RaftError.Membership, (await Assert.ThrowsAsync<RaftException>(() => leader.RemoveMemberAsync(leader.Leader!.EndPoint, Soon))).Error);
    }

    [Fact]
    public async Task A_node_that_cannot_be_reached_does_not_become_a_member()
    {
        await using InProcessCluster cluster = new();
        await cluster.StartAsync(0, RaftStart.Found);
        using CancellationTokenSource giveUp = new(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cluster[0].Raft.AddMemberAsync(InProcessCluster.FreeEndPoint(), giveUp.Token));
        await cluster.PutAsync(1, 10, 10);
        Assert.Single(cluster[0].Raft.Members);
    }

    [Fact]
    public async Task A_log_that_does_not_belong_to_the_state_is_refused()
    {
        await using InProcessCluster cluster = new();
        await cluster.StartAsync(0, RaftStart.Found);
        await cluster.PutAsync(1, 10, 10);
        await cluster.StopAsync(0);
        Directory.Delete(Path.Combine(cluster.Folder, "0", "state"), recursive: true);
        RaftException refused = await Assert.ThrowsAsync<RaftException>(() => cluster.StartAsync(0, RaftStart.Found));
        Assert.Equal(RaftError.Folder, refused.Error);
    }
}
