using System.Text;
using SkyTree.Broker.Tests.Harness;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Drops;
using SkyTree.Core.Admin.Events;
using SkyTree.Core.Admin.Messages;
using SkyTree.Core.Admin.Publishing;
using SkyTree.Core.Admin.Stats;
using SkyTree.Core.Admin.Subscriptions;
using SkyTree.Core.Admin.Topics;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Protocol;

namespace SkyTree.Broker.Tests.Admin;

/// <summary>Messages, retained ones, subscriptions, topics, drops, events and charts as people see them.</summary>
public sealed class MessageAdminTests
{
    private const string Durable = "clean=0 expiry=1000";

    [Fact]
    public async Task Publishing_says_who_matched_and_whether_it_was_stored()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        PublishAdmin publish = broker.Broker.Admin.Publish;
        Assert.Equal(new PublishResult("t", 0, false, null), await publish.PublishAsync(Callers.Operator, new PublishRequest { Topic = "t", QoS = QoS.AtLeastOnce }));
        TestClient durable = await broker.ConnectAsync($"client=a {Durable}");
        await durable.SubscribeAsync("t qos=1");
        TestClient transient = await broker.ConnectAsync("client=b");
        await transient.SubscribeAsync("# qos=0");
        var request = new PublishRequest
        {
            Topic = "t",
            QoS = QoS.AtLeastOnce,
            Payload = "x"u8.ToArray(),
            ExpirySeconds = 60,
            Properties = new MessageProperties { ContentType = "text/plain", PayloadIsUtf8 = true, ResponseTopic = "r", CorrelationData = new byte[] { 1, 2 }, UserProperties = [new UserProperty("k", "v")] },
        };
        Assert.Equal(new PublishResult("t", 2, true, 1), await publish.PublishAsync(Callers.Operator, request));
        MessageItem stored = await broker.Broker.Admin.Messages.GetAsync(Callers.Viewer, 1);
        Assert.Equal("text/plain", stored.Properties!.ContentType);
        Assert.Equal(new UserProperty("k", "v"), Assert.Single(stored.Properties.UserProperties));
        Assert.Equal([1, 2], stored.Properties.CorrelationData!.Value.ToArray());
        Assert.NotNull(stored.ExpiresAt);
        await durable.ReceiveAsync("PUBLISH");
        await transient.ReceiveAsync("PUBLISH");

