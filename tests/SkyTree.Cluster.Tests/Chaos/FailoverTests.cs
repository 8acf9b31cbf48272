using SkyTree.Crash.Tests.Wire;
using Xunit;

namespace SkyTree.Cluster.Tests.Chaos;

/// <summary>What clients of the nodes that are left see when a node ends, or is cut off and comes back.</summary>
[Collection(ProcessesCollection.Name)]
public sealed class FailoverTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Publishing_goes_on_through_another_node_when_the_leader_ends()
    {
        await using ChaosCluster cluster = new(message => output.WriteLine(message));
        await cluster.StartAsync();
        ChaosClient client = new(cluster);
        await client.SubscribeDurablyAsync(0, "reader", "t");
        int leader = cluster.LastLeader!.Value;
        await client.PublishAsync(leader, "t");
        await cluster.Nodes[leader].KillAsync();
        await client.PublishAsync((leader + 1) % ChaosNetwork.Nodes, "t");
        cluster.IsDone = true;
    }

    [Fact]
    public async Task A_client_of_a_node_that_was_held_for_gone_is_sent_to_another_node()
    {
        await using ChaosCluster cluster = new(message => output.WriteLine(message));
        await cluster.StartAsync();
        int leader = cluster.LastLeader!.Value;
        int node = (leader + 1) % ChaosNetwork.Nodes;
        ChaosClient clients = new(cluster);
        await clients.SubscribeDurablyAsync(leader, "mourner", "w");
        using MqttSocket client = await clients.ConnectAsync(node, "transient", durable: false, new Will("w", "gone", 1, 0));
        Task<IReadOnlyList<Packet>?> told = client.ReadAsync();
        foreach (Network.ProxyDirection direction in cluster.Network.Of(node))
        {
            direction.Stop();
        }

        // The others hold the node for gone: the Wills of its clients are sent.
        await clients.WaitForPublishAsync(leader, "mourner");
        Assert.False(told.IsCompleted, "a transient client of a node that is cut off goes on there");
        cluster.Network.Heal();
        Assert.True(await told.WaitAsync(ChaosClient.Deadline) is [{ Type: PacketType.Disconnect, Reason: 0x9C }], "the reason is another one than 0x9C");
        cluster.IsDone = true;
    }
}
