using System.Text;
using SkyTree.Broker.Tests.Harness;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Drops;
using SkyTree.Core.Admin.Events;
using SkyTree.Core.Admin.Publishing;
using SkyTree.Core.Admin.Sessions;
using SkyTree.Core.Admin.Subscriptions;
using SkyTree.Core.Admin.Tracing;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Protocol;
using SkyTree.Core.Replication;

namespace SkyTree.Broker.Tests.Admin;

/// <summary>What people see of, and do to, clients of another node.</summary>
public sealed class ClusterAdminTests
{
    private const string Durable = "clean=0 expiry=1000";

    [Fact]
    public async Task A_node_lists_all_sessions_and_says_which_node_did_not_answer()
    {
        await using TwinNodes nodes = await TwinNodes.StartAsync();
        SessionAdmin sessions = nodes.First.Broker.Admin.Sessions;
        await nodes.First.ConnectAsync("client=a");
        await nodes.Second.ConnectAsync("client=b keepalive=33");
        Page<SessionItem> page = await sessions.ListAsync(Callers.Viewer, null, null, 10);
        Assert.Equal([nodes.FirstId, nodes.SecondId], page.Items.Select(item => item.Node));
        Assert.Equal(33, page.Items[1].Live!.KeepAliveSeconds);
        Assert.Empty(page.Unavailable);
        Assert.Equal("b", Assert.Single((await sessions.ListAsync(Callers.Viewer, new SessionFilter { Node = nodes.SecondId, Address = "127." }, null, 10)).Items).ClientId);

        nodes.IsLinked = false;
        page = await sessions.ListAsync(Callers.Viewer, null, null, 10);
        Assert.Equal(["a", "b"], page.Items.Select(item => item.ClientId));
        Assert.NotNull(page.Items[0].Live);
        Assert.Null(page.Items[1].Live);
        Assert.Equal([nodes.SecondId], page.Unavailable);
        Assert.Equal([nodes.SecondId], (await sessions.GetAsync(Callers.Viewer, "b")).Unavailable);
        await Callers.FailsAsync("node_unavailable", () => sessions.KickAsync(Callers.Operator, "b"));
    }

    [Fact]
    public async Task Sessions_of_both_nodes_are_in_one_order_and_what_happened_to_a_client_is_told_by_both()
    {
        await using TwinNodes nodes = await TwinNodes.StartAsync();
        SessionAdmin sessions = nodes.First.Broker.Admin.Sessions;
        foreach ((TestBroker node, string id) in ((TestBroker, string)[])[(nodes.First, "d"), (nodes.Second, "c"), (nodes.First, "b"), (nodes.Second, "a")])
        {
            await node.ConnectAsync($"client={id} {Durable}");
            await nodes.First.AdvanceAsync(TimeSpan.FromSeconds(1));
            await nodes.Second.AdvanceAsync(TimeSpan.FromSeconds(1));
        }

        var order = new SessionSort(SessionSortKey.Connected, IsDescending: false);
        Page<SessionItem> first = await sessions.ListAsync(Callers.Viewer, null, order, null, 3);
        Assert.Equal(["d", "c", "b"], first.Items.Select(item => item.ClientId));
        Assert.Equal(["a"], (await sessions.ListAsync(Callers.Viewer, null, order, first.Next, 3)).Items.Select(item => item.ClientId));

        await nodes.First.ConnectAsync($"client=a {Durable}");
        Page<BrokerEvent> history = await nodes.Second.Broker.Admin.Events.HistoryAsync(Callers.Viewer, "a");
        Assert.Equal(2, history.Items.Count(happened => happened.Kind == EventKind.Connected));
        Assert.Equal(new HashSet<Guid> { nodes.FirstId, nodes.SecondId }, history.Items.Select(happened => happened.Node).ToHashSet());
        Assert.Equal(history.Items.OrderByDescending(happened => happened.At).Select(happened => happened.Id), history.Items.Select(happened => happened.Id));

        nodes.IsLinked = false;
        Page<SessionItem> half = await sessions.ListAsync(Callers.Viewer, null, order, null, 10);
        Assert.Equal(["d", "b", "a"], half.Items.Select(item => item.ClientId));
        Assert.Equal([nodes.SecondId], half.Unavailable);
        Assert.Equal([nodes.SecondId], (await nodes.First.Broker.Admin.Events.HistoryAsync(Callers.Viewer, "a")).Unavailable);
    }

