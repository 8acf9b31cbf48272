using SkyTree.Cluster.Replication;
using SkyTree.Cluster.Tests.Replication.Simulation;
using SkyTree.Core.Replication;
using SkyTree.Core.Replication.Records;
using Xunit;
using static SkyTree.Cluster.Tests.Replication.ClusterReplicatorTests;

namespace SkyTree.Cluster.Tests.Replication;

/// <summary>Nodes that agree to different format levels, side by side.</summary>
public sealed class FormatLevelTests
{
    private const int MoreEntries = 20; // appended while the level must stay

    [Fact]
    public async Task The_level_rises_once_all_nodes_agree_and_stays_when_one_comes_back_that_does_not()
    {
        await using SimulatedCluster cluster = new(Random.Shared.Next());
        SimulatedNode[] nodes = await StartAsync(cluster, 2, 2, 1);
        await StaysAsync(cluster, nodes, 1);

        nodes[2] = await RestartAsync(cluster, nodes[2], agreedLevel: 2);
        await EventuallyAsync(() => nodes.All(node => node.State.Level == 2), "all nodes write at level 2");

        nodes[2] = await RestartAsync(cluster, nodes[2], agreedLevel: 1);
        Assert.Equal(2, nodes[2].State.Level);
        await StaysAsync(cluster, nodes, 2);
        await CompareAsync(cluster, nodes);
    }

    [Fact]
    public async Task It_does_not_rise_while_a_voter_is_away_whatever_it_had_said()
    {
        await using SimulatedCluster cluster = new(Random.Shared.Next());
        SimulatedNode[] nodes = await StartAsync(cluster, 2, 2, 1);
        await nodes[2].DisposeAsync();
        await EventuallyAsync(() => nodes[0].State.IncarnationOf(nodes[2].Id) is null, "the third is held for gone");
        await StaysAsync(cluster, nodes[..2], 1);

        nodes[2] = new SimulatedNode(cluster, nodes[2].Id, nodes[2].Disk, agreedLevel: 2);
        await EventuallyAsync(() => nodes.All(node => node.State.Level == 2), "all nodes write at level 2");
    }

    [Fact]
    public async Task A_new_leader_asks_anew()
    {
        await using SimulatedCluster cluster = new(Random.Shared.Next());
        SimulatedNode[] nodes = await StartAsync(cluster, 1, 2, 2);
        cluster.Elect(nodes[1].Id);
        await StaysAsync(cluster, nodes, 1);

        nodes[0] = await RestartAsync(cluster, nodes[0], agreedLevel: 2);
        await EventuallyAsync(() => nodes.All(node => node.State.Level == 2), "all nodes write at level 2");
    }

    [Fact]
    public async Task Replicas_are_equal_though_the_level_rises_while_sessions_come_and_go()
    {
        int seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        await using SimulatedCluster cluster = new(seed);
        SimulatedNode[] nodes = await StartAsync(cluster, 2, 2, 1);
        cluster.Trouble = 20;
        Task first = Task.WhenAll(nodes[..2].Select((node, i) => ComeAndGoAsync(node, new Random(seed - i))));
        await ComeAndGoAsync(nodes[2], new Random(seed + 1));
        nodes[2] = await RestartAsync(cluster, nodes[2], agreedLevel: 2);
        Task second = ComeAndGoAsync(nodes[2], new Random(seed + 2));
        await EventuallyAsync(() => nodes.All(node => node.State.Level == 2), "all nodes write at level 2");
        await Task.WhenAll(first, second);
        await Task.WhenAll(nodes.Select((node, i) => ComeAndGoAsync(node, new Random(seed + 10 + i))));
        cluster.Trouble = 0;
        SessionOpened last = (await nodes[1].Replicator.ProposeAsync(new OpenSession("last", CleanStart: false, Durable: true, 1_000, null)))!;
        await nodes[1].Replicator.ProposeAsync(new CloseSession(last.Session, last.Epoch, null, DiscardWill: true) { Reason = "gone" });
        await CompareAsync(cluster, nodes);
        Assert.All(nodes, node => Assert.Equal("gone", node.State.Sessions.Find("last")!.Disconnection!.Reason));
    }

    [Fact]
    public async Task Frames_name_their_shard_from_the_second_level_on_and_those_of_others_are_refused()
    {
        await using SimulatedCluster cluster = new(Random.Shared.Next());
        SimulatedNode[] nodes = await StartAsync(cluster, 2, 2, 1);
        await StaysAsync(cluster, nodes, 1);
        Assert.DoesNotContain(cluster.TakeSentKinds(), kind => (kind & FrameKind.OfShard) != 0);

        nodes[2] = await RestartAsync(cluster, nodes[2], agreedLevel: 2);
        await EventuallyAsync(() => nodes.All(node => node.State.Level == 2 && node.Replicator.IsServing), "all nodes write at level 2");
        cluster.TakeSentKinds();
        await StaysAsync(cluster, nodes, 2);
        IReadOnlyList<byte> kinds = cluster.TakeSentKinds();
        Assert.NotEmpty(kinds);
        Assert.All(kinds, kind => Assert.NotEqual(0, kind & FrameKind.OfShard));

        byte[] ask = new RecordWriter().Begin().Short(7).Number(1).Written.ToArray();
        Assert.False(nodes[0].Replicator.OnFrame(nodes[1].Id, FrameKind.Ask | FrameKind.OfShard, ask));
        ask = new RecordWriter().Begin().Short(ShardId.First.Number).Number(1).Written.ToArray();
        Assert.True(nodes[0].Replicator.OnFrame(nodes[1].Id, FrameKind.Ask | FrameKind.OfShard, ask));
    }

    private static async Task<SimulatedNode[]> StartAsync(SimulatedCluster cluster, params int[] agreedLevels)
    {
        SimulatedNode[] nodes = [.. agreedLevels.Select(level => new SimulatedNode(cluster, Guid.NewGuid(), agreedLevel: level))];
        cluster.Elect(nodes[0].Id);
        await EventuallyAsync(() => nodes.All(node => node.Replicator.IsServing), "all nodes serve");
        return nodes;
    }

    private static async Task<SimulatedNode> RestartAsync(SimulatedCluster cluster, SimulatedNode node, int agreedLevel)
    {
        await node.DisposeAsync();
        return new SimulatedNode(cluster, node.Id, node.Disk, agreedLevel: agreedLevel);
    }

    private static async Task StaysAsync(SimulatedCluster cluster, SimulatedNode[] nodes, int level)
    {
        long enough = cluster.LastIndex + MoreEntries;
        await EventuallyAsync(() => nodes.All(node => node.Applied >= enough), "the log goes on");
        Assert.All(nodes, node => Assert.Equal(level, node.State.Level));
    }
}
