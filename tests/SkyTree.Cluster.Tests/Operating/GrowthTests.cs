using System.Globalization;
using SkyTree.Crash.Tests.Processes;
using Xunit;

namespace SkyTree.Cluster.Tests.Operating;

/// <summary>A broker that ran alone becomes a cluster.</summary>
[Collection(ProcessesCollection.Name)]
public sealed class GrowthTests(ITestOutputHelper output)
{
    [Fact]
    public async Task One_broker_with_data_becomes_three_under_load_and_loses_nothing()
    {
        await using ScriptedCluster cluster = new();
        string folder = Directory.CreateDirectory(Path.Combine(cluster.Folder, "alone")).FullName;
        await using BrokerHost alone = new(folder, ["--allow-anonymous"]);
        Func<Task<int>> port = alone.PortAsync;
        await using Load load = new(() => port());
        await alone.StartAsync();
        await load.StartAsync();
        await load.GoOnAsync(500);
        load.Leave(); // what comes now waits in the store
        await load.GoOnAsync(500);
        port = () => Task.FromResult(cluster.MqttPort(1)); // before: who asks the other for its port waits for its next process
        await alone.StopAsync();

        NodeLine first = Assert.Single(await cluster.UpAsync(1, "--adopt", Path.Combine(folder, "data")));
        Assert.True(first.IsLeader);
        await load.GoOnAsync(200);
        for (int nodes = 2; nodes <= 3; nodes++)
        {
            IReadOnlyList<NodeLine> joined = NodeLine.ParseAll(await cluster.DoAsync("join"));
            Assert.Equal(nodes, joined.Count);
            Assert.All(joined, node => Assert.True(node.IsReady));
            Assert.Contains("The state was replaced by the checkpoint", cluster.LogOf(nodes), StringComparison.Ordinal);
        }

        // All that was stored by the one is read at the last that came, with the first gone.
        port = () => Task.FromResult(cluster.MqttPort(3));
        load.Return();
        await cluster.DoAsync("kill", "1");
        await load.FinishAsync();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{load.Summary}"));
    }
}
