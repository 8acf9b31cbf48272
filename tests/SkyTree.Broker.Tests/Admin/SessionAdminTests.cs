using SkyTree.Broker.Tests.Harness;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Publishing;
using SkyTree.Core.Admin.Sessions;
using SkyTree.Core.Protocol;

namespace SkyTree.Broker.Tests.Admin;

/// <summary>Sessions as people see them and what people do to them.</summary>
public sealed class SessionAdminTests
{
    private const string Durable = "clean=0 expiry=1000";

    [Fact]
    public async Task Lists_in_order_page_by_page_and_goes_on_behind_what_was_deleted()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        SessionAdmin sessions = broker.Broker.Admin.Sessions;
        foreach (string id in (string[])["d", "b", "a", "c", "e"])
        {
            await broker.ConnectAsync($"client={id}");
        }

        Page<SessionItem> first = await sessions.ListAsync(Callers.Viewer, null, null, 2);
        Assert.Equal(["a", "b"], first.Items.Select(item => item.ClientId));
        await sessions.DeleteAsync(Callers.Operator, "b");
        Page<SessionItem> second = await sessions.ListAsync(Callers.Viewer, null, first.Next, 2);
        Assert.Equal(["c", "d"], second.Items.Select(item => item.ClientId));
        Page<SessionItem> third = await sessions.ListAsync(Callers.Viewer, null, second.Next, 2);
        Assert.Equal(["e"], third.Items.Select(item => item.ClientId));
        Assert.Null(third.Next);
    }

    [Fact]
    public async Task Lists_against_the_order_also_what_begins_in_some_way()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        foreach (string id in (string[])["car-1", "bus-2", "car-2", "cas", "bus-1", "car"])
        {
            await broker.ConnectAsync($"client={id}");
        }

        SessionSort last = new(SessionSortKey.ClientId, IsDescending: true);
        Assert.Equal(["cas", "car-2", "car-1", "car", "bus-2", "bus-1"], await ListAsync(broker, new SessionFilter(), last, 2));
        Assert.Equal(["car-2", "car-1", "car"], await ListAsync(broker, new SessionFilter { ClientIdPrefix = "car" }, last, 2));
        Assert.Equal(["cas"], await ListAsync(broker, new SessionFilter { ClientIdPrefix = "cas" }, last, 1));
        Assert.Equal(["car-2", "bus-2"], await ListAsync(broker, new SessionFilter { ClientIdContains = "-2" }, last, 1));
    }

    [Fact]
    public async Task Lists_by_what_changes_page_by_page_and_those_that_are_equal_by_client()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        foreach ((string id, int subscriptions) in ((string, int)[])[("d", 2), ("b", 0), ("a", 2), ("c", 1), ("e", 3)])
        {
            TestClient client = await broker.ConnectAsync($"client={id} {Durable}");
            for (int i = 0; i < subscriptions; i++)
            {
                await client.SubscribeAsync($"t/{i} qos=1");
            }

            await broker.AdvanceAsync(TimeSpan.FromSeconds(1));
        }

        foreach (int limit in (int[])[1, 2, 3, 5, 100])
        {
            Assert.Equal(["b", "c", "a", "d", "e"], await ListAsync(broker, new SessionFilter(), new SessionSort(SessionSortKey.Subscriptions, false), limit));
            Assert.Equal(["e", "a", "d", "c", "b"], await ListAsync(broker, new SessionFilter(), new SessionSort(SessionSortKey.Subscriptions, true), limit));
            Assert.Equal(["d", "b", "a", "c", "e"], await ListAsync(broker, new SessionFilter(), new SessionSort(SessionSortKey.Connected, false), limit));
            Assert.Equal(["e", "c"], await ListAsync(broker, new SessionFilter { Node = Guid.Empty, ClientIdPrefix = limit > 50 ? "" : null }, new SessionSort(SessionSortKey.Connected, true), limit, most: 2));
        }

        await Callers.FailsAsync("bad_cursor", () => broker.Broker.Admin.Sessions.ListAsync(
            Callers.Viewer, null, new SessionSort(SessionSortKey.Lag, true), Convert.ToBase64String("x"u8), 1));
    }

    [Fact]
    public async Task Who_is_furthest_behind_and_has_most_waiting_is_found()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        TestClient late = await broker.ConnectAsync($"client=late {Durable}");
        await late.SubscribeAsync("t qos=1");
        await late.DropAsync();
        TestClient slow = await broker.ConnectAsync($"client=slow {Durable} receive-max=10");
        await slow.SubscribeAsync("t qos=1");
        await broker.ConnectAsync("client=brief");
        for (int i = 0; i < 3; i++)
        {
            await Publish(broker, "t", "x");
        }

        TestClient quick = await broker.ConnectAsync($"client=quick {Durable}");
        await quick.SubscribeAsync("u qos=1");
        Assert.Equal("late", (await ListAsync(broker, new SessionFilter(), new SessionSort(SessionSortKey.Lag, true), 10))[0]);
        Assert.DoesNotContain("brief", await ListAsync(broker, new SessionFilter(), new SessionSort(SessionSortKey.Lag, true), 10));
        Assert.Equal(["slow", "brief", "quick"], await ListAsync(broker, new SessionFilter(), new SessionSort(SessionSortKey.Queue, true), 1));
        Assert.Equal(["slow"], await ListAsync(broker, new SessionFilter { ClientIdPrefix = "s" }, new SessionSort(SessionSortKey.Queue, true), 10));
    }

    private static async Task<List<string>> ListAsync(TestBroker broker, SessionFilter filter, SessionSort sort, int limit, int most = 100)
    {
        var found = new List<string>();
        string? cursor = null;
        do
        {
            Page<SessionItem> page = await broker.Broker.Admin.Sessions.ListAsync(Callers.Viewer, filter, sort, cursor, limit);
            Assert.True(page.Items.Count <= limit);
            found.AddRange(page.Items.Select(item => item.ClientId));
            cursor = page.Next;
        }
        while (cursor is not null);
        return [.. found.Take(most)];
    }

    [Fact]
    public async Task Filters_combine()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        SessionAdmin sessions = broker.Broker.Admin.Sessions;
        await broker.ConnectAsync($"client=car-1 {Durable}");
        TestClient gone = await broker.ConnectAsync($"client=car-2 {Durable}");
        await broker.ConnectAsync("client=bus-1 clean=1", level: 4);
        await gone.DropAsync();

        async Task<string> List(SessionFilter filter) =>
            string.Join(' ', (await sessions.ListAsync(Callers.Viewer, filter, null, 100)).Items.Select(item => item.ClientId));
        Assert.Equal("bus-1 car-1", await List(new SessionFilter { IsConnected = true }));
        Assert.Equal("car-2", await List(new SessionFilter { IsConnected = false }));
        Assert.Equal("car-1 car-2", await List(new SessionFilter { ClientIdPrefix = "car" }));
        Assert.Equal("bus-1 car-1", await List(new SessionFilter { ClientIdContains = "-1" }));
        Assert.Equal("car-1", await List(new SessionFilter { ClientIdContains = "R-", IsConnected = true }));
        Assert.Equal("bus-1", await List(new SessionFilter { IsDurable = false }));
        Assert.Equal("bus-1", await List(new SessionFilter { Protocol = ProtocolVersion.V311 }));
        Assert.Equal("bus-1 car-1", await List(new SessionFilter { Address = "127.0.0.1" }));
        Assert.Equal("", await List(new SessionFilter { Address = "10." }));
        Assert.Equal("", await List(new SessionFilter { UserName = "somebody" }));
        Assert.Equal("", await List(new SessionFilter { Since = broker.Time.GetUtcNow().AddHours(1) }));
        Assert.Equal("", await List(new SessionFilter { Node = Guid.NewGuid() }));
    }

    [Fact]
    public async Task A_session_tells_all_that_is_known_of_it()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        SessionAdmin sessions = broker.Broker.Admin.Sessions;
        TestClient client = await broker.ConnectAsync($"client=a {Durable} keepalive=30 receive-max=7");
        await client.SubscribeAsync("t/# qos=1");
        await client.SendAsync("PUBLISH t/1 qos=1 id=1 \"hello\"");
        await client.ReceiveAsync();
        await client.ReceiveAsync();
        SessionDetails details = await sessions.GetAsync(Callers.Viewer, "a");
        Assert.True(details is { IsConnected: true, IsDurable: true, SubscriptionCount: 1 });
        Assert.Equal("t/#", Assert.Single(details.Subscriptions).Filter);
        Assert.NotNull(details.Live);
        Assert.Equal(30, details.Live.KeepAliveSeconds);
        Assert.Equal(7, details.Live.ReceiveMaximum);
        Assert.Equal(ProtocolVersion.V5, details.Live.Protocol);
        Assert.Equal(1, details.Live.Received.Messages);
        Assert.Equal(1, details.Live.Sent.Messages);
        Assert.Equal(1, details.Live.Inflight);
        Assert.StartsWith("127.0.0.1:", details.Live.Address, StringComparison.Ordinal);
        InflightMessage inflight = Assert.Single((await sessions.ListInflightAsync(Callers.Viewer, "a", null, 10)).Items);
        Assert.Equal("hello"u8.ToArray(), inflight.Message!.Payload.ToArray());
        await Callers.FailsAsync("session_not_found", () => sessions.GetAsync(Callers.Viewer, "nobody"));
    }

    [Fact]
    public async Task What_waits_in_the_log_for_who_is_away_is_listed_page_by_page()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        SessionAdmin sessions = broker.Broker.Admin.Sessions;
        TestClient client = await broker.ConnectAsync($"client=a {Durable}");
        await client.SubscribeAsync("t qos=1");
        await client.DropAsync();
        for (int i = 0; i < 5; i++)
        {
            await Publish(broker, "t", $"{i}");
        }

        var payloads = new List<string>();
        string? cursor = null;
        do
        {
            Page<QueuedMessage> page = await sessions.ListQueuedAsync(Callers.Viewer, "a", cursor, 2);
            Assert.True(page.Items.Count <= 2);
            payloads.AddRange(page.Items.Select(item => System.Text.Encoding.UTF8.GetString(item.Message.Payload.Span)));
            cursor = page.Next;
        }
        while (cursor is not null);

        Assert.Equal(["0", "1", "2", "3", "4"], payloads);
        Assert.Equal(5, (await sessions.GetAsync(Callers.Viewer, "a")).Lag);
    }

    [Fact]
    public async Task A_kicked_client_is_told_why_and_its_session_stays()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        SessionAdmin sessions = broker.Broker.Admin.Sessions;
        TestClient client = await broker.ConnectAsync($"client=a {Durable}");
        await sessions.KickAsync(Callers.Operator, "a", "maintenance");
        await client.ExpectAsync("DISCONNECT administrative-action reason=maintenance");
        await client.Connection.Served.WaitAsync(Deadline.Default);
        Assert.False((await sessions.GetAsync(Callers.Viewer, "a")).IsConnected);
        await Callers.FailsAsync("not_connected", () => sessions.KickAsync(Callers.Operator, "a"));
        await Callers.FailsAsync("session_not_found", () => sessions.KickAsync(Callers.Operator, "b"));
    }

    [Fact]
    public async Task An_ended_session_is_gone_and_its_Will_is_sent()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        SessionAdmin sessions = broker.Broker.Admin.Sessions;
        TestClient watcher = await broker.ConnectAsync("client=watcher");
        await watcher.SubscribeAsync("wills/# qos=0");
        TestClient client = await broker.ConnectAsync($"client=a {Durable} will=wills/a will-payload=\"gone\"");
        await client.SubscribeAsync("t qos=1");
        await sessions.DeleteAsync(Callers.Operator, "a");
        await client.ExpectAsync("DISCONNECT administrative-action reason=?");
        Assert.Equal("wills/a", (await watcher.ReceiveAsync("PUBLISH")).Topic);
        await Callers.FailsAsync("session_not_found", () => sessions.GetAsync(Callers.Viewer, "a"));
        Assert.Equal(1, broker.Broker.SubscriptionCount);
        TestClient again = await broker.ConnectAsync($"client=a {Durable}");
        await again.ExpectSilenceAsync();
    }

    [Fact]
    public async Task Many_sessions_are_counted_then_ended()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        SessionAdmin sessions = broker.Broker.Admin.Sessions;
        for (int i = 0; i < 5; i++)
        {
            await (await broker.ConnectAsync($"client=old-{i} {Durable}")).DropAsync();
        }

        await broker.ConnectAsync($"client=new {Durable}");
        var filter = new SessionFilter { ClientIdPrefix = "old-" };
        Assert.Equal(new BulkResult(5, 0, true).Matched, (await sessions.DeleteManyAsync(Callers.Operator, filter, dryRun: true)).Matched);
        Assert.Equal(6, broker.Broker.SessionCount);
        Assert.Equal(5, (await sessions.DeleteManyAsync(Callers.Operator, filter, dryRun: false)).Done);
        Assert.Equal(1, broker.Broker.SessionCount);
        await Callers.FailsAsync("filter_required", () => sessions.DeleteManyAsync(Callers.Operator, new SessionFilter(), dryRun: false));
    }

    [Fact]
    public async Task A_subscription_made_for_a_connected_session_brings_it_messages_and_ends_when_it_is_removed()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        SessionAdmin sessions = broker.Broker.Admin.Sessions;
        TestClient client = await broker.ConnectAsync("client=a");
        await broker.Broker.Admin.Publish.PublishAsync(Callers.Operator, new PublishRequest { Topic = "t", Payload = "kept"u8.ToArray(), Retain = true });
        SubscribeResult made = await sessions.SubscribeAsync(Callers.Operator, "a", new SubscribeForSession { Filter = "t", QoS = QoS.AtLeastOnce });
        Assert.Equal(new SubscribeResult(QoS.AtLeastOnce, Replaced: false), made);
        Assert.Equal("t", (await client.ReceiveAsync("PUBLISH")).Topic); // the retained one
        await Publish(broker, "t", "live");
        Assert.Equal("t", (await client.ReceiveAsync("PUBLISH")).Topic);
        await sessions.UnsubscribeAsync(Callers.Operator, "a", "t");
        await Publish(broker, "t", "late");
        await client.ExpectSilenceAsync();
        await Callers.FailsAsync("subscription_not_found", () => sessions.UnsubscribeAsync(Callers.Operator, "a", "t"));
        await Callers.FailsAsync("bad_filter", () => sessions.SubscribeAsync(Callers.Operator, "a", new SubscribeForSession { Filter = "a/#/b" }));
    }

    [Fact]
    public async Task A_cursor_moved_forward_passes_over_and_moved_back_brings_again()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        SessionAdmin sessions = broker.Broker.Admin.Sessions;
        TestClient keeper = await broker.ConnectAsync($"client=keeper {Durable}");
        await keeper.SubscribeAsync("t qos=1"); // so that nothing is trimmed
        await keeper.DropAsync();
        TestClient client = await broker.ConnectAsync($"client=a {Durable}");
        await client.SubscribeAsync("t qos=1");
        await client.DropAsync();
        await Publish(broker, "t", "1");
        await Publish(broker, "t", "2");
        CursorMoved moved = await sessions.MoveCursorAsync(Callers.Operator, "a", new CursorTarget { ToEnd = true });
        Assert.Equal(new CursorMoved(0, 2, Disconnected: false), moved);
        client = await broker.ConnectAsync($"client=a {Durable}");
        await client.ExpectSilenceAsync();
        moved = await sessions.MoveCursorAsync(Callers.Operator, "a", new CursorTarget { Offset = 1 });
        Assert.Equal(1, moved.Cursor);
        Assert.True(moved.Disconnected);
        await client.ExpectAsync("DISCONNECT administrative-action reason=\"cursor moved\"");
        client = await broker.ConnectAsync($"client=a {Durable}");
        await client.ExpectAsync("PUBLISH t qos=1 id=? \"2\"");
        await Callers.FailsAsync("bad_target", () => sessions.MoveCursorAsync(Callers.Operator, "a", new CursorTarget()));
        await broker.ConnectAsync("client=transient");
        await Callers.FailsAsync("not_durable", () => sessions.MoveCursorAsync(Callers.Operator, "transient", new CursorTarget { ToEnd = true }));
    }

    [Theory]
    [MemberData(nameof(Callers.Powerless), MemberType = typeof(Callers))]
    public async Task Who_may_not_changes_nothing(string name)
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        SessionAdmin sessions = broker.Broker.Admin.Sessions;
        Caller caller = Callers.Named(name);
        TestClient client = await broker.ConnectAsync($"client=a {Durable}");
        await client.SubscribeAsync("t qos=1");
        await Callers.FailsAsync("denied", () => sessions.KickAsync(caller, "a"));
        await Callers.FailsAsync("denied", () => sessions.DeleteAsync(caller, "a"));
        await Callers.FailsAsync("denied", () => sessions.DeleteManyAsync(caller, new SessionFilter { ClientIdPrefix = "a" }, dryRun: false));
        await Callers.FailsAsync("denied", () => sessions.SubscribeAsync(caller, "a", new SubscribeForSession { Filter = "x" }));
        await Callers.FailsAsync("denied", () => sessions.UnsubscribeAsync(caller, "a", "t"));
        await Callers.FailsAsync("denied", () => sessions.MoveCursorAsync(caller, "a", new CursorTarget { ToEnd = true }));
        if (name != "viewer")
        {
            await Callers.FailsAsync("denied", () => sessions.ListAsync(caller, null, null, 10));
            await Callers.FailsAsync("denied", () => sessions.GetAsync(caller, "a"));
            await Callers.FailsAsync("denied", () => sessions.ListInflightAsync(caller, "a", null, 10));
            await Callers.FailsAsync("denied", () => sessions.ListQueuedAsync(caller, "a", null, 10));
        }

        await client.ExpectSilenceAsync();
        SessionDetails details = await sessions.GetAsync(Callers.Operator, "a");
        Assert.True(details.IsConnected);
        Assert.Equal("t", Assert.Single(details.Subscriptions).Filter);
    }

    [Fact]
    public async Task Limits_and_cursors_that_make_no_sense_are_refused()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        SessionAdmin sessions = broker.Broker.Admin.Sessions;
        await Callers.FailsAsync("bad_limit", () => sessions.ListAsync(Callers.Viewer, null, null, 0));
        await Callers.FailsAsync("bad_limit", () => sessions.ListAsync(Callers.Viewer, null, null, 1001));
        await Callers.FailsAsync("bad_cursor", () => sessions.ListAsync(Callers.Viewer, null, "%%%", 10));
    }

    internal static async Task Publish(TestBroker broker, string topic, string payload) =>
        await broker.Broker.Admin.Publish.PublishAsync(Callers.Operator, new PublishRequest { Topic = topic, QoS = QoS.AtLeastOnce, Payload = System.Text.Encoding.UTF8.GetBytes(payload) });
}
