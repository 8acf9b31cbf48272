using System.Globalization;
using System.Text;
using SkyTree.Core;
using SkyTree.Core.Admin.Messages;
using SkyTree.Core.Admin.Publishing;
using SkyTree.Core.InProcess;
using SkyTree.Core.Protocol;
using SkyTree.Rules.Republishing;
using SkyTree.Rules.Tests.Harness;
using SkyTree.Sinks;

namespace SkyTree.Rules.Tests;

/// <summary>Messages that are published again.</summary>
public sealed class RepublishTests
{
    [Fact]
    public async Task Topic_and_payload_are_made_of_levels_and_values()
    {
        await using RuleBroker broker = await RuleBroker.StartAsync(("alarms", new RepublishOptions
        {
            Filter = "plant/+/#",
            If = "@.value > 80 && @.unit == 'C'",
            To = "alarms/${$.site}/${1}",
            Payload = """{"sensor":"${1}","where":"${2}","value":"${$.value}","text":"${$.value} ${$.unit}","all":"${$.list[*]}","at":"${time}","was":"${payload}","n":3}""",
            QoS = 1,
            Retain = true,
        }));
        await using MessageSubscription alarms = await broker.SubscribeAsync("alarms/#");
        await broker.Client.PublishAsync("plant/7/hall/a", """{"value":79,"unit":"C","site":"north"}""");
        await broker.Client.PublishAsync("plant/7/hall/a", """{"value":81.5,"unit":"F","site":"north"}""");
        const string Hot = """{"value":81.5,"unit":"C","site":"north","list":[1,"x"]}""";
        await broker.Client.PublishAsync("plant/7/hall/a", Hot);
        ReceivedMessage alarm = await RuleBroker.NextAsync(alarms);
        Assert.Equal(("alarms/north/7", QoS.AtLeastOnce, true, "application/json"), (alarm.Topic, alarm.QoS, alarm.Retain, alarm.ContentType));
        var json = System.Text.Json.Nodes.JsonNode.Parse(alarm.Payload.Span)!;
        Assert.True(DateTimeOffset.Parse(json["at"]!.GetValue<string>(), CultureInfo.InvariantCulture) > DateTimeOffset.UtcNow.AddMinutes(-5));
        json["at"] = null;
        Assert.Equal(
            """{"sensor":"7","where":"hall/a","value":81.5,"text":"81.5 C","all":[1,"x"],"at":null,"was":""" + System.Text.Json.JsonSerializer.Serialize(Hot) + ""","n":3}""",
            json.ToJsonString());
        RuleStatus status = await broker.UntilAsync("alarms", status => status.Hits == 3);
        Assert.Equal((1, 0, null, RuleKind.Republish, "rule-alarms"), (status.Matches, status.Failures, status.LastError, status.Kind, status.Sink));
    }

    [Fact]
    public async Task Without_templates_a_message_stays_as_it_is()
    {
        await using RuleBroker broker = await RuleBroker.StartAsync(("copy", new RepublishOptions { Filter = "a/#", To = "copy/${topic}" }));
        await using MessageSubscription copies = await broker.SubscribeAsync("copy/#");
        foreach (QoS qos in Enum.GetValues<QoS>())
        {
            await broker.Client.PublishAsync(new PublishRequest
            {
                Topic = "a/b",
                Payload = new byte[] { 0xFF, 0 },
                QoS = qos,
                Retain = qos == QoS.AtLeastOnce,
                ExpirySeconds = 1000,
                Properties = new MessageProperties { ContentType = "x", ResponseTopic = "r", CorrelationData = new byte[] { 1 }, UserProperties = [new("n", "v")] },
            });
            ReceivedMessage copy = await RuleBroker.NextAsync(copies);
            Assert.Equal(("copy/a/b", qos, qos == QoS.AtLeastOnce, "x", "r"), (copy.Topic, copy.QoS, copy.Retain, copy.ContentType, copy.ResponseTopic));
            Assert.Equal(new byte[] { 0xFF, 0 }, copy.Payload.ToArray());
            Assert.Equal([new UserProperty("n", "v")], copy.UserProperties);
            Assert.InRange(copy.MessageExpirySeconds!.Value, 900u, 1000u);
        }
    }

