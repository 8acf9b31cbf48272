using SkyTree.Cluster.Node;
using SkyTree.Cluster.Raft;
using Xunit;

namespace SkyTree.Cluster.Tests.Raft;

/// <summary>Nodes that are far behind.</summary>
public sealed class RaftCatchUpTests
{
    private const int Kilobytes64 = 64 * 1024;

    [Fact]
    public async Task A_follower_far_behind_catches_up_from_the_log_while_others_go_on()
    {
        await using InProcessCluster cluster = await InProcessCluster.StartThreeAsync();
        int late = Enumerable.Range(0, 3).First(number => !cluster[number].Raft.IsLeader);
        await cluster.StopAsync(late);
        await cluster.PutAsync(1, 640, Kilobytes64);
        NodeHost back = await cluster.StartAsync(late, RaftStart.Seed);
        await cluster.PutAsync(641, 100, 1_000);
        await cluster.AreEqualAsync(Enumerable.Range(1, 740).Select(n => (long)n));
        Assert.Equal(0, back.Transfer.Fetches);

        // The requests were bounded and none was written twice: the log is about as long as what is in it.
        long log = new DirectoryInfo(Path.Combine(cluster.Folder, $"{late}", "raft", "log", "data")).EnumerateFiles().Sum(file => file.Length);
        Assert.InRange(log, 640L * Kilobytes64, 640L * Kilobytes64 * 3 / 2);
    }

    [Fact]
    public async Task An_empty_node_gets_a_checkpoint_however_slowly_while_entries_go_on_coming()
    {
        await using InProcessCluster cluster = new() { Configure = options => options with { SnapshotAfterMegabytes = 8 } };
        await cluster.StartAsync(0, RaftStart.Found, state =>
        {
            for (int i = 1; i <= 1_700; i++)
            {
                state.PutAlone(i, Kilobytes64);
            }
        });
        NodeHost joining = await cluster.StartAsync(1);

        // The transfer stands still until the log's checkpoint would have been replaced several times.
        TaskCompletionSource goOn = new();
        joining.Transfer.BeforeFile = (_, _, stop) => goOn.Task.WaitAsync(stop);
        using CancellationTokenSource deadline = new(TimeSpan.FromMinutes(1));
        Task adding = cluster[0].Raft.AddMemberAsync(cluster.EndPoint(1), deadline.Token);
        await Eventually.TrueAsync(() => joining.Transfer.Fetches == 1, "it began to fetch");
        await cluster.PutAsync(1_701, 640, Kilobytes64);
        Assert.False(adding.IsCompleted);
        goOn.SetResult();
        await adding;
        await cluster.PutAsync(2_341, 100, 100);
        await cluster.AreEqualAsync(Enumerable.Range(1, 2_440).Select(n => (long)n));
        Assert.Equal(1, joining.Transfer.Fetches);
        Assert.True(joining.Raft.Members.Count == 2);
    }

    [Fact]
    public async Task A_transfer_that_fails_is_begun_again_and_goes_on_where_it_was()
    {
        await using InProcessCluster cluster = new();
        await cluster.StartAsync(0, RaftStart.Found, state =>
        {
            for (int i = 1; i <= 100; i++)
            {
                state.PutAlone(i, Kilobytes64);
            }
        });
        NodeHost joining = await cluster.StartAsync(1);
        int failures = 2;
        joining.Transfer.BeforeFile = (_, _, _) => Interlocked.Decrement(ref failures) >= 0 ? Task.FromException(new IOException("The line is broken.")) : Task.CompletedTask;
        using CancellationTokenSource deadline = new(TimeSpan.FromMinutes(1));
        await cluster[0].Raft.AddMemberAsync(cluster.EndPoint(1), deadline.Token);
        await cluster.AreEqualAsync(Enumerable.Range(1, 100).Select(n => (long)n));
        Assert.Equal(3, joining.Transfer.Fetches);
    }

    [Fact]
    public async Task An_installation_that_outlasts_the_leaders_request_does_not_leave_the_node_stuck()
    {
        await using InProcessCluster cluster = await InProcessCluster.StartThreeAsync(options => options with { SnapshotAfterMegabytes = 2 });
        int late = Enumerable.Range(0, 3).First(number => !cluster[number].Raft.IsLeader);
        await cluster.StopAsync(late);
        await cluster.PutAsync(1, 100, Kilobytes64);
        NodeHost back = await cluster.StartAsync(late, RaftStart.Seed, state => state.Installing = () => Thread.Sleep(1_000));
        await cluster.AreEqualAsync(Enumerable.Range(1, 100).Select(n => (long)n));
        await cluster.PutAsync(101, 10, 100);
        await cluster.AreEqualAsync(Enumerable.Range(1, 110).Select(n => (long)n));
        Assert.NotEqual(0, back.Transfer.Fetches);
    }

    [Fact]
    public async Task A_follower_that_is_a_little_slow_stays_with_the_log()
    {
        await using InProcessCluster cluster = await InProcessCluster.StartThreeAsync(options => options with { SnapshotAfterMegabytes = 2 });
        NodeHost slow = cluster.Followers.First();
        slow.State.Applying = (_, _) => Thread.Sleep(2);
        for (int first = 1; first <= 400; first += 16)
        {
            // A megabyte at a time: it is behind, but never by what lies between two checkpoints, however busy the machine.
            await cluster.PutAsync(first, 16, Kilobytes64);
            await Eventually.TrueAsync(() => cluster.Nodes.Select(node => node.Raft.LastIndex).Distinct().Count() == 1, "all have it");
        }

        slow.State.Applying = null;
        await cluster.AreEqualAsync(Enumerable.Range(1, 400).Select(n => (long)n));
        Assert.All(cluster.Nodes, node => Assert.Equal(0, node.Transfer.Fetches));

        // And the log is cut: of 25 MiB no more than two checkpoints' worth and what came after is there.
        await Eventually.TrueAsync(() => cluster.Nodes.All(node => LogOf(cluster, node) < 20L * 1024 * 1024), "the logs were cut");
    }

    [Fact]
    public async Task A_follower_behind_the_logs_beginning_gets_a_checkpoint_and_then_the_log()
    {
        await using InProcessCluster cluster = await InProcessCluster.StartThreeAsync(options => options with { SnapshotAfterMegabytes = 2 });
        await cluster.PutAsync(1, 10, 100);
        int late = Enumerable.Range(0, 3).First(number => !cluster[number].Raft.IsLeader);
        await cluster.StopAsync(late);
        await cluster.PutAsync(11, 200, Kilobytes64);
        NodeHost back = await cluster.StartAsync(late, RaftStart.Seed);
        await cluster.AreEqualAsync(Enumerable.Range(1, 210).Select(n => (long)n));
        Assert.NotEqual(0, back.Transfer.Fetches);

        // It can start again with that.
        await cluster.StopAsync(late);
        await cluster.PutAsync(211, 10, 100);
        await cluster.StartAsync(late, RaftStart.Seed);
        await cluster.AreEqualAsync(Enumerable.Range(1, 220).Select(n => (long)n));
    }

    private static long LogOf(InProcessCluster cluster, NodeHost node)
    {
        string name = node.Raft.Members.First(member => member.IsLocal).NodeId![^1..];
        return new DirectoryInfo(Path.Combine(cluster.Folder, name, "raft", "log", "data")).EnumerateFiles().Sum(file => file.Length);
    }
}
