using SkyTree.Broker.Tests.Harness;
using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Hooks;
using SkyTree.Rules.Rewriting;

namespace SkyTree.Rules.Tests;

/// <summary>What clients see of topics that get other names.</summary>
public sealed class RewriteTests
{
    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public async Task A_publish_arrives_under_the_new_name_whatever_its_QoS(int level)
    {
        await using TestBroker broker = await StartAsync(Rule("old/+/temp", "plant/${1}/temperature"));
        TestClient subscriber = await broker.ConnectAsync("client=s", level);
        await subscriber.SubscribeAsync("plant/# qos=2");
        TestClient publisher = await broker.ConnectAsync("client=p", level);
        await publisher.SendAsync("PUBLISH old/7/temp qos=0 \"0\"");
        Assert.Equal(("plant/7/temperature", "0"), Of(await subscriber.ReceiveAsync("PUBLISH")));
        await publisher.SendAsync("PUBLISH old/8/temp qos=1 id=1 \"1\"");
        await publisher.ExpectAsync("PUBACK id=1");
        Assert.Equal(("plant/8/temperature", "1"), Of(await subscriber.ReceiveAsync("PUBLISH")));
        await publisher.SendAsync("PUBLISH old/9/temp qos=2 id=2 \"2\"");
        await publisher.ExpectAsync("PUBREC id=2");
        Assert.Equal(("plant/9/temperature", "2"), Of(await subscriber.ReceiveAsync("PUBLISH")));

        // What the rule is not about stays as it is.
        await publisher.SendAsync("PUBLISH plant/old/7/temp qos=0 \"3\"");
        Assert.Equal(("plant/old/7/temp", "3"), Of(await subscriber.ReceiveAsync("PUBLISH")));
    }

    [Fact]
    public async Task A_topic_alias_stands_for_the_name_that_was_given()
    {
        await using TestBroker broker = await StartAsync(Rule("old/#", "new/${1}"));
        TestClient subscriber = await broker.ConnectAsync("client=s");
        await subscriber.SubscribeAsync("# qos=0");
        TestClient publisher = await broker.ConnectAsync("client=p");
        await publisher.SendAsync("PUBLISH old/a qos=0 alias=1 \"1\"");
        await publisher.SendAsync("PUBLISH \"\" qos=0 alias=1 \"2\"");
        Assert.Equal(("new/a", "1"), Of(await subscriber.ReceiveAsync("PUBLISH")));
        Assert.Equal(("new/a", "2"), Of(await subscriber.ReceiveAsync("PUBLISH")));
    }

    [Fact]
    public async Task The_first_rule_that_fits_counts_and_only_once()
    {
        await using TestBroker broker = await StartAsync(Rule("a/b", "b/c"), Rule("a/+", "other/${1}"), Rule("b/c", "never"));
        TestClient client = await broker.ConnectAsync("client=c");
        await client.SubscribeAsync("# qos=0");
        await client.SendAsync("PUBLISH a/b qos=0 \"1\"");
        Assert.Equal("b/c", (await client.ReceiveAsync("PUBLISH")).Topic);
        await client.SendAsync("PUBLISH a/c qos=0 \"2\"");
        Assert.Equal("other/c", (await client.ReceiveAsync("PUBLISH")).Topic);
    }

    [Fact]
    public async Task PUBACK_tells_whether_somebody_subscribes_to_the_new_name()
    {
        await using TestBroker broker = await StartAsync(Rule("old", "new", RewriteScope.Publish));
        TestClient client = await broker.ConnectAsync("client=c");
        await client.SubscribeAsync("old qos=0");
        await client.SendAsync("PUBLISH old qos=1 id=1 \"1\"");
        await client.ExpectAsync("PUBACK id=1 no-matching-subscribers");
        await client.SubscribeAsync("new qos=0");
        await client.SendAsync("PUBLISH old qos=1 id=2 \"1\"");
        Assert.Equal("new", (await client.ReceiveAsync("PUBLISH")).Topic);
        await client.ExpectAsync("PUBACK id=2");
    }