    [Fact]
    public async Task Another_node_hands_out_a_shared_group_when_it_is_chosen_and_while_it_has_a_member()
    {
        await using TwinNodes nodes = await TwinNodes.StartAsync();
        SubscriptionAdmin groups = nodes.First.Broker.Admin.Subscriptions;
        TestClient first = await nodes.First.ConnectAsync($"client=a {Durable}");
        await first.SubscribeAsync("$share/g/t qos=1");
        TestClient second = await nodes.Second.ConnectAsync($"client=b {Durable}");
        await second.SubscribeAsync("$share/g/t qos=1");
        TestClient third = await nodes.Second.ConnectAsync($"client=c {Durable}");
        await third.SubscribeAsync("$share/g/t qos=1");
        await PublishAsync("1");
        await first.ExpectAsync("PUBLISH t qos=1 id=1 \"1\"");
        SharedGroupItem group = await groups.GetGroupAsync(Callers.Viewer, "$share/g/t");
        Assert.Equal((nodes.FirstId, nodes.SecondId), (group.Dispatcher, group.Busiest));
        Assert.Equal([("a", 1), ("b", 0), ("c", 0)], group.Members.Select(member => (member.ClientId, member.Inflight)));
        await first.SendAsync("PUBACK id=1");
        await Eventually.AdvancesAsync(nodes.First, async () => (await groups.GetGroupAsync(Callers.Viewer, "$share/g/t")).Cursor > group.Cursor); // noted, so it does not come again

        await Callers.FailsAsync("denied", () => groups.MoveGroupAsync(Callers.Viewer, "$share/g/t"));
        await Callers.FailsAsync("group_not_found", () => groups.MoveGroupAsync(Callers.Operator, "$share/h/t"));
        await Callers.FailsAsync("no_member_there", () => groups.MoveGroupAsync(Callers.Operator, "$share/g/t", Guid.NewGuid()));
        Assert.Equal(new SharedGroupMove(nodes.FirstId, nodes.SecondId, 2), await groups.MoveGroupAsync(Callers.Operator, "$share/g/t"));
        Assert.Equal(nodes.SecondId, (await nodes.Second.Broker.Admin.Subscriptions.GetGroupAsync(Callers.Viewer, "$share/g/t")).Dispatcher);
        await PublishAsync("2");
        await PublishAsync("3");
        await second.ExpectAsync("PUBLISH t qos=1 id=1 \"2\"");
        await third.ExpectAsync("PUBLISH t qos=1 id=1 \"3\"");
        await first.ExpectSilenceAsync();
        Assert.Equal([("a", 0), ("b", 1), ("c", 1)], (await groups.GetGroupAsync(Callers.Viewer, "$share/g/t")).Members.Select(member => (member.ClientId, member.Inflight)));

        // The chosen node has no member left: what they left is the first's, as is what comes.
        await second.DropAsync();
        await third.DropAsync();
        await Eventually.AdvancesAsync(nodes.First, async () => (await groups.GetGroupAsync(Callers.Viewer, "$share/g/t")).Dispatcher == nodes.FirstId);
        await first.ExpectAsync("PUBLISH t qos=1 id=? \"2\"");
        await first.ExpectAsync("PUBLISH t qos=1 id=? \"3\"");
        Assert.Equal("groups.move", Assert.Single(nodes.First.Broker.Admin.AuditLog.List(Caller.Console, new()).Items, entry => entry.Action == "groups.move").Action);

        async Task PublishAsync(string payload) => await nodes.First.Broker.Admin.Publish.PublishAsync(
            Callers.Operator, new PublishRequest { Topic = "t", QoS = QoS.AtLeastOnce, Payload = Encoding.UTF8.GetBytes(payload) });
    }

    [Fact]
    public async Task Nobody_chooses_who_hands_out_while_a_node_does_not_know_of_it()
    {
        await using TwinNodes nodes = await TwinNodes.StartAsync(FormatLevel.Oldest);
        TestClient first = await nodes.First.ConnectAsync($"client=a {Durable}");
        await first.SubscribeAsync("$share/g/t qos=1");
        TestClient second = await nodes.Second.ConnectAsync($"client=b {Durable}");
        await second.SubscribeAsync("$share/g/t qos=1");
        SubscriptionAdmin groups = nodes.First.Broker.Admin.Subscriptions;
        await Callers.FailsAsync("older_release", () => groups.MoveGroupAsync(Callers.Operator, "$share/g/t", nodes.SecondId));
        Assert.Equal(nodes.FirstId, (await groups.GetGroupAsync(Callers.Viewer, "$share/g/t")).Dispatcher);
    }

