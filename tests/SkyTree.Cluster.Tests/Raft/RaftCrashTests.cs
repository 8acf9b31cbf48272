using System.Diagnostics;
using Xunit;

namespace SkyTree.Cluster.Tests.Raft;

/// <summary>Nodes are killed, stopped, and their disks are slow; what was acknowledged stays.</summary>
public sealed class RaftCrashTests
{
    /// <summary>SKYTREE_TEST_DEEP=N makes N times as many rounds.</summary>
    private static readonly int Depth = int.TryParse(Environment.GetEnvironmentVariable("SKYTREE_TEST_DEEP"), out int depth) ? depth : 1;

    private static readonly TimeSpan s_flush = TimeSpan.FromMilliseconds(40);

    [Fact]
    public async Task What_was_acknowledged_is_on_a_majority_of_disks_when_all_nodes_are_killed()
    {
        string folder = Directory.CreateTempSubdirectory("skytree-slow-").FullName;
        SlowDisk? disk = await SlowDisk.CreateAsync(folder);
        Assert.SkipWhen(disk is null, "There is no C compiler (gcc) to make a disk slow with.");
        int seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        Random random = new(seed);
        using ProcessCluster cluster = new("election=600", "request=300", "connect=250", "heartbeat=100") { Environment = disk.Environment };
        await cluster.StartAsync(0, 1, 2);
        for (int round = 0; round < 2 * Depth; round++)
        {
            int leader = await cluster.LeaderAsync();
            int[] followers = [.. Enumerable.Range(0, 3).Where(number => number != leader)];
            Array.ForEach(followers, follower => disk.Slow(follower, s_flush));
            int before = cluster.Acknowledged;
            int enough = before + random.Next(50, 150);
            Task writing = cluster.WriteAsync(leader, 32, 200, CancellationToken.None);
            await Eventually.TrueAsync(() => cluster.Acknowledged > enough, "enough is acknowledged");
            cluster.Kill(0, 1, 2);
            await writing;
            Array.ForEach(followers, disk.Fast);

            // Those whose disks were slow decide alone what was committed.
            await cluster.StartAsync(followers);
            await cluster.PutAsync();
            await cluster.StartAsync(leader);
            await cluster.HaveAllAsync();
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task When_the_leader_is_killed_another_goes_on_and_nothing_acknowledged_is_lost()
    {
        using ProcessCluster cluster = new("snapshot=1");
        await cluster.StartAsync(0, 1, 2);
        List<double> outages = [];
        for (int round = 0; round < 3 * Depth; round++)
        {
            int leader = await cluster.LeaderAsync();
            Task writing = cluster.WriteAsync(leader, 16, 2_000, CancellationToken.None);
            int enough = cluster.Acknowledged + 500;
            await Eventually.TrueAsync(() => cluster.Acknowledged > enough, "enough is acknowledged");
            cluster.Kill(leader);
            Stopwatch outage = Stopwatch.StartNew();
            await writing;
            await cluster.PutAsync();
            outages.Add(outage.Elapsed.TotalSeconds);
            await cluster.StartAsync(leader);
        }

        await cluster.HaveAllAsync();
        outages.Sort();
        TestContext.Current.TestOutputHelper?.WriteLine($"outages {string.Join(' ', outages.Select(seconds => $"{seconds:F2}"))} s, {cluster.Acknowledged} acknowledged");

        // All of them again, killed at once.
        cluster.Kill(0, 1, 2);
        await cluster.StartAsync(0, 1, 2);
        await cluster.HaveAllAsync();
    }

    [Fact]
    public async Task A_leader_that_stood_still_follows_the_next_one_and_acknowledges_nothing_that_is_lost()
    {
        using ProcessCluster cluster = new("election=600", "request=300", "connect=250", "heartbeat=100");
        await cluster.StartAsync(0, 1, 2);
        for (int round = 0; round < 2 * Depth; round++)
        {
            int leader = await cluster.LeaderAsync();
            using CancellationTokenSource stop = new();
            Task writing = cluster.WriteAsync(leader, 16, 200, stop.Token);
            int enough = cluster.Acknowledged + 200;
            await Eventually.TrueAsync(() => cluster.Acknowledged > enough, "enough is acknowledged");
            cluster[leader].Signal("STOP");
            int other = (leader + 1) % 3;
            await Eventually.TrueAsync(
                async () => await cluster.PutAsync(cluster[other].Control, 100) || await cluster.PutAsync(cluster[(leader + 2) % 3].Control, 100),
                "one of the others leads");
            cluster[leader].Signal("CONT");
            await stop.CancelAsync();
            await writing;
            await cluster.HaveAllAsync();
        }
    }
}