    [Fact]
    public async Task A_retained_message_is_kept_under_the_new_name_and_sent_to_who_subscribes_to_the_old()
    {
        await using TestBroker broker = await StartAsync(Rule("old/#", "new/${1}"));
        TestClient client = await broker.ConnectAsync("client=c");
        await client.SendAsync("PUBLISH old/x qos=1 id=1 retain \"kept\"");
        await client.ReceiveAsync("PUBACK");
        Assert.Equal(["new/x"], broker.Broker.Admin.Retained.List(Caller.Console, null, null, 10).Items.Select(message => message.Topic));
        await client.SubscribeAsync("old/+ qos=0");
        Assert.Equal(("new/x", "kept"), Of(await client.ReceiveAsync("PUBLISH")));
    }

    [Fact]
    public async Task Filters_are_rewritten_behind_share_and_replay_and_those_that_reach_further_are_not()
    {
        await using TestBroker broker = await StartAsync(Rule("old/+/state", "new/${1}"));
        TestClient client = await broker.ConnectAsync("client=c clean=0 expiry=100");
        await client.SubscribeAsync("old/+/state qos=1 old/7/state qos=1 $share/g/old/8/state qos=1 old/# qos=1 $replay/earliest/old/9/state qos=1");
        Assert.Equal(["$share/g/new/8", "new/+", "new/7", "new/9", "old/#"], await FiltersAsync(broker));
        await client.SendAsync("UNSUBSCRIBE id=2 old/+/state $share/g/old/8/state old/# new/9 old/5/state");
        await client.ExpectAsync("UNSUBACK id=2 success success success success no-subscription-existed");
        Assert.Equal(["new/7"], await FiltersAsync(broker));
    }

    [Fact]
    public async Task A_subscription_that_is_older_than_the_rule_can_be_ended_by_its_name()
    {
        await using TestBroker broker = await StartAsync(Rule("old/+", "new/${1}"));
        TestClient client = await broker.ConnectAsync("client=c clean=0 expiry=100");
        await broker.Broker.Admin.Sessions.SubscribeAsync(Caller.Console, "c", new() { Filter = "old/1" });
        Assert.Equal(["old/1"], await FiltersAsync(broker));
        await client.SendAsync("UNSUBSCRIBE id=2 old/1");
        await client.ExpectAsync("UNSUBACK id=2 success");
        Assert.Empty(await FiltersAsync(broker));
    }

    [Fact]
    public async Task A_rule_for_publishes_leaves_subscriptions_alone_and_the_other_way_round()
    {
        await using TestBroker broker = await StartAsync(Rule("up/#", "in/${1}", RewriteScope.Publish), Rule("down/#", "out/${1}", RewriteScope.Subscribe));
        TestClient client = await broker.ConnectAsync("client=c");
        await client.SubscribeAsync("up/# qos=0 down/# qos=0 in/# qos=0");
        Assert.Equal(["in/#", "out/#", "up/#"], await FiltersAsync(broker));
        await client.SendAsync("PUBLISH up/1 qos=0 \"1\"");
        Assert.Equal("in/1", (await client.ReceiveAsync("PUBLISH")).Topic);
        await client.SendAsync("PUBLISH down/1 qos=1 id=1 \"1\"");
        await client.ExpectAsync("PUBACK id=1 no-matching-subscribers");
    }

    [Fact]
    public async Task The_new_name_is_what_is_judged()
    {
        await using TestBroker broker = await StartAsync(Rule("a/#", "secret/${1}"), Rule("denied/#", "open/${1}"));
        broker.Authorizer.DeniedPublishes = ["secret", "denied"];
        broker.Authorizer.DeniedSubscriptions = ["secret", "denied"];
        TestClient client = await broker.ConnectAsync("client=c");
        await client.SendAsync("SUBSCRIBE id=1 a/# qos=0 denied/# qos=0");
        Packet ack = await client.ReceiveAsync("SUBACK");
        Assert.Equal(["not-authorized", "granted-qos-0"], ack.Reasons);
        await client.SendAsync("PUBLISH a/1 qos=1 id=1 \"1\"");
        Assert.Equal("not-authorized", (await client.ReceiveAsync("PUBACK")).Reasons[0]);
        await client.SendAsync("PUBLISH denied/1 qos=0 \"2\"");
        Assert.Equal(("open/1", "2"), Of(await client.ReceiveAsync("PUBLISH")));
    }

