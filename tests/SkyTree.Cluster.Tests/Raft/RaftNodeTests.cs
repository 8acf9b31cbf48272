using System.Net;
using SkyTree.Cluster.Node;
using SkyTree.Cluster.Raft;
using Xunit;

namespace SkyTree.Cluster.Tests.Raft;

/// <summary>Three nodes in one process, as they are when nothing is wrong.</summary>
public sealed class RaftNodeTests
{
    [Fact]
    public async Task What_is_proposed_to_the_leader_is_applied_on_all()
    {
        await using InProcessCluster cluster = await InProcessCluster.StartThreeAsync();
        await cluster.PutAsync(1, 500, 100);
        await cluster.AreEqualAsync(Enumerable.Range(1, 500).Select(n => (long)n));
        Assert.Single(cluster.Nodes, node => node.Raft.IsLeader);
    }

    [Fact]
    public async Task The_context_of_a_proposal_comes_back_on_the_node_that_proposed_it_and_there_only()
    {
        await using InProcessCluster cluster = await InProcessCluster.StartThreeAsync();
        List<(NodeHost Node, object? Context)> seen = [];
        foreach (NodeHost node in cluster.Nodes)
        {
            node.State.Applying = (_, context) =>
            {
                lock (seen)
                {
                    seen.Add((node, context));
                }
            };
        }

        object mine = new();
        NodeHost leader = cluster.Leader;
        Assert.Equal(ReplicationOutcome.Applied, (await leader.Raft.ReplicateAsync(KeyValueState.Entry(1, 10), mine, CancellationToken.None)).Outcome);
        await cluster.AreEqualAsync([1]);
        Assert.Equal(3, seen.Count);
        Assert.All(seen, one => Assert.Same(one.Node == leader ? mine : null, one.Context));
    }

    [Fact]
    public async Task A_follower_refuses_a_proposal()
    {
        await using InProcessCluster cluster = await InProcessCluster.StartThreeAsync();
        ReplicationResult result = await cluster.Followers.First().Raft.ReplicateAsync(KeyValueState.Entry(1, 10), null, CancellationToken.None);
        Assert.Equal(new ReplicationResult(ReplicationOutcome.NotLeader, 0), result);
    }

    [Fact]
    public async Task After_a_barrier_every_node_has_what_was_acknowledged_before()
    {
        await using InProcessCluster cluster = await InProcessCluster.StartThreeAsync();
        for (int i = 1; i <= 50; i++)
        {
            await cluster.PutAsync(i, 10);
            long index = cluster.Leader.Raft.LastAppliedIndex;
            foreach (NodeHost node in cluster.Nodes)
            {
                await node.Raft.BarrierAsync(CancellationToken.None);
                Assert.True(node.State.AppliedIndex >= index, $"{node.State.AppliedIndex} is applied of {index}");
            }
        }
    }

    [Fact]
    public async Task Members_know_one_another_by_identity_and_metadata()
    {
        await using InProcessCluster cluster = await InProcessCluster.StartThreeAsync();
        foreach (NodeHost node in cluster.Nodes)
        {
            await Eventually.TrueAsync(() => node.Raft.Members.Count(member => member is { NodeId: not null, IsReachable: true }) == 3, "all members are known");
            Assert.Equal(["node-0", "node-1", "node-2"], node.Raft.Members.Select(member => member.NodeId).Order(StringComparer.Ordinal));
            Assert.All(node.Raft.Members, member => Assert.True(member.Metadata.ContainsKey(NodeHost.ControlKey)));
            Assert.Single(node.Raft.Members, member => member.IsLocal);
            Assert.Single(node.Raft.Members, member => member.IsLeader);
        }
    }

    [Fact]
    public async Task Members_may_be_named_by_dns()
    {
        await using InProcessCluster cluster = await InProcessCluster.StartThreeAsync(options => options with
        {
            PublicEndPoint = Named(options.PublicEndPoint),
            Seeds = [.. options.Seeds.Select(Named)],
            BindEndPoint = (IPEndPoint)options.PublicEndPoint,
        });
        await cluster.PutAsync(1, 10, 100);
        await cluster.AreEqualAsync(Enumerable.Range(1, 10).Select(n => (long)n));

        static EndPoint Named(EndPoint endPoint) => new DnsEndPoint("localhost", ((IPEndPoint)endPoint).Port);
    }

    [Fact]
    public async Task When_the_leader_stops_another_takes_over_and_it_is_a_follower_when_it_is_back()
    {
        await using InProcessCluster cluster = await InProcessCluster.StartThreeAsync();
        await cluster.PutAsync(1, 100, 100);
        int first = Enumerable.Range(0, 3).First(number => cluster[number].Raft.IsLeader);
        long term = cluster.Leader.Raft.Term;
        await cluster.StopAsync(first);
        await cluster.PutAsync(101, 100, 100);
        await cluster.StartAsync(first, RaftStart.Seed);
        await cluster.AreEqualAsync(Enumerable.Range(1, 200).Select(n => (long)n));
        Assert.True(cluster.Leader.Raft.Term > term);
    }
}
