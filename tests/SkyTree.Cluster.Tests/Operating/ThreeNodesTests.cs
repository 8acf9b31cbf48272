using System.Diagnostics;
using System.Globalization;
using System.Net;
using SkyTree.Crash.Tests.Wire;
using Xunit;

namespace SkyTree.Cluster.Tests.Operating;

/// <summary>What an operator does with three nodes, and what clients see of it. Each test leaves the cluster whole.</summary>
[Collection(ProcessesCollection.Name)]
public sealed class ThreeNodesTests(ThreeNodes nodes, ITestOutputHelper output) : IClassFixture<ThreeNodes>
{
    private const byte UseAnotherServer = 0x9C;
    private const byte ServerUnavailable = 0x88;

    private static readonly TimeSpan s_election = TimeSpan.FromSeconds(30); // a second or two, but for a machine that runs other things

    private readonly ScriptedCluster _cluster = nodes.Cluster;

    [Fact]
    public async Task Up_shows_a_line_for_each_node_when_all_are_ready()
    {
        await _cluster.UntilWholeAsync();
        Assert.Equal([1, 2, 3], nodes.Started.Select(node => node.Number));
        Assert.All(nodes.Started, node => Assert.True(node.IsReady));
        Assert.Single(nodes.Started, node => node.IsLeader);
        Assert.Equal(3, nodes.Started.Select(node => node.Id).Distinct().Count());
        Assert.All(nodes.Started, node => Assert.Equal(_cluster.MqttPort(node.Number), node.MqttPort));
        foreach (NodeLine node in nodes.Started)
        {
            using WireClient client = await WireClient.ConnectAsync(node.MqttPort, "looks");
        }
    }

    [Fact]
    public async Task A_node_that_is_killed_is_shown_so_and_serves_again_when_it_is_started()
    {
        await _cluster.UntilWholeAsync();
        await _cluster.DoAsync("kill", "2");
        IReadOnlyList<NodeLine> status = await _cluster.StatusAsync();
        Assert.Equal((null, "does not run"), (status[1].ProcessId, status[1].State));
        Assert.All([status[0], status[2]], node => Assert.NotNull(node.ProcessId));
        await _cluster.DoAsync("start", "2");
        await _cluster.UntilWholeAsync();
        Assert.NotNull((await _cluster.StatusAsync())[1].ProcessId);
    }

    [Fact]
    public async Task A_dead_node_leaves_and_an_empty_one_joins_but_never_a_fourth()
    {
        await _cluster.UntilWholeAsync();
        string before = (await _cluster.StatusAsync())[2].Id;
        await _cluster.DoAsync("kill", "3");
        await _cluster.DoAsync("leave", "3");
        Assert.Equal([1, 2], (await _cluster.StatusAsync()).Select(node => node.Number));

        IReadOnlyList<NodeLine> joined = NodeLine.ParseAll(await _cluster.DoAsync("join"));
        Assert.Equal([1, 2, 3], joined.Select(node => node.Number));
        Assert.All(joined, node => Assert.True(node.IsReady));
        Assert.NotEqual(before, joined[2].Id);

        (int exitCode, string reason) = await _cluster.RunAsync("join");
        Assert.NotEqual(0, exitCode);
        Assert.Contains("The cluster has 3 members, and three is the most that can vote", reason, StringComparison.Ordinal);
        Assert.Equal(3, (await _cluster.StatusAsync()).Count);
    }