    [Theory]
    [InlineData("+")]
    [InlineData("#")]
    [InlineData("x/y")]
    public async Task A_name_of_a_client_cannot_make_a_wildcard_or_a_level_of_itself(string clientId)
    {
        await using TestBroker broker = await StartAsync(Rule("mine/#", "clients/${clientid}/${1}"));
        TestClient spy = await broker.ConnectAsync("client=spy");
        await spy.SubscribeAsync("clients/# qos=0");
        TestClient client = await broker.ConnectAsync($"client={clientId}");
        await client.SendAsync("SUBSCRIBE id=1 mine/x qos=0 other qos=0");
        Assert.Equal(["topic-filter-invalid", "granted-qos-0"], (await client.ReceiveAsync("SUBACK")).Reasons);
        await client.SendAsync("PUBLISH mine/x qos=1 id=1 \"1\"");
        Assert.Equal("topic-name-invalid", (await client.ReceiveAsync("PUBACK")).Reasons[0]);
        await client.SendAsync("PUBLISH mine/x qos=2 id=2 \"1\"");
        Assert.Equal("topic-name-invalid", (await client.ReceiveAsync("PUBREC")).Reasons[0]);
        await client.SendAsync("PUBLISH mine/x qos=0 \"1\"");
        await client.ExpectSilenceAsync();
        await spy.ExpectSilenceAsync();
        Assert.Equal(3, broker.Broker.Drops[DropReason.Rewrite]);

        TestClient plain = await broker.ConnectAsync("client=plain");
        await plain.SendAsync("PUBLISH mine/x qos=0 \"1\"");
        Assert.Equal("clients/plain/x", (await spy.ReceiveAsync("PUBLISH")).Topic);
    }

    [Fact]
    public async Task Nobody_gets_into_another_namespace_by_what_a_wildcard_stands_for()
    {
        await using TestBroker broker = await StartAsync(Rule("strip/#", "${1}"));
        TestClient client = await broker.ConnectAsync("client=c");
        await client.SendAsync("SUBSCRIBE id=1 strip/$SYS/# qos=0 strip/$share/g/t qos=0 strip/$replay/earliest/t qos=0 strip qos=0 strip/t qos=0");
        Assert.Equal(["topic-filter-invalid", "topic-filter-invalid", "topic-filter-invalid", "topic-filter-invalid", "granted-qos-0"], (await client.ReceiveAsync("SUBACK")).Reasons);
        await client.SendAsync("PUBLISH strip/$SYS/broker qos=1 id=1 \"1\"");
        Assert.Equal("topic-name-invalid", (await client.ReceiveAsync("PUBACK")).Reasons[0]);
        await client.SendAsync("PUBLISH strip/t qos=0 \"1\"");
        Assert.Equal("t", (await client.ReceiveAsync("PUBLISH")).Topic);
    }

    [Fact]
    public async Task A_new_name_that_is_longer_or_deeper_than_allowed_is_refused()
    {
        await using TestBroker broker = await StartAsync(new BrokerOptions { SysTopicsSeconds = 0, MaximumTopicLevels = 3 }, Rule("a/#", "x/y/${1}"));
        TestClient client = await broker.ConnectAsync("client=c");
        await client.SendAsync("PUBLISH a/b/c qos=1 id=1 \"1\"");
        Assert.Equal("topic-name-invalid", (await client.ReceiveAsync("PUBACK")).Reasons[0]);
        await client.SendAsync("SUBSCRIBE id=1 a/b/c qos=0");
        Assert.Equal(["topic-filter-invalid"], (await client.ReceiveAsync("SUBACK")).Reasons);
        await client.SendAsync("PUBLISH a/b qos=1 id=2 \"1\"");
        await client.ExpectAsync("PUBACK id=2 no-matching-subscribers");
    }

    [Fact]
    public async Task A_Will_is_published_under_the_new_name_and_refused_where_that_is_forbidden()
    {
        await using TestBroker broker = await StartAsync(Rule("status/#", "clients/${clientid}/${1}"), Rule("bad", "secret"));
        broker.Authorizer.DeniedPublishes = ["secret"];
        TestClient subscriber = await broker.ConnectAsync("client=s");
        await subscriber.SubscribeAsync("# qos=0");
        TestClient client = await broker.ConnectAsync("client=c will=status/gone will-payload=\"x\"");
        await client.DropAsync();
        Assert.Equal(("clients/c/gone", "x"), Of(await subscriber.ReceiveAsync("PUBLISH")));

        TestClient forbidden = broker.Open();
        await forbidden.SendAsync("CONNECT client=d will=bad will-payload=\"x\"");
        Assert.Equal("not-authorized", (await forbidden.ReceiveAsync("CONNACK")).Reasons[0]);
        TestClient impossible = broker.Open();
        await impossible.SendAsync("CONNECT client=x/y will=status/gone will-payload=\"x\"");
        Assert.Equal("topic-name-invalid", (await impossible.ReceiveAsync("CONNACK")).Reasons[0]);
    }