    [Fact]
    public async Task A_client_of_the_other_node_is_subscribed_looked_into_moved_kicked_and_ended()
    {
        await using TwinNodes nodes = await TwinNodes.StartAsync();
        SessionAdmin sessions = nodes.First.Broker.Admin.Sessions;
        TestClient client = await nodes.Second.ConnectAsync($"client=b {Durable}");
        await sessions.SubscribeAsync(Callers.Operator, "b", new SubscribeForSession { Filter = "t", QoS = QoS.AtLeastOnce });
        await nodes.First.Broker.Admin.Publish.PublishAsync(Callers.Operator, new PublishRequest { Topic = "t", QoS = QoS.AtLeastOnce, Payload = "x"u8.ToArray() });
        await client.ExpectAsync("PUBLISH t qos=1 id=? \"x\"");
        Assert.Equal("x"u8.ToArray(), Assert.Single((await sessions.ListInflightAsync(Callers.Viewer, "b", null, 10)).Items).Message!.Payload.ToArray());
        Assert.Empty((await sessions.ListQueuedAsync(Callers.Viewer, "b", null, 10)).Items);
        DeliveryReport why = await nodes.First.Broker.Admin.Deliveries.ExplainAsync(Callers.Viewer, "b", "t", 1);
        Assert.Equal("It was sent and is not acknowledged.", why.Conclusion);

        CursorMoved moved = await sessions.MoveCursorAsync(Callers.Operator, "b", new CursorTarget { ToEnd = true });
        Assert.True(moved is { Cursor: 1, Disconnected: true });
        await client.ExpectAsync("DISCONNECT administrative-action reason=\"cursor moved\"");
        client = await nodes.Second.ConnectAsync($"client=b {Durable}");
        await client.ExpectSilenceAsync();
        await sessions.UnsubscribeAsync(Callers.Operator, "b", "t");
        Assert.Equal(0, nodes.Second.Broker.SubscriptionCount);
        await sessions.KickAsync(Callers.Operator, "b", "bye");
        await client.ExpectAsync("DISCONNECT administrative-action reason=bye");
        await client.Connection.Served.WaitAsync(Deadline.Default);

        client = await nodes.Second.ConnectAsync($"client=b {Durable}");
        await sessions.DeleteAsync(Callers.Operator, "b");
        await client.ExpectAsync("DISCONNECT administrative-action reason=?");
        Assert.Equal(0, nodes.First.Broker.SessionCount);
        Assert.Equal(0, nodes.Second.Broker.SessionCount);
    }

    [Fact]
    public async Task Retained_messages_that_one_node_clears_are_gone_from_both()
    {
        await using TwinNodes nodes = await TwinNodes.StartAsync();
        await nodes.First.Broker.Admin.Retained.SetAsync(Callers.Operator, new PublishRequest { Topic = "r", Payload = "x"u8.ToArray() });
        Assert.Equal("x"u8.ToArray(), nodes.Second.Broker.Admin.Retained.Get(Callers.Viewer, "r").Payload.ToArray());
        Assert.Equal(1, (await nodes.First.Broker.Admin.Retained.ClearAsync(Callers.Operator, "#", dryRun: false)).Done);
        Assert.Equal(0, nodes.Second.Broker.RetainedCount);
    }

    [Fact]
    public async Task Drops_topics_and_counters_are_those_of_both_nodes()
    {
        await using TwinNodes nodes = await TwinNodes.StartAsync();
        TestClient a = await nodes.First.ConnectAsync("client=a");
        TestClient b = await nodes.Second.ConnectAsync("client=b");
        foreach (TestClient client in (TestClient[])[a, b])
        {
            await client.SendAsync("PUBLISH t \"x\"");
            await client.ExpectSilenceAsync();
        }

        Assert.Equal(2, (await nodes.First.Broker.Admin.Stats.NowAsync(Callers.Viewer)).Total.MessagesReceived);
        Assert.Equal(2, Assert.Single((await nodes.First.Broker.Admin.Topics.ListAsync(Callers.Viewer, null, null, 10)).Items).Messages);
        Assert.Equal(0, (await nodes.First.Broker.Admin.Drops.SummarizeAsync(Callers.Viewer)).Total);
        nodes.IsLinked = false;
        Assert.Equal([nodes.SecondId], (await nodes.First.Broker.Admin.Stats.NowAsync(Callers.Viewer)).Unavailable);
    }