    [Theory]
    [InlineData("2")]
    [InlineData("4")]
    public async Task A_cluster_begins_with_one_or_three(string number)
    {
        (int exitCode, string reason) = await _cluster.RunAsync("up", number);
        Assert.NotEqual(0, exitCode);
        Assert.Contains("a cluster begins with 1 or 3 nodes: with two, either one's loss stops both, and more cannot vote", reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clients_of_a_drained_node_are_told_where_to_go_and_who_comes_is_sent_on()
    {
        await _cluster.UntilWholeAsync();
        string[] others = [.. new[] { 2, 3 }.Select(node => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_cluster.MqttPort(node)}"))];
        using WireClient client = await WireClient.ConnectAsync(_cluster.MqttPort(1), "drained", durable: true);
        (int exitCode, string answer) = await _cluster.AskAsync(1, "drain");
        Assert.True(exitCode == 0, answer);

        Packet told = await client.ReadAsync(PacketType.Disconnect);
        Assert.Equal(UseAnotherServer, told.Reason);
        Assert.Contains(told.ServerReference, others);

        (WireClient late, Packet refused) = (await WireClient.TryConnectAsync(_cluster.MqttPort(1), "comes late")).GetValueOrDefault();
        using (late)
        {
            Assert.Equal((PacketType.ConnAck, UseAnotherServer), (refused.Type, refused.Reason));
            Assert.Contains(refused.ServerReference, others);
        }

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await _cluster.HealthAsync(1));
        int port = int.Parse(told.ServerReference!.Split(':')[1], CultureInfo.InvariantCulture);
        (await WireClient.ConnectAsync(port, "drained", durable: true)).Dispose();

        Assert.Equal(0, (await _cluster.AskAsync(1, "undrain")).ExitCode);
        (await WireClient.ConnectAsync(_cluster.MqttPort(1), "drained", durable: true)).Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task The_node_that_is_named_when_another_is_to_lead_leads(int asked)
    {
        await _cluster.UntilWholeAsync();
        string before = (await _cluster.StatusAsync()).Single(node => node.IsLeader).Id;
        (int exitCode, string output) = await _cluster.AskAsync(asked, "lead");
        Assert.True(exitCode == 0, output);
        string id = output.Trim().Split(' ')[0];
        Assert.NotEqual(before, id);
        int leader = (await _cluster.StatusAsync()).Single(node => node.Id == id).Number;
        Assert.Contains($"led by {id}", (await _cluster.AskAsync(leader, "status")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_without_a_majority_refuses_what_it_cannot_keep_and_serves_the_rest()
    {
        await _cluster.UntilWholeAsync();
        using (WireClient durable = await WireClient.ConnectAsync(_cluster.MqttPort(1), "keeps", durable: true))
        {
            await durable.SubscribeAsync("kept", 1);
        }

        using WireClient one = await WireClient.ConnectAsync(_cluster.MqttPort(1), "one");
        using WireClient other = await WireClient.ConnectAsync(_cluster.MqttPort(1), "other");
        await other.SubscribeAsync("live", 0);
        await Task.WhenAll(_cluster.DoAsync("kill", "2"), _cluster.DoAsync("kill", "3"));
        await UntilAsync(async () => await _cluster.HealthAsync(1) == HttpStatusCode.ServiceUnavailable);

        (WireClient late, Packet refused) = (await WireClient.TryConnectAsync(_cluster.MqttPort(1), "comes late")).GetValueOrDefault();
        late.Dispose();
        Assert.Equal((PacketType.ConnAck, ServerUnavailable), (refused.Type, refused.Reason));

        // What must be kept is not acknowledged, however often what need not be goes through.
        await one.PublishAsync("kept", 1, 1, "x"u8.ToArray());
        for (int i = 0; i < 20; i++)
        {
            await other.PublishAsync("live", 0, 0, new[] { (byte)i });
            Assert.Equal([(byte)i], (await other.ReadAsync(PacketType.Publish)).Payload);
        }

        Task<Packet?> acknowledgement = one.TryReadAsync();
        Assert.False(acknowledgement.IsCompleted, "a node without a majority has acknowledged");
        await Task.WhenAll(_cluster.DoAsync("start", "2"), _cluster.DoAsync("start", "3"));
        Packet? end = await acknowledgement;
        Assert.True(end is null or { Type: PacketType.PubAck, Reason: 0 or >= 0x80 } or { Type: PacketType.Disconnect }, $"{end}");
        await _cluster.UntilWholeAsync();
        if (end is { Type: PacketType.PubAck, Reason: 0 })
        {
            using WireClient keeps = await WireClient.ConnectAsync(_cluster.MqttPort(3), "keeps", durable: true);
            Assert.Equal("kept", (await keeps.ReadAsync(PacketType.Publish)).Topic);
        }
    }

    [Fact]
    public async Task A_rolling_restart_under_load_loses_nothing_and_keeps_nobody_out()
    {
        await _cluster.UntilWholeAsync();
        Random random = new(1);
        await using Load load = new(() => Task.FromResult(_cluster.MqttPort(Next())));
        await load.StartAsync();
        Prober prober = new([.. Enumerable.Range(1, 3).Select(_cluster.MqttPort)]);
        using CancellationTokenSource enough = new();
        Task probing = prober.RunAsync(enough.Token);
        for (int node = 1; node <= 3; node++)
        {
            string number = node.ToString(CultureInfo.InvariantCulture);
            (int exitCode, string answer) = await _cluster.AskAsync(node, "drain", "1000");
            Assert.True(exitCode == 0, answer);
            await _cluster.DoAsync("stop", number);
            await load.GoOnAsync(200);
            await _cluster.DoAsync("start", number);
            await _cluster.UntilWholeAsync();
            await load.GoOnAsync(200);
        }

        await enough.CancelAsync();
        await probing;
        await load.FinishAsync();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{load.Summary}; admitted {prober.Connections} times, never kept out for longer than {prober.LongestRefusal.TotalSeconds:F2} s"));
        Assert.InRange(prober.LongestRefusal, TimeSpan.Zero, s_election);

        int Next()
        {
            lock (random)
            {
                return random.Next(1, 4);
            }
        }
    }

    private async Task UntilAsync(Func<Task<bool>> condition)
    {
        for (long started = Stopwatch.GetTimestamp(); !await condition();)
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < Crash.Tests.Settings.Deadline, _cluster.Describe());
            await Task.Delay(20);
        }
    }
}