    [Fact]
    public async Task Hooks_see_the_new_name_and_what_they_make_of_it_stays()
    {
        var hook = new RecordingHook();
        using var rules = new RuleSet(new RulesOptions { Rewrites = [Rule("old/#", "new/${1}"), Rule("new/#", "never"), Rule("no/#", "${clientid}/${1}")] }, TimeProvider.System);
        await using TestBroker broker = await TestBroker.StartAsync(rewriter: rules.Rewriter, hooks: new HookRegistrations([hook], new HookOptions()));
        TestClient client = await broker.ConnectAsync("client=x/y");
        await client.SendAsync("SUBSCRIBE id=1 $share/g/old/a qos=0 no/a qos=0 old/# qos=0");
        Assert.Equal(["granted-qos-0", "topic-filter-invalid", "granted-qos-0"], (await client.ReceiveAsync("SUBACK")).Reasons);
        await client.SendAsync("PUBLISH old/b qos=1 id=1 \"1\"");
        Assert.Equal(("new/b", "1"), Of(await client.ReceiveAsync("PUBLISH")));
        await client.ExpectAsync("PUBACK id=1");
        await client.SendAsync("PUBLISH old/back qos=1 id=2 \"2\"");
        Assert.Equal(("new/old/back", "2"), Of(await client.ReceiveAsync("PUBLISH")));
        await client.ExpectAsync("PUBACK id=2");
        Assert.Equal(["subscribe $share/g/new/a", "subscribe new/#", "publish new/b", "publish new/back"], hook.Seen);
    }

    [Fact]
    public async Task The_application_names_topics_as_they_are()
    {
        await using TestBroker broker = await StartAsync(Rule("old", "new"));
        var client = new Core.InProcess.SkyTreeClient(broker.Broker);
        await using Core.InProcess.MessageSubscription subscription = await client.SubscribeAsync(new() { Filters = ["old"] });
        await client.PublishAsync("old", "1");
        Assert.Equal("old", (await subscription.ReceiveAsync())!.Topic);
    }

    /// <summary>Notes what it sees, and sends what is for <c>new/back</c> on as what would have been rewritten.</summary>
    private sealed class RecordingHook : IPublishHook, ISubscribeHook
    {
        public List<string> Seen { get; } = [];

        public ValueTask<PublishAnswer> OnPublishAsync(PublishAttempt attempt, CancellationToken cancellationToken)
        {
            Seen.Add($"publish {attempt.Message.Topic}");
            return new(attempt.Message.Topic == "new/back" ? PublishAnswer.Replace(attempt.Message with { Topic = "new/old/back" }) : PublishAnswer.Continue);
        }

        public ValueTask<HookAnswer> OnSubscribeAsync(SubscribeAttempt attempt, CancellationToken cancellationToken)
        {
            Seen.Add($"subscribe {attempt.Request.Filter}");
            return default;
        }
    }

    private static (string? Topic, string Text) Of(Packet packet) => (packet.Topic, packet.Text);

    private static RewriteOptions Rule(string filter, string to, RewriteScope scope = RewriteScope.All) =>
        new() { Name = $"r{Math.Abs(HashCode.Combine(filter, to))}", Filter = filter, To = to, For = scope };

    private static Task<TestBroker> StartAsync(params RewriteOptions[] rules) => StartAsync(new BrokerOptions { SysTopicsSeconds = 0 }, rules);

    private static async Task<TestBroker> StartAsync(BrokerOptions options, params RewriteOptions[] rules)
    {
        var set = new RuleSet(new RulesOptions { Rewrites = rules }, TimeProvider.System);
        return await TestBroker.StartAsync(options, rewriter: set.Rewriter);
    }

    private static async Task<IEnumerable<string>> FiltersAsync(TestBroker broker) =>
        (await broker.Broker.Admin.Sessions.GetAsync(Caller.Console, "c", CancellationToken.None)).Subscriptions.Select(subscription => subscription.Filter).Order(StringComparer.Ordinal);
}
