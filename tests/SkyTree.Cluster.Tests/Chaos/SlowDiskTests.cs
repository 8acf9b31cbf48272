using System.Diagnostics;
using System.Globalization;
using SkyTree.Crash.Tests.Wire;
using Xunit;

namespace SkyTree.Cluster.Tests.Chaos;

/// <summary>What publishers see when one node's disk is far slower than the others'.</summary>
[Collection(ProcessesCollection.Name)]
public sealed class SlowDiskTests(ITestOutputHelper output)
{
    private const int Publishes = 10;
    private static readonly TimeSpan s_flush = TimeSpan.FromSeconds(10); // a majority has flushed a message long before

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Publishing_goes_on_while_one_disk_is_slow(bool isLeaders)
    {
        await using ChaosCluster cluster = new(message => output.WriteLine(message));
        await cluster.StartAsync();
        Assert.SkipWhen(cluster.Disk is null, "There is no C compiler (gcc) to make a disk slow with.");
        ChaosClient client = new(cluster);
        await client.SubscribeDurablyAsync(0, "reader", "t");
        await client.PublishAsync(0, "t");
        int leader = cluster.LastLeader!.Value;
        int slow = isLeaders ? leader : (leader + 1) % ChaosNetwork.Nodes;

        cluster.Disk.Slow(slow, s_flush);
        long started = Stopwatch.GetTimestamp();
        for (int i = 0; i < Publishes; i++)
        {
            await client.PublishAsync((slow + 1 + (i % 2)) % ChaosNetwork.Nodes, "t");
        }

        TimeSpan took = Stopwatch.GetElapsedTime(started);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Publishes} publishes in {took.TotalSeconds:F2} s; node {slow} is slow, node {leader} led, node {cluster.LastLeader} leads"));
        Assert.True(took < s_flush * Publishes, $"each publish waited for the slow disk: {took}\n{cluster.Describe()}");
        cluster.Disk.Fast(slow);

        // The slow one takes part again.
        await client.PublishAsync(slow, "t");
        cluster.IsDone = true;
    }
}
