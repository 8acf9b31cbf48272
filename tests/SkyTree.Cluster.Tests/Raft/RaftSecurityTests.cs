using SkyTree.Cluster.Raft;
using SkyTree.Cluster.Security;
using Xunit;

namespace SkyTree.Cluster.Tests.Raft;

/// <summary>A cluster with a secret.</summary>
public sealed class RaftSecurityTests
{
    [Fact]
    public async Task Nodes_with_the_secret_are_a_cluster_and_one_with_another_secret_is_not_let_in()
    {
        using ClusterCertificate ours = ClusterCertificate.FromSecret("the-secret-of-this-cluster");
        using ClusterCertificate theirs = ClusterCertificate.FromSecret("the-secret-of-another-cluster");
        await using InProcessCluster cluster = await InProcessCluster.StartThreeAsync(options => options with { Certificate = options.NodeId == "node-2" ? theirs : ours });
        await cluster.PutAsync(1, 100, 100);
        Assert.True(cluster[0].Raft.IsLeader || cluster[1].Raft.IsLeader);
        Assert.Equal(0, cluster[2].Raft.LastIndex);
        Assert.Null(cluster[2].Raft.Leader);
        RaftException alone = await Assert.ThrowsAsync<RaftException>(() => cluster[2].Raft.BarrierAsync(CancellationToken.None).AsTask());
        Assert.Equal(RaftError.NoLeader, alone.Error);

        // With the right secret it is one of them.
        await cluster.StopAsync(2);
        cluster.Configure = options => options with { Certificate = ours };
        await cluster.StartAsync(2, RaftStart.Seed);
        await cluster.AreEqualAsync(Enumerable.Range(1, 100).Select(n => (long)n));
    }
}