    [Fact]
    public async Task A_recording_holds_the_packets_of_a_client_wherever_it_is_and_no_password()
    {
        await using TwinNodes nodes = await TwinNodes.StartAsync();
        TraceAdmin traces = nodes.First.Broker.Admin.Traces;
        TraceItem trace = await traces.StartAsync(Callers.Operator, new TraceRequest { ClientId = "b", Seconds = 60 });
        nodes.Second.Authenticator.Users["somebody"] = "s3cret-word";
        TestClient client = await nodes.Second.ConnectAsync("client=b username=somebody password=s3cret-word");
        await client.SubscribeAsync("t qos=0");
        await client.SendAsync("PUBLISH t \"hello\"");
        await client.ReceiveAsync("PUBLISH");
        TestClient other = await nodes.Second.ConnectAsync("client=c username=somebody password=s3cret-word");
        await other.SendAsync("PUBLISH u \"not this\"");
        await other.ExpectSilenceAsync();
        await traces.StopAsync(Callers.Operator, trace.Id);
        await client.ExpectSilenceAsync();

        string text = await traces.DownloadAsync(Callers.Operator, trace.Id);
        string[] packets = [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => string.Join(' ', line.Split(' ')[3..5]))];
        Assert.Equal(["-> CONNECT", "<- CONNACK", "-> SUBSCRIBE", "<- SUBACK", "-> PUBLISH", "<- PUBLISH"], packets);
        Assert.Contains("payload=\"hello\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret-word", text, StringComparison.Ordinal);
        Assert.DoesNotContain("not this", text, StringComparison.Ordinal);
        TraceItem listed = Assert.Single(await traces.ListAsync(Callers.Viewer));
        Assert.True(listed is { IsOn: false, Lines: 6 });
        await Callers.FailsAsync("denied", () => traces.DownloadAsync(Callers.Viewer, trace.Id));
        await Callers.FailsAsync("denied", () => traces.StopAsync(Callers.Viewer, trace.Id));
        await Callers.FailsAsync("denied", () => traces.DeleteAsync(Callers.Viewer, trace.Id));
        await Callers.FailsAsync("denied", () => traces.StartAsync(Callers.Viewer, new TraceRequest { ClientId = "b" }));
        await traces.DeleteAsync(Callers.Operator, trace.Id);
        await Callers.FailsAsync("trace_not_found", () => traces.DownloadAsync(Callers.Operator, trace.Id));
    }

    [Fact]
    public async Task A_recording_ends_when_its_time_is_over_or_it_is_full()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        TraceAdmin traces = broker.Broker.Admin.Traces;
        TestClient client = await broker.ConnectAsync("client=a");
        TraceItem small = await traces.StartAsync(Callers.Operator, new TraceRequest { Filter = "t/#", Seconds = 1000, MaximumBytes = 1024 });
        TraceItem brief = await traces.StartAsync(Callers.Operator, new TraceRequest { Address = "127.0.0.1", Seconds = 5 });
        for (int i = 0; i < 20; i++)
        {
            await client.SendAsync("PUBLISH t/1 \"some payload\"");
        }

        await client.ExpectSilenceAsync();
        await broker.AdvanceAsync(TimeSpan.FromSeconds(6));
        IReadOnlyList<TraceItem> all = await traces.ListAsync(Callers.Viewer);
        Assert.True(all.Single(trace => trace.Id == small.Id) is { IsOn: false, IsFull: true, Bytes: <= 1024 and > 500 });
        Assert.True(all.Single(trace => trace.Id == brief.Id) is { IsOn: false, IsFull: false, Lines: 22 });
        await Callers.FailsAsync("trace_of_what", () => traces.StartAsync(Callers.Operator, new TraceRequest()));
        await Callers.FailsAsync("bad_bounds", () => traces.StartAsync(Callers.Operator, new TraceRequest { ClientId = "a", Seconds = 0 }));
    }
}
