using System.Diagnostics;
using SkyTree.Cluster.Tests.Replication.Simulation;
using SkyTree.Core.Messages;
using SkyTree.Core.Protocol;
using SkyTree.Core.Replication;
using SkyTree.Core.Sessions;
using SkyTree.Core.Subscriptions;
using Xunit;

namespace SkyTree.Cluster.Tests.Replication;

/// <summary>Proposals on their way to the state of every node, while everything between them fails at random.</summary>
public sealed class ClusterReplicatorTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task What_is_proposed_is_applied_once_and_in_order_whoever_leads_and_whatever_is_lost()
    {
        const int each = 3_000;
        int seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        await using SimulatedCluster cluster = new(seed);
        SimulatedNode[] nodes = [.. Enumerable.Range(0, 3).Select(_ => new SimulatedNode(cluster, Guid.NewGuid()))];
        cluster.Elect(nodes[0].Id);
        await EventuallyAsync(() => nodes.All(node => node.State.IncarnationOf(node.Id) is not null), "all nodes are registered");
        cluster.Trouble = 20;

        Task[] publishers = [.. nodes.Select(node => PublishAsync(node, each))];
        Task all = Task.WhenAll(publishers);
        while (!all.IsCompleted)
        {
            SimulatedNode one = nodes[cluster.Next(3)];
            SimulatedNode other = nodes[cluster.Next(3)];
            switch (cluster.Next(4))
            {
                case 0:
                    cluster.Elect(one.Id);
                    break;
                case 1 when one != other:
                    cluster.Cut(one.Id, other.Id, isCut: true);
                    break;
                case 2:
                    cluster.Elect(Guid.Empty);
                    break;
                default:
                    cluster.Cut(one.Id, other.Id, isCut: false);
                    break;
            }

            await Task.WhenAny(all, Task.Delay(cluster.Next(60)));
            if (cluster.Leader(Guid.Empty) == Guid.Empty)
            {
                cluster.Elect(one.Id);
            }
        }

        await all.WaitAsync(Deadline);
        await CompareAsync(cluster, nodes);
        foreach (SimulatedNode node in nodes)
        {
            string[] stored = [.. (await ReadAllAsync(nodes[0])).Where(m => m.Topic == Topic(node)).Select(m => System.Text.Encoding.UTF8.GetString(m.Payload.Span))];
            Assert.Equal(Enumerable.Range(1, each).Select(i => $"{i}"), stored);
        }
    }

    [Fact]
    public async Task A_node_that_is_cut_off_stops_to_serve_before_the_others_go_on_without_it()
    {
        await using SimulatedCluster cluster = new(Random.Shared.Next());
        SimulatedNode[] nodes = [.. Enumerable.Range(0, 3).Select(_ => new SimulatedNode(cluster, Guid.NewGuid()))];
        cluster.Elect(nodes[0].Id);
        await EventuallyAsync(() => nodes.All(node => node.Replicator.IsServing), "all nodes serve");

        // It hears nothing any more: neither entries nor leases.
        nodes[2].IsHeld = true;
        cluster.Cut(nodes[0].Id, nodes[2].Id, isCut: true);
        cluster.Cut(nodes[2].Id, nodes[0].Id, isCut: true);
        SessionOpened? opened = await nodes[1].Replicator.ProposeAsync(new OpenSession("a", CleanStart: false, Durable: true, 100, null)).AsTask().WaitAsync(Deadline);
        Task settled = nodes[1].Replicator.SettleAsync().AsTask();
        while (!settled.IsCompleted)
        {
            await Task.WhenAny(settled, Task.Delay(5));
        }

        Assert.False(nodes[2].Replicator.IsServing);
        Assert.NotNull(opened);
        Assert.Null(nodes[2].State.Sessions.Find("a"));

        // It is back: what it missed comes first, then it serves.
        nodes[2].IsHeld = false;
        cluster.Cut(nodes[0].Id, nodes[2].Id, isCut: false);
        cluster.Cut(nodes[2].Id, nodes[0].Id, isCut: false);
        await EventuallyAsync(() => nodes[2].Replicator.IsServing, "the node that was cut off serves again");
        Assert.NotNull(nodes[2].State.Sessions.Find("a"));
    }

    [Fact]
    public async Task A_client_that_was_taken_from_a_node_is_waited_for_on_its_next_connections_too()
    {
        await using SimulatedCluster cluster = new(Random.Shared.Next());
        SimulatedNode[] nodes = [.. Enumerable.Range(0, 3).Select(_ => new SimulatedNode(cluster, Guid.NewGuid()))];
        cluster.Elect(nodes[0].Id);
        await EventuallyAsync(() => nodes.All(node => node.Replicator.IsServing), "all nodes serve");
        Assert.False((await OpenAsync(nodes[2])).MustSettle);
        Assert.False((await OpenAsync(nodes[2])).MustSettle);

        // The node that has it does not hear that another one takes it, and the client gives that connection up before it does.
        nodes[2].IsHeld = true;
        Assert.True((await OpenAsync(nodes[1])).MustSettle);
        SessionOpened again = await OpenAsync(nodes[1]);
        Assert.True(again.MustSettle);
        await nodes[1].Replicator.ProposeAsync(new CloseSession(again.Session, again.Epoch, null, DiscardWill: true)).AsTask().WaitAsync(Deadline);
        Assert.True((await OpenAsync(nodes[0])).MustSettle);
        nodes[2].IsHeld = false;

        static async Task<SessionOpened> OpenAsync(SimulatedNode node) =>
            (await node.Replicator.ProposeAsync(new OpenSession("a", CleanStart: false, Durable: true, 100, null)).AsTask().WaitAsync(Deadline))!;
    }

    [Fact]
    public async Task A_connection_that_comes_for_its_session_after_another_node_has_it_does_not_get_it()
    {
        await using SimulatedCluster cluster = new(Random.Shared.Next());
        SimulatedNode[] nodes = [.. Enumerable.Range(0, 3).Select(_ => new SimulatedNode(cluster, Guid.NewGuid()))];
        cluster.Elect(nodes[0].Id);
        await EventuallyAsync(() => nodes.All(node => node.Replicator.IsServing), "all nodes serve");
        var open = new OpenSession("a", CleanStart: false, Durable: true, 100, null);
        SessionOpened late = (await nodes[1].Replicator.ProposeAsync(open).AsTask().WaitAsync(Deadline))!;
        SessionOpened next = (await nodes[2].Replicator.ProposeAsync(open).AsTask().WaitAsync(Deadline))!;
        await EventuallyAsync(() => nodes[1].State.Sessions.Find("a")!.Node == nodes[2].Id, "the node knows that it has lost the session");

        Assert.False(late.Queue.TryAttach(null!, late.Epoch, 10, out _));
        Assert.True(next.Queue.TryAttach(null!, next.Epoch, 10, out _));
    }

    [Fact]
    public async Task What_a_client_published_before_it_went_to_another_node_does_not_come_late()
    {
        await using SimulatedCluster cluster = new(Random.Shared.Next());
        SimulatedNode[] nodes = [.. Enumerable.Range(0, 3).Select(_ => new SimulatedNode(cluster, Guid.NewGuid()))];
        cluster.Elect(nodes[0].Id);
        await EventuallyAsync(() => nodes.All(node => node.Replicator.IsServing), "all nodes serve");
        var open = new OpenSession("p", CleanStart: true, Durable: false, 0, null);
        SessionOpened first = (await nodes[2].Replicator.ProposeAsync(open).AsTask().WaitAsync(Deadline))!;

        cluster.Cut(nodes[2].Id, nodes[0].Id, isCut: true);
        Task<PublishApplied> late = nodes[2].Replicator.ProposeAsync(Publish(first.Epoch)).AsTask();
        SessionOpened second = (await nodes[1].Replicator.ProposeAsync(open).AsTask().WaitAsync(Deadline))!;
        Assert.Equal(PublishStatus.Applied, (await nodes[1].Replicator.ProposeAsync(Publish(second.Epoch)).AsTask().WaitAsync(Deadline)).Status);
        cluster.Cut(nodes[2].Id, nodes[0].Id, isCut: false);

        Assert.Equal(PublishStatus.Fenced, (await late.WaitAsync(Deadline)).Status);

        static PublishMessage Publish(long epoch) =>
            new(new StoredMessage { Offset = 0, Topic = "t", TimestampMs = 0, QoS = 1, PublisherId = "p" }, KeepRetained: false, Epoch: epoch) { IsStored = true };
    }

    [Fact]
    public async Task A_queue_of_a_node_that_was_held_for_gone_begins_again()
    {
        await using SimulatedCluster cluster = new(Random.Shared.Next());
        SimulatedNode[] nodes = [.. Enumerable.Range(0, 3).Select(_ => new SimulatedNode(cluster, Guid.NewGuid()))];
        cluster.Elect(nodes[0].Id);
        await EventuallyAsync(() => nodes.All(node => node.Replicator.IsServing), "all nodes serve");
        var open = new OpenSession("a", CleanStart: false, Durable: true, 100, null);
        SessionOpened before = (await nodes[2].Replicator.ProposeAsync(open).AsTask().WaitAsync(Deadline))!;
        cluster.Cut(nodes[2].Id, nodes[0].Id, isCut: true);
        await EventuallyAsync(() => nodes[2].State.IncarnationOf(nodes[2].Id) is null, "the node knows that it was held for gone");
        cluster.Cut(nodes[2].Id, nodes[0].Id, isCut: false);
        await EventuallyAsync(() => nodes[2].Replicator.IsServing, "it serves again");
        SessionOpened after = (await nodes[2].Replicator.ProposeAsync(open).AsTask().WaitAsync(Deadline))!;

        // What the queue had proposed is void, so it would wait for ever.
        Assert.NotSame(before.Queue, after.Queue);
        Assert.False(before.Queue.TryAttach(null!, before.Epoch, 10, out _));
        Assert.True(after.Queue.TryAttach(null!, after.Epoch, 10, out _));
        await CompareAsync(cluster, nodes);
    }

    [Fact]
    public async Task A_group_that_another_node_takes_over_goes_on_where_the_one_before_had_come_though_it_says_so_late()
    {
        await using SimulatedCluster cluster = new(Random.Shared.Next());
        SimulatedNode[] nodes = [.. Enumerable.Range(0, 3).Select(_ => new SimulatedNode(cluster, Guid.NewGuid()))];
        cluster.Elect(nodes[0].Id);
        await EventuallyAsync(() => nodes.All(node => node.Replicator.IsServing), "all nodes serve");
        Assert.True(TopicFilter.TryParse("$share/g/t", out TopicFilter filter));
        var open = new OpenSession("a", CleanStart: false, Durable: true, 100, null);
        SessionOpened opened = (await nodes[1].Replicator.ProposeAsync(open).AsTask().WaitAsync(Deadline))!;
        await nodes[1].Replicator.ProposeAsync(new Subscribe(opened.Session, opened.Epoch, 0, [new SubscriptionRequest(filter, QoS.ExactlyOnce, false, false, RetainHandling.Send)])).AsTask().WaitAsync(Deadline);
        PublishApplied published = await nodes[1].Replicator.ProposeAsync(new PublishMessage(
            new StoredMessage { Offset = 0, Topic = "t", TimestampMs = 0, QoS = 2, PublisherId = "p" }, KeepRetained: false)).AsTask().WaitAsync(Deadline);
        long offset = published.Stored!.Offset;

        await nodes[2].Replicator.ProposeAsync(open).AsTask().WaitAsync(Deadline);
        SharedGroup before = nodes[1].State.Index.FindGroup(filter)!;
        await nodes[1].Replicator.ProposeAsync(new AdvanceCursors([]) { Groups = [(before, offset)] }).AsTask().WaitAsync(Deadline);

        SharedGroup after = nodes[2].State.Index.FindGroup(filter)!;
        Assert.True(after.IsDispatcher);
        await EventuallyAsync(() => after.SavedCursor == offset, "the node knows the cursor");
        Assert.Equal(offset, after.Cursor(offset)); // else it hands out again what is not known any longer to have been had
    }

    [Fact]
    public async Task What_a_group_reads_is_a_member_s_only_if_the_node_hands_it_out_that_all_hold_for_the_one()
    {
        await using SimulatedCluster cluster = new(Random.Shared.Next());
        SimulatedNode[] nodes = [.. Enumerable.Range(0, 3).Select(_ => new SimulatedNode(cluster, Guid.NewGuid()))];
        cluster.Elect(nodes[0].Id);
        await EventuallyAsync(() => nodes.All(node => node.Replicator.IsServing), "all nodes serve");
        Assert.True(TopicFilter.TryParse("$share/g/t", out TopicFilter filter));
        SessionOpened first = await JoinAsync(nodes[1], "first");
        SessionOpened second = await JoinAsync(nodes[2], "second");
        PublishApplied published = await nodes[1].Replicator.ProposeAsync(new PublishMessage(
            new StoredMessage { Offset = 0, Topic = "t", TimestampMs = 0, QoS = 2, PublisherId = "p" }, KeepRetained: false)).AsTask().WaitAsync(Deadline);

        Assert.False(await SendAsync(nodes[2], second));
        Assert.True(await SendAsync(nodes[1], first));
        await nodes[1].Replicator.ProposeAsync(new CloseSession(first.Session, first.Epoch, null, DiscardWill: true)).AsTask().WaitAsync(Deadline);
        Assert.True(await SendAsync(nodes[2], second)); // now it is its turn to hand out
        await CompareAsync(cluster, nodes);

        async Task<SessionOpened> JoinAsync(SimulatedNode node, string name)
        {
            SessionOpened opened = (await node.Replicator.ProposeAsync(new OpenSession(name, CleanStart: false, Durable: true, 100, null)).AsTask().WaitAsync(Deadline))!;
            await node.Replicator.ProposeAsync(new Subscribe(opened.Session, opened.Epoch, 0, [new SubscriptionRequest(filter, QoS.ExactlyOnce, false, false, RetainHandling.Send)])).AsTask().WaitAsync(Deadline);
            return opened;
        }

        Task<bool> SendAsync(SimulatedNode node, SessionOpened to) => node.Replicator.ProposeAsync(new SendOutgoing(
            to.Queue.Owned,
            [new OutgoingMessage { PacketId = 1, Sequence = 1, Offset = published.Stored!.Offset, Group = filter.Text, Message = published.Stored, Stage = OutgoingStage.Published }])).AsTask().WaitAsync(Deadline);
    }

    [Fact]
    public async Task The_clients_of_a_node_that_is_gone_are_not_connected_and_it_has_to_begin_anew()
    {
        await using SimulatedCluster cluster = new(Random.Shared.Next());
        SimulatedNode[] nodes = [.. Enumerable.Range(0, 3).Select(_ => new SimulatedNode(cluster, Guid.NewGuid()))];
        cluster.Elect(nodes[0].Id);
        await EventuallyAsync(() => nodes.All(node => node.Replicator.IsServing), "all nodes serve");
        SessionOpened? opened = await nodes[2].Replicator.ProposeAsync(new OpenSession("a", CleanStart: false, Durable: true, 100, null)).AsTask().WaitAsync(Deadline);
        long? before = nodes[2].State.IncarnationOf(nodes[2].Id);

        cluster.Cut(nodes[2].Id, nodes[0].Id, isCut: true);
        await EventuallyAsync(() => nodes[1].State.Sessions.Find("a") is { IsConnected: false }, "the gone node's client is disconnected");
        Task late = nodes[2].Replicator.ProposeAsync(new CloseSession(opened!.Session, opened.Epoch, null, DiscardWill: true)).AsTask();
        cluster.Cut(nodes[2].Id, nodes[0].Id, isCut: false);

        await EventuallyAsync(() => nodes[2].Replicator.IsServing && nodes[2].State.IncarnationOf(nodes[2].Id) > before, "it serves again");
        await CompareAsync(cluster, nodes);
        await late.WaitAsync(Deadline).ContinueWith(_ => { }, TaskScheduler.Default);
    }

    [Fact]
    public async Task Sessions_that_come_and_go_on_all_nodes_are_the_same_everywhere_also_on_a_node_that_starts_anew()
    {
        int seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        await using SimulatedCluster cluster = new(seed);
        SimulatedNode[] nodes = [.. Enumerable.Range(0, 3).Select(_ => new SimulatedNode(cluster, Guid.NewGuid()))];
        cluster.Elect(nodes[0].Id);
        await EventuallyAsync(() => nodes.All(node => node.Replicator.IsServing), "all nodes serve");
        for (int round = 0; round < 4; round++)
        {
            await Task.WhenAll(nodes.Select((node, i) => ComeAndGoAsync(node, new Random(seed + i + (round * 3)))));
            SimulatedNode ended = nodes[2];
            await ended.DisposeAsync();
            nodes[2] = new SimulatedNode(cluster, ended.Id, ended.Disk);
            await EventuallyAsync(() => nodes[2].Replicator.IsServing, "the node that started anew serves");
        }

        await Task.WhenAll(nodes.Select((node, i) => ComeAndGoAsync(node, new Random(seed - i))));
        await CompareAsync(cluster, nodes);
        Assert.All(nodes, node => Assert.Equal(nodes[0].State.Index.Count, node.State.Index.Count));
    }

    internal static async Task ComeAndGoAsync(SimulatedNode node, Random random)
    {
        string[] filters = ["a/#", "a/1", "b/+", "$share/g/a/#", "$share/g/b/1"];
        for (int i = 0; i < 60; i++)
        {
            bool durable = random.Next(2) == 0;
            SessionOpened opened = (await node.Replicator.ProposeAsync(new OpenSession($"c{random.Next(5)}", random.Next(4) == 0, durable, durable ? 1_000u : 0, null)).AsTask().WaitAsync(Deadline))!;
            for (int s = random.Next(3); s > 0; s--)
            {
                Assert.True(TopicFilter.TryParse(filters[random.Next(filters.Length)], out TopicFilter filter));
                await node.Replicator.ProposeAsync(new Subscribe(opened.Session, opened.Epoch, 0, [new SubscriptionRequest(filter, QoS.AtLeastOnce, false, false, RetainHandling.Send)])).AsTask().WaitAsync(Deadline);
            }

            await node.Replicator.ProposeAsync(new PublishMessage(
                new StoredMessage { Offset = 0, Topic = "a/1", TimestampMs = 0, QoS = 1, PublisherId = "p", Payload = new byte[] { (byte)i } }, KeepRetained: false)).AsTask().WaitAsync(Deadline);
            if (random.Next(3) > 0)
            {
                await node.Replicator.ProposeAsync(new CloseSession(opened.Session, opened.Epoch, null, DiscardWill: true) { Reason = "gone" }).AsTask().WaitAsync(Deadline);
            }
        }
    }

    private static string Topic(SimulatedNode node) => $"t/{node.Id:N}";

    private static async Task PublishAsync(SimulatedNode node, int count)
    {
        List<Task<PublishApplied>> pending = [];
        for (int i = 1; i <= count; i++)
        {
            pending.Add(node.Replicator.ProposeAsync(new PublishMessage(
                new StoredMessage { Offset = 0, Topic = Topic(node), TimestampMs = 0, QoS = 1, PublisherId = "p", Payload = System.Text.Encoding.UTF8.GetBytes($"{i}") },
                KeepRetained: false)
            {
                IsStored = true,
            }).AsTask());
            if (pending.Count == 100)
            {
                await Task.WhenAll(pending);
                pending.Clear();
            }
        }

        Assert.All(await Task.WhenAll(pending), applied => Assert.Equal(PublishStatus.Applied, applied.Status));
    }

    private static async Task<List<StoredMessage>> ReadAllAsync(SimulatedNode node)
    {
        List<StoredMessage> all = [];
        for (LogPage page = await node.Database.Messages.ReadLogAsync(0, null, 1_000); page.Messages.Count > 0; page = await node.Database.Messages.ReadLogAsync(page.Next, null, 1_000))
        {
            all.AddRange(page.Messages);
        }

        return all;
    }

    /// <summary>When nothing comes any more, all nodes have the same.</summary>
    internal static async Task CompareAsync(SimulatedCluster cluster, SimulatedNode[] nodes)
    {
        cluster.Trouble = 0;
        cluster.Elect(Guid.Empty);
        long last;
        do
        {
            last = cluster.LastIndex;
            await EventuallyAsync(() => nodes.All(node => node.Applied == last), "all nodes have applied all");
            await Task.Delay(20);
        }
        while (cluster.LastIndex != last);

        List<string> expected = Read(nodes[0]);
        Assert.NotEmpty(expected);
        Assert.All(nodes, node => Assert.Equal(expected, Read(node)));
        List<(long, string)> log = [.. (await ReadAllAsync(nodes[0])).Select(m => (m.Offset, m.Topic + Convert.ToHexString(m.Payload.Span)))];
        foreach (SimulatedNode node in nodes)
        {
            Assert.Equal(log, (await ReadAllAsync(node)).Select(m => (m.Offset, m.Topic + Convert.ToHexString(m.Payload.Span))));
        }
    }

    private static List<string> Read(SimulatedNode node)
    {
        List<string> records = [];
        node.Database.Read([], (key, value) =>
        {
            records.Add($"{Convert.ToHexString(key)} = {Convert.ToHexString(value)}");
            return true;
        });
        return records;
    }

    internal static async Task EventuallyAsync(Func<bool> condition, string what)
    {
        var patience = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(patience.Elapsed < Deadline, $"It did not come about that {what}.");
            await Task.Delay(5);
        }
    }
}