        IReadOnlyList<PublishResult> bulk = await publish.PublishManyAsync(
            Callers.Operator, [new PublishRequest { Topic = "t" }, new PublishRequest { Topic = "bad/#" }, new PublishRequest { Topic = "$SYS/x" }]);
        Assert.Equal([null, "bad_topic", "reserved_topic"], bulk.Select(result => result.Error?.Code));
        await Callers.FailsAsync("bad_bulk", () => publish.PublishManyAsync(Callers.Operator, []));
    }

    [Fact]
    public async Task Retained_messages_are_listed_by_filter_set_removed_and_cleared()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        var retained = broker.Broker.Admin.Retained;
        foreach (string topic in (string[])["a", "a/b", "a/b/c", "ab", "b/x", "$private"])
        {
            await retained.SetAsync(Callers.Operator, new PublishRequest { Topic = topic, Payload = Encoding.UTF8.GetBytes(topic) });
        }

        string List(string? filter) => string.Join(' ', retained.List(Callers.Viewer, filter, null, 100).Items.Select(item => item.Topic));
        Assert.Equal("a a/b a/b/c ab b/x", List(null));
        Assert.Equal("a a/b a/b/c", List("a/#"));
        Assert.Equal("a/b b/x", List("+/+"));
        Assert.Equal("$private", List("$private"));
        Page<MessageItem> page = retained.List(Callers.Viewer, "#", null, 2);
        Assert.Equal(["a", "a/b"], page.Items.Select(item => item.Topic));
        page = retained.List(Callers.Viewer, "#", page.Next, 100);
        Assert.Equal(["a/b/c", "ab", "b/x"], page.Items.Select(item => item.Topic));
        Assert.Null(page.Next);
        Assert.Equal("a/b"u8.ToArray(), retained.Get(Callers.Viewer, "a/b").Payload.ToArray());

        await retained.DeleteAsync(Callers.Operator, "a/b");
        await Callers.FailsAsync("retained_not_found", () => retained.DeleteAsync(Callers.Operator, "a/b"));
        Assert.Equal(2, (await retained.ClearAsync(Callers.Operator, "a/#", dryRun: true)).Matched);
        Assert.Equal(5, broker.Broker.RetainedCount);
        Assert.Equal(2, (await retained.ClearAsync(Callers.Operator, "a/#", dryRun: false)).Done);
        Assert.Equal("ab b/x", List(null));
        await Callers.FailsAsync("empty_payload", () => retained.SetAsync(Callers.Operator, new PublishRequest { Topic = "x" }));
    }

    [Fact]
    public async Task Stored_messages_are_found_in_both_directions_and_deleted()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        MessageAdmin messages = broker.Broker.Admin.Messages;
        TestClient keeper = await broker.ConnectAsync($"client=keeper {Durable}");
        await keeper.SubscribeAsync("# qos=1");
        await keeper.DropAsync();
        DateTimeOffset start = broker.Time.GetUtcNow();
        for (int i = 1; i <= 700; i++)
        {
            await SessionAdminTests.Publish(broker, i % 2 == 0 ? "even" : "odd/x", $"value {i}");
            if (i == 350)
            {
                broker.Time.Advance(TimeSpan.FromSeconds(1)); // before anything is due
            }
        }

        async Task<List<long>> All(MessageQuery query)
        {
            var offsets = new List<long>();
            string? cursor = null;
            do
            {
                Page<MessageItem> page = await messages.ListAsync(Callers.Viewer, query, cursor, 100);
                offsets.AddRange(page.Items.Select(item => item.Offset));
                cursor = page.Next;
            }
            while (cursor is not null);
            return offsets;
        }

        long[] everything = [.. Enumerable.Range(1, 700).Select(i => (long)i)];
        Assert.Equal(everything, await All(new MessageQuery()));
        Assert.Equal(everything.Reverse(), await All(new MessageQuery { NewestFirst = true }));
        Assert.Equal(everything.Where(i => i % 2 == 0), await All(new MessageQuery { Topic = "even" }));
        Assert.Equal(everything.Where(i => i % 2 == 1).Reverse(), await All(new MessageQuery { Filter = "odd/+", NewestFirst = true }));
        Assert.Equal(everything[9..20], await All(new MessageQuery { FromOffset = 10, ToOffset = 20 }));
        Assert.Equal(everything[350..], await All(new MessageQuery { From = start.AddSeconds(1) }));
        Assert.Equal(everything[..350], await All(new MessageQuery { To = start.AddSeconds(1) }));
        Assert.Equal([77, 177, 277, 377, 477, 577, 677], await All(new MessageQuery { PayloadContains = "77", Filter = "#" }));
        Assert.Empty(await All(new MessageQuery { PublisherId = "somebody" }));

        MessageHistogram histogram = await messages.CountOverTimeAsync(Callers.Viewer, null, start, start.AddSeconds(2), 2);
        Assert.Equal([350, 350], histogram.Messages);
        Assert.True(histogram.IsComplete);
        Page<Core.Messages.TopicSummary> topics = await messages.ListTopicsAsync(Callers.Viewer, null, null, 10);
        Assert.Equal(["even", "odd/x"], topics.Items.Select(topic => topic.Topic));

        PublishResult again = await messages.RepublishAsync(Callers.Operator, 7, "again");
        Assert.Equal(701, again.Offset);
        Assert.Equal("value 7"u8.ToArray(), (await messages.GetAsync(Callers.Viewer, 701)).Payload.ToArray());
        Assert.Equal(50, (await messages.DeleteAsync(Callers.Operator, "even", 100)).Done);
        await Callers.FailsAsync("message_not_found", () => messages.GetAsync(Callers.Viewer, 100));
        await Callers.FailsAsync("topic_not_found", () => messages.DeleteAsync(Callers.Operator, "none", null));
    }

    [Fact]
    public async Task Subscriptions_are_listed_by_client_filter_topic_and_group()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        SubscriptionAdmin subscriptions = broker.Broker.Admin.Subscriptions;
        TestClient a = await broker.ConnectAsync($"client=a {Durable}");
        await a.SubscribeAsync("x/# qos=1 y qos=0 $share/g/x/+ qos=1");
        TestClient b = await broker.ConnectAsync("client=b");
        await b.SubscribeAsync("x/# qos=2 $share/g/x/+ qos=1");

        string List(SubscriptionQuery? query) =>
            string.Join(' ', subscriptions.List(Callers.Viewer, query, null, 100).Items.Select(item => $"{item.ClientId}:{item.Filter}"));
        Assert.Equal("a:$share/g/x/+ a:x/# a:y b:$share/g/x/+ b:x/#", List(null));
        Assert.Equal("b:$share/g/x/+ b:x/#", List(new SubscriptionQuery { ClientId = "b" }));
        Assert.Equal("a:x/# b:x/#", List(new SubscriptionQuery { Filter = "x/#" }));
        Assert.Equal("a:$share/g/x/+ b:$share/g/x/+", List(new SubscriptionQuery { Group = "g" }));
        Assert.Equal("a:$share/g/x/+ a:x/# b:$share/g/x/+ b:x/#", List(new SubscriptionQuery { Topic = "x/1" }));
        Assert.Equal("a:y", List(new SubscriptionQuery { Topic = "y" }));
        Assert.Equal("b:x/#", List(new SubscriptionQuery { QoS = QoS.ExactlyOnce }));
        Page<SubscriptionItem> page = subscriptions.List(Callers.Viewer, null, null, 2);
        Assert.Equal("y", subscriptions.List(Callers.Viewer, null, page.Next, 1).Items[0].Filter);

        SharedGroupItem group = Assert.Single((await subscriptions.ListGroupsAsync(Callers.Viewer, null, null, 10)).Items);
        Assert.Equal(["a", "b"], group.Members.Select(member => member.ClientId));
        Assert.True(group.ReadsLog);
        Assert.NotNull(group.Live);
        await Callers.FailsAsync("group_not_found", () => subscriptions.GetGroupAsync(Callers.Viewer, "$share/h/x"));
    }

    [Fact]
    public async Task Topics_are_a_tree_with_counts_rates_and_last_values()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        TopicAdmin topics = broker.Broker.Admin.Topics;
        TestClient client = await broker.ConnectAsync("client=a");
        await client.SubscribeAsync("house/kitchen/+ qos=0");
        for (int i = 0; i < 3; i++)
        {
            await client.SendAsync($"PUBLISH house/kitchen/lamp \"{i}\"");
        }

        await client.SendAsync("PUBLISH house/cellar \"dark\"");
        for (int i = 0; i < 3; i++)
        {
            await client.ReceiveAsync("PUBLISH");
        }

        await client.ExpectSilenceAsync();
        TopicItem house = Assert.Single((await topics.ListAsync(Callers.Viewer, null, null, 10)).Items);
        Assert.Equal(("house", 2, 4L, false), (house.Topic, house.ChildCount, house.MessagesBelow, house.CarriesMessages));
        Assert.True(house.Rate > 0);
        Assert.Equal(["house/cellar", "house/kitchen"], (await topics.ListAsync(Callers.Viewer, "house", null, 10)).Items.Select(item => item.Topic));
        TopicItem lamp = await topics.GetAsync(Callers.Viewer, "house/kitchen/lamp");
        Assert.Equal((3L, 1), (lamp.Messages, lamp.Subscribers));
        Assert.Equal("2"u8.ToArray(), lamp.LastValue!.Value.ToArray());
        await SessionAdminTests.Publish(broker, "house/kitchen/lamp", "3");
        lamp = await topics.GetAsync(Callers.Viewer, "house/kitchen/lamp");
        Assert.Equal(4, lamp.Messages); // what was acknowledged is there, without a second's wait
        Assert.Equal("3"u8.ToArray(), lamp.LastValue!.Value.ToArray());
        Assert.Equal(["house/cellar"], (await topics.SearchAsync(Callers.Viewer, "CELL", null, 10)).Items.Select(item => item.Topic));
        await Callers.FailsAsync("topic_not_found", () => topics.GetAsync(Callers.Viewer, "garden"));
        double before = lamp.Rate;
        await broker.AdvanceAsync(TimeSpan.FromSeconds(30));
        Assert.True((await topics.GetAsync(Callers.Viewer, "house/kitchen/lamp")).Rate < before / 2);
    }

    [Fact]
    public async Task Drops_say_whose_what_and_why_and_the_question_is_answered()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        DropAdmin drops = broker.Broker.Admin.Drops;
        DeliveryAdmin deliveries = broker.Broker.Admin.Deliveries;
        TestClient away = await broker.ConnectAsync($"client=away {Durable}");
        await away.SubscribeAsync("t qos=1");
        await away.DropAsync();
        for (int i = 0; i < 3; i++)
        {
            await broker.Broker.Admin.Publish.PublishAsync(Callers.Operator, new PublishRequest { Topic = "t" }); // QoS 0
        }

        DropEntry entry = Assert.Single((await drops.ListLatestAsync(Callers.Viewer, null, null, 10)).Items);
        Assert.Equal(("away", "t", DropReason.Offline, 3L), (entry.ClientId, entry.Topic, entry.Reason, entry.Count));
        Assert.Equal(3, Assert.Single((await drops.ListTotalsAsync(Callers.Viewer, new DropQuery { Filter = "+" }, null, 10)).Items).Count);
        Assert.Empty((await drops.ListTotalsAsync(Callers.Viewer, new DropQuery { ClientId = "other" }, null, 10)).Items);
        DropSummary summary = await drops.SummarizeAsync(Callers.Viewer);
        Assert.Equal((3L, 3L), (summary.Total, summary.ByReason[DropReason.Offline]));

        async Task<string> Why(string client, string topic, long? offset) => (await deliveries.ExplainAsync(Callers.Viewer, client, topic, offset)).Conclusion;
        Assert.Equal("There is no session to deliver to.", await Why("nobody", "t", null));
        Assert.Equal("No subscription matches the topic.", await Why("away", "u", null));
        Assert.Contains("not connected", await Why("away", "t", null), StringComparison.Ordinal);
        await SessionAdminTests.Publish(broker, "t", "1");
        Assert.Equal("It waits until the client is back.", await Why("away", "t", 1));
        away = await broker.ConnectAsync($"client=away {Durable}");
        Packet packet = await away.ReceiveAsync("PUBLISH");
        Assert.Equal("It was sent and is not acknowledged.", await Why("away", "t", 1));
        await away.SendAsync($"PUBACK id={packet.Id}");
        await Eventually.AdvancesAsync(broker, async () => await Why("away", "t", 1) is "It counts as acknowledged." or "It was sent, or passed over." or "The session is past it: it was delivered, or was not for it.");
        TestClient own = await broker.ConnectAsync($"client=own {Durable}");
        await own.SubscribeAsync("t qos=1");
        Assert.Equal("Nothing stands in the way: a message that is published now is sent at once.", await Why("own", "t", null));
    }

    [Fact]
    public async Task Events_come_in_order_can_be_resumed_and_messages_are_tapped()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        EventAdmin events = broker.Broker.Admin.Events;
        string before = events.LastId(Callers.Viewer);
        await using IAsyncEnumerator<BrokerEvent> reader = events.ReadAsync(Callers.Viewer, new EventQuery { MessageFilter = "t/#" }, null).GetAsyncEnumerator();
        TestClient client = await broker.ConnectAsync("client=a");
        await client.SendAsync("PUBLISH t/1 \"hello\"");
        await client.SendAsync("PUBLISH u \"not this\"");
        await client.ExpectSilenceAsync();
        await client.DropAsync();
        var seen = new List<BrokerEvent>();
        for (int i = 0; i < 3; i++)
        {
            Assert.True(await reader.MoveNextAsync().AsTask().WaitAsync(Deadline.Default));
            seen.Add(reader.Current);
        }

        Assert.Equal([EventKind.Connected, EventKind.Message, EventKind.Disconnected], seen.Select(e => e.Kind));
        Assert.Equal("hello"u8.ToArray(), seen[1].Message!.Payload.ToArray());
        await using IAsyncEnumerator<BrokerEvent> resumed = events.ReadAsync(Callers.Viewer, null, seen[0].Id).GetAsyncEnumerator();
        Assert.True(await resumed.MoveNextAsync().AsTask().WaitAsync(Deadline.Default));
        Assert.Equal(seen[2].Id, resumed.Current.Id);
        Assert.Throws<AdminException>(() => events.ReadAsync(Callers.Viewer, null, "nonsense"));
        Assert.Throws<AdminException>(() => events.ReadAsync(Callers.Nobody, null, before));
    }

    [Fact]
    public async Task A_slow_reader_of_events_loses_some_and_is_told()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        await using IAsyncEnumerator<BrokerEvent> reader = broker.Broker.Admin.Events.ReadAsync(Callers.Viewer, new EventQuery { MessageFilter = "t" }, null).GetAsyncEnumerator();
        for (int i = 0; i < 1500; i++)
        {
            await SessionAdminTests.Publish(broker, "t", "x");
        }

        int messages = 0;
        while (await reader.MoveNextAsync().AsTask().WaitAsync(Deadline.Default) && reader.Current.Kind == EventKind.Message)
        {
            messages++;
        }

        Assert.Equal(1024, messages);
        Assert.Equal(EventKind.Gap, reader.Current.Kind);
        await SessionAdminTests.Publish(broker, "t", "late");
        Assert.True(await reader.MoveNextAsync().AsTask().WaitAsync(Deadline.Default));
        Assert.Equal("late"u8.ToArray(), reader.Current.Message!.Payload.ToArray());
    }

    [Fact]
    public async Task Charts_show_what_came_in_each_step()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        StatsAdmin stats = broker.Broker.Admin.Stats;
        TestClient client = await broker.ConnectAsync("client=a");
        await broker.AdvanceAsync(TimeSpan.FromSeconds(12));
        await client.SendAsync("PUBLISH t");
        await client.SendAsync("PUBLISH t");
        await client.ExpectSilenceAsync();
        await Eventually.AdvancesAsync(broker, async () => (await stats.ChartAsync(Callers.Viewer, StatRange.Hour)).Points.Sum(point => point.Values.MessagesReceived) == 2);
        StatChart chart = await stats.ChartAsync(Callers.Viewer, StatRange.Hour);
        Assert.Equal(10, chart.StepSeconds);
        Assert.Equal(1, chart.Points[^1].Values.Connections);
        Assert.Equal(2, (await stats.NowAsync(Callers.Viewer)).Total.MessagesReceived);
        await Callers.FailsAsync("node_unavailable", () => stats.ChartAsync(Callers.Viewer, StatRange.Day, Guid.NewGuid()));
    }

    [Theory]
    [MemberData(nameof(Callers.Powerless), MemberType = typeof(Callers))]
    public async Task Who_may_not_changes_nothing(string name)
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        BrokerAdmin admin = broker.Broker.Admin;
        Caller caller = Callers.Named(name);
        TestClient keeper = await broker.ConnectAsync($"client=keeper {Durable}");
        await keeper.SubscribeAsync("# qos=1");
        await keeper.DropAsync();
        await admin.Retained.SetAsync(Callers.Operator, new PublishRequest { Topic = "r", Payload = "1"u8.ToArray(), QoS = QoS.AtLeastOnce });
        var request = new PublishRequest { Topic = "r", Payload = "2"u8.ToArray(), Retain = true, QoS = QoS.AtLeastOnce };
        await Callers.FailsAsync("denied", () => admin.Publish.PublishAsync(caller, request));
        await Callers.FailsAsync("denied", () => admin.Publish.PublishManyAsync(caller, [request]));
        await Callers.FailsAsync("denied", () => admin.Retained.SetAsync(caller, request));
        await Callers.FailsAsync("denied", () => admin.Retained.DeleteAsync(caller, "r"));
        await Callers.FailsAsync("denied", () => admin.Retained.ClearAsync(caller, "#", dryRun: false));
        await Callers.FailsAsync("denied", () => admin.Messages.DeleteAsync(caller, "r", null));
        await Callers.FailsAsync("denied", () => admin.Messages.RepublishAsync(caller, 1));
        if (name != "viewer")
        {
            await Callers.FailsAsync("denied", () => admin.Messages.ListAsync(caller, null, null, 10));
            await Callers.FailsAsync("denied", () => admin.Messages.GetAsync(caller, 1));
            await Callers.FailsAsync("denied", () => admin.Topics.ListAsync(caller, null, null, 10));
            await Callers.FailsAsync("denied", () => admin.Drops.SummarizeAsync(caller));
            await Callers.FailsAsync("denied", () => admin.Deliveries.ExplainAsync(caller, "a", "t", null));
            await Callers.FailsAsync("denied", () => admin.Stats.NowAsync(caller));
            Assert.Throws<AdminException>(() => admin.Subscriptions.List(caller, null, null, 10));
            Assert.Throws<AdminException>(() => admin.Retained.List(caller, null, null, 10));
        }

        Assert.Equal("1"u8.ToArray(), admin.Retained.Get(Callers.Operator, "r").Payload.ToArray());
        Assert.Single((await admin.Messages.ListAsync(Callers.Operator, null, null, 10)).Items);
    }
}