    [Fact]
    public async Task What_a_publisher_sends_cannot_become_a_member_or_a_level()
    {
        await using RuleBroker broker = await RuleBroker.StartAsync(("r", new RepublishOptions { Filter = "in/+", To = "out/${$.to}", Payload = """{"from":"${1}","name":"${$.name}"}""" }));
        await using MessageSubscription all = await broker.SubscribeAsync("#");
        await broker.Client.PublishAsync("""in/x","admin":true,"y":"z""", """{"to":"a/b","name":"n"}""");
        await broker.Client.PublishAsync("in/1", """{"to":"+","name":"n"}""");
        await broker.Client.PublishAsync("in/1", """{"to":"","name":"n"}""");
        await broker.Client.PublishAsync("""in/x","admin":true,"y":"z""", """{"to":"ok","name":"\",\"admin\":true,\"\":\""}""");
        ReceivedMessage message;
        do
        {
            message = await RuleBroker.NextAsync(all);
        }
        while (!message.Topic.StartsWith("out", StringComparison.Ordinal));

        Assert.Equal("out/ok", message.Topic);
        var json = System.Text.Json.Nodes.JsonNode.Parse(message.Payload.Span)!.AsObject();
        Assert.Equal(["from", "name"], json.Select(member => member.Key));
        Assert.Equal("""x","admin":true,"y":"z""", json["from"]!.GetValue<string>());
        RuleStatus status = await broker.UntilAsync("r", status => status.Hits == 4);
        Assert.Equal((1, 3), (status.Matches, status.Failures));
        Assert.Contains("${$.to}", status.LastError, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no JSON", "not JSON")]
    [InlineData("", "not JSON")]
    [InlineData("{'value':81}", "not JSON")]
    [InlineData("""{"value":81} x""", "not JSON")]
    [InlineData("""{"value":"warm"}""", "cannot be found out")]
    [InlineData("""{"value":99}""", "has no $.site")]
    [InlineData("""{"value":99,"site":1e999}""", "too large")]
    public async Task What_a_rule_can_make_nothing_of_is_counted_and_holds_up_nothing(string payload, string reason)
    {
        await using RuleBroker broker = await RuleBroker.StartAsync(("r", new RepublishOptions { Filter = "in", If = "@.value > 80", To = "out/${$.site}" }));
        await using MessageSubscription results = await broker.SubscribeAsync("out/#");
        await broker.Client.PublishAsync("in", payload);
        await broker.Client.PublishAsync("in", """{"value":81,"site":"s"}""");
        Assert.Equal("out/s", (await RuleBroker.NextAsync(results)).Topic);
        RuleStatus status = await broker.UntilAsync("r", status => status.Hits == 2);
        Assert.Equal((1, 1), (status.Matches, status.Failures));
        Assert.Contains(reason, status.LastError, StringComparison.Ordinal);
        Assert.NotNull(status.LastErrorAt);
    }

    [Fact]
    public async Task With_a_topic_for_dead_letters_they_go_there_and_the_others_of_their_batch_on_once()
    {
        await using RuleBroker broker = await RuleBroker.StartAsync(("r", new RepublishOptions { Filter = "in", To = "out/${$.n}", DeadLetterTopic = "dead" }));
        await using MessageSubscription results = await broker.SubscribeAsync("out/#", "dead");
        await broker.Sinks.PauseAsync(Core.Admin.Caller.Console, "rule-r");
        for (int i = 0; i < 20; i++)
        {
            await broker.Client.PublishAsync("in", i % 7 == 3 ? "bad" : $$"""{"n":{{i}}}""");
        }

        await broker.Sinks.ResumeAsync(Core.Admin.Caller.Console, "rule-r");
        List<ReceivedMessage> received = [];
        for (int i = 0; i < 20; i++)
        {
            received.Add(await RuleBroker.NextAsync(results));
        }

        Assert.Equal(Enumerable.Range(0, 20).Where(i => i % 7 != 3).Select(i => $"out/{i}").Order(), received.Where(message => message.Topic != "dead").Select(message => message.Topic).Order());
        Assert.Equal(3, received.Count(message => message.Topic == "dead" && Encoding.UTF8.GetString(message.Payload.Span) == "bad" && message.UserProperties.Any(property => property.Name == "skytree-reason")));
        RuleStatus status = await broker.UntilAsync("r", status => status.Hits == 20);
        Assert.Equal((17, 3), (status.Matches, status.Failures));
    }

    [Fact]
    public async Task What_a_rule_publishes_does_not_come_to_itself_but_to_others()
    {
        await using RuleBroker broker = await RuleBroker.StartAsync(
            ("again", new RepublishOptions { Filter = "in/#", To = "in/again/${1}" }),
            ("other", new RepublishOptions { Filter = "in/again/#", To = "out/${1}" }));
        await using MessageSubscription all = await broker.SubscribeAsync("#");
        await broker.Client.PublishAsync("in/x", "1");
        List<string> topics = [];
        while (topics.Count < 3)
        {
            topics.Add((await RuleBroker.NextAsync(all)).Topic);
        }

        Assert.Equal(["in/x", "in/again/x", "out/x"], topics);

        // A mark behind it: had it come round, that would be there before the mark is.
        await broker.Client.PublishAsync("in/mark", "1");
        while (topics.Count < 6)
        {
            topics.Add((await RuleBroker.NextAsync(all)).Topic);
        }

        Assert.Equal(["in/mark", "in/again/mark", "out/mark"], topics[3..]);
        Assert.Equal((2, 2), ((await broker.UntilAsync("again", status => status.Hits == 2)).Matches, (await broker.UntilAsync("other", status => status.Hits == 2)).Matches));
    }

    [Fact]
    public async Task Messages_of_a_topic_keep_their_order_and_a_full_store_holds_them_up()
    {
        await using RuleBroker broker = await RuleBroker.StartAsync(
            new BrokerOptions { SysTopicsSeconds = 0, MaximumRetainedMessages = 1 },
            ("r", new RepublishOptions { Filter = "in/#", To = "out/${1}", Retain = true }));
        await using MessageSubscription results = await broker.SubscribeAsync("out/#");
        await broker.Client.PublishAsync("other", "kept", QoS.AtLeastOnce, retain: true);
        for (int i = 0; i < 300; i++)
        {
            await broker.Client.PublishAsync("in/x", i.ToString(CultureInfo.InvariantCulture));
        }

        RuleStatus held = await broker.UntilAsync("r", status => status.State == SinkState.Retrying);
        Assert.Equal(0, held.Matches);
        await broker.Client.PublishAsync("other", "", QoS.AtLeastOnce, retain: true); // there is room
        for (int i = 0; i < 300; i++)
        {
            Assert.Equal(i.ToString(CultureInfo.InvariantCulture), Encoding.UTF8.GetString((await RuleBroker.NextAsync(results)).Payload.Span));
        }

        Assert.Equal(300, (await broker.UntilAsync("r", status => status.Matches == 300)).Hits);
    }
}
