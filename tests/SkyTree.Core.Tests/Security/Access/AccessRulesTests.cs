using System.Text;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Access;
using SkyTree.Core.Admin.Users;
using SkyTree.Core.Protocol;
using SkyTree.Core.Security;
using SkyTree.Core.Security.Access;
using SkyTree.Core.Subscriptions;
using SkyTree.Core.Tests.Admin;
using SkyTree.Core.Tests.Harness;
using Xunit;

namespace SkyTree.Core.Tests.Security.Access;

public sealed class AccessRulesTests : IAsyncLifetime
{
    private AdminHarness _harness = null!;
    private RuleAuthorizer _authorizer = null!;

    private AccessRules Rules => _harness.Admin.Access;

    private static Caller Root => AdminHarness.Root;

    public async ValueTask InitializeAsync()
    {
        _harness = await AdminHarness.StartAsync();
        _authorizer = new RuleAuthorizer(_harness.Security);
    }

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task The_first_rule_that_fits_decides()
    {
        await Rules.CreateAsync(Root, new AccessRule { Effect = AccessEffect.Deny }, order: 1000, id: "rest");
        await Rules.CreateAsync(Root, new AccessRule { Effect = AccessEffect.Allow, Topics = ["a/#"] }, order: 10, id: "a");
        await Rules.CreateAsync(Root, new AccessRule { Effect = AccessEffect.Deny, Topics = ["a/secret"], Actions = [AccessAction.Publish] }, order: 5, id: "secret");

        Assert.True(Publishes(Client(), "a/b"));
        Assert.False(Publishes(Client(), "a/secret"));
        Assert.False(Publishes(Client(), "b"));
        Assert.True(Subscribes(Client(), "a/secret"));
        Assert.Equal(new AccessDecision(false, "secret"), Rules.Explain(Root, Client(), AccessAction.Publish, "a/secret"));
        Assert.Equal(new AccessDecision(false, "rest"), Rules.Explain(Root, Client(), AccessAction.Subscribe, "#"));

        await Rules.DeleteAsync(Root, "rest");
        Assert.True(Publishes(Client(), "b"));
    }

    /// <summary>What lets a delivery trust that a filter was permitted.</summary>
    [Fact]
    public async Task Who_may_subscribe_to_a_filter_may_read_every_topic_that_it_matches()
    {
        int seed = Random.Shared.Next();
        var random = new Random(seed);
        int permitted = 0;
        for (int round = 0; round < 40; round++)
        {
            AccessEntry[] rules =
            [
                .. Enumerable.Range(0, random.Next(1, 6)).Select(i => new AccessEntry($"r{i}", i, new AccessRule
                {
                    Effect = random.Next(2) == 0 ? AccessEffect.Allow : AccessEffect.Deny,
                    Topics = [AnyFilter(), AnyFilter()],
                    QoS = random.Next(4) == 0 ? [random.Next(3)] : [],
                })),
            ];
            await Rules.ReplaceAsync(Root, rules);
            for (int i = 0; i < 300; i++)
            {
                string filter = AnyFilter();
                string topic = string.Join('/', Enumerable.Range(0, random.Next(1, 4)).Select(_ => AnyLevel()));
                var qos = (QoS)random.Next(3);
                if (TopicFilter.Matches(filter, topic) && _authorizer.MaySubscribe(Client(), filter, qos, replay: false))
                {
                    permitted++;
                    Assert.True(_authorizer.MaySubscribe(Client(), topic, qos, replay: false), $"{filter} is permitted, {topic} is not; seed {seed}");
                }
            }
        }

        Assert.True(permitted > 20, $"{permitted} filters were permitted, seed {seed}");

        string AnyLevel() => random.Next(4) switch { 0 => "a", 1 => "b", 2 => "c1", _ => "" };
        string AnyFilter()
        {
            string[] levels = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(3) == 0 ? "+" : AnyLevel())];
            string text = string.Join('/', levels);
            return random.Next(4) switch { 0 => "#", 1 => text + "/#", _ => text.Length == 0 ? "a" : text };
        }
    }

    [Theory]
    [InlineData("sensors/${clientid}/#", "c1", "u1", "sensors/c1/x", true)]
    [InlineData("sensors/${clientid}/#", "c1", "u1", "sensors/c1", true)]
    [InlineData("sensors/${clientid}/#", "c1", "u1", "sensors/c2/x", false)]
    [InlineData("sensors/${username}", "c1", "u1", "sensors/u1", true)]
    [InlineData("sensors/x-${username}-${clientid}", "c1", "u1", "sensors/x-u1-c1", true)]
    [InlineData("sensors/${username}", "c1", null, "sensors/", false)]
    [InlineData("sensors/${clientid}", "+", "u1", "sensors/other", false)]
    [InlineData("sensors/${clientid}", "#", "u1", "sensors/other", false)]
    [InlineData("sensors/${clientid}/x", "a/b", "u1", "sensors/a/b/x", false)]
    [InlineData("sensors/${clientid}", "${username}", "u1", "sensors/u1", false)]
    [InlineData("+/x", "c1", "u1", "$other/x", false)]
    [InlineData("$other/x", "c1", "u1", "$other/x", true)]
    public async Task A_name_never_makes_a_filter_wider(string filter, string clientId, string? userName, string topic, bool allowed)
    {
        await Rules.CreateAsync(Root, new AccessRule { Effect = AccessEffect.Allow, Topics = [filter] });
        await Rules.CreateAsync(Root, new AccessRule { Effect = AccessEffect.Deny });
        ClientIdentity client = new(clientId, userName, "10.0.0.1");

        Assert.Equal(allowed, Publishes(client, topic));
        Assert.Equal(allowed, Subscribes(client, topic));
    }

    [Theory]
    [InlineData("a/${clientid}", "a/+", false)]
    [InlineData("a/+", "a/+", true)]
    [InlineData("a/+", "a/#", false)]
    [InlineData("a/#", "a/#", true)]
    [InlineData("a/#", "a/+/b", true)]
    [InlineData("a/#", "a", true)]
    [InlineData("a/+", "a", false)]
    [InlineData("+/b", "a/b", true)]
    [InlineData("#", "$x/y", false)]
    [InlineData("#", "#", true)]
    [InlineData("a", "#", false)]
    public async Task What_is_subscribed_to_must_be_covered_by_what_is_permitted(string permitted, string filter, bool allowed)
    {
        await Rules.CreateAsync(Root, new AccessRule { Effect = AccessEffect.Allow, Topics = [permitted] });
        await Rules.CreateAsync(Root, new AccessRule { Effect = AccessEffect.Deny });
        Assert.Equal(allowed, Subscribes(Client(), filter));
    }

    [Theory]
    [InlineData("a/secret", "#", false)]
    [InlineData("a/secret", "a/+", false)]
    [InlineData("a/secret", "+/secret/#", false)]
    [InlineData("a/secret", "a/b", true)]
    [InlineData("a/secret/#", "a/secret", false)]
    [InlineData("a/+/c", "a/b/+", false)]
    [InlineData("$SYS/#", "#", true)]
    [InlineData("devices/${clientid}/admin", "devices/+/admin", false)]
    [InlineData("devices/${clientid}/admin", "devices/other/admin", true)]
    public async Task A_subscription_may_not_hold_what_is_forbidden(string forbidden, string filter, bool allowed)
    {
        await Rules.CreateAsync(Root, new AccessRule { Effect = AccessEffect.Deny, Topics = [forbidden] });
        Assert.Equal(allowed, Subscribes(Client(), filter));
    }

    [Fact]
    public async Task A_rule_is_for_whom_it_says()
    {
        await _harness.Admin.Users.CreateAsync(Root, new UserImport("u1", Groups: ["meters"]));
        await Rules.CreateAsync(Root, new AccessRule { Effect = AccessEffect.Allow, Group = "meters", Topics = ["group"] });
        await Rules.CreateAsync(Root, new AccessRule { Effect = AccessEffect.Allow, UserName = "u*", Topics = ["user"] });
        await Rules.CreateAsync(Root, new AccessRule { Effect = AccessEffect.Allow, ClientId = "*-7", Topics = ["client"] });
        await Rules.CreateAsync(Root, new AccessRule { Effect = AccessEffect.Allow, Address = "10.0.0.0/8", Topics = ["address"] });
        await Rules.CreateAsync(Root, new AccessRule { Effect = AccessEffect.Allow, QoS = [0], Retain = false, Topics = ["light"] });
        await Rules.CreateAsync(Root, new AccessRule { Effect = AccessEffect.Deny });
        ClientIdentity in10 = new("meter-7", "u1", "::ffff:10.1.2.3");
        ClientIdentity other = new("meter-8", null, "192.168.0.1");

        foreach (string topic in (string[])["group", "user", "client", "address"])
        {
            Assert.True(Publishes(in10, topic), topic);
            Assert.False(Publishes(other, topic), topic);
        }

        Assert.True(_authorizer.MayPublish(other, "light"u8, QoS.AtMostOnce, false));
        Assert.False(_authorizer.MayPublish(other, "light"u8, QoS.AtLeastOnce, false));
        Assert.False(_authorizer.MayPublish(other, "light"u8, QoS.AtMostOnce, true));

        await _harness.Admin.Users.ChangeAsync(Root, "u1", groups: []);
        Assert.False(Publishes(in10, "group"));
    }

    [Fact]
    public async Task Replay_needs_a_permission_of_its_own()
    {
        await Rules.CreateAsync(Root, new AccessRule { Effect = AccessEffect.Deny, Actions = [AccessAction.Replay], Topics = ["a/#"] });
        Assert.True(_authorizer.MaySubscribe(Client(), "a/b", QoS.AtMostOnce, replay: false));
        Assert.False(_authorizer.MaySubscribe(Client(), "a/b", QoS.AtMostOnce, replay: true));
        Assert.True(_authorizer.MaySubscribe(Client(), "b", QoS.AtMostOnce, replay: true));
    }

    [Fact]
    public async Task Sys_is_the_brokers_whatever_rules_say()
    {
        await Rules.CreateAsync(Root, new AccessRule { Effect = AccessEffect.Allow, Topics = ["$SYS/#"] });
        Assert.False(Publishes(Client(), "$SYS/broker/uptime"));
        Assert.False(Publishes(Client(), "$SYS"));
        Assert.True(Publishes(Client(), "$SYSTEM"));
    }

    [Fact]
    public async Task A_remembered_decision_costs_no_memory_and_ends_with_the_rules()
    {
        await Rules.CreateAsync(Root, new AccessRule { Effect = AccessEffect.Allow, Topics = ["a/${clientid}/#"] });
        await Rules.CreateAsync(Root, new AccessRule { Effect = AccessEffect.Deny }, id: "rest");
        ClientIdentity client = Client();
        byte[] topic = "a/c1/temperature"u8.ToArray();
        Assert.True(_authorizer.MayPublish(client, topic, QoS.AtLeastOnce, false));
        Assert.Equal(0, Allocations.Of(() => Assert.True(_authorizer.MayPublish(client, topic, QoS.AtLeastOnce, false)), times: 2_000));
        await Rules.CreateAsync(Root, new AccessRule { Effect = AccessEffect.Deny, Topics = ["a/#"] }, order: 1);
        Assert.False(_authorizer.MayPublish(client, topic, QoS.AtLeastOnce, false));
    }

    [Fact]
    public async Task What_is_remembered_agrees_with_what_is_judged_anew()
    {
        int seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        string[] levels = ["a", "b", "c1", "+", "#", "${clientid}"];
        for (int i = 0; i < 20; i++)
        {
            string[] filter = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => levels[random.Next(levels.Length)])];
            int rest = Array.IndexOf(filter, "#");
            filter = rest < 0 ? filter : filter[..(rest + 1)];
            await Rules.CreateAsync(Root, new AccessRule { Effect = (AccessEffect)random.Next(2), Topics = [string.Join('/', filter)] });
        }

        ClientIdentity client = Client();
        for (int i = 0; i < 5_000; i++)
        {
            string topic = string.Join('/', Enumerable.Range(0, random.Next(1, 5)).Select(_ => levels[random.Next(3)]));
            Assert.Equal(Rules.Explain(Root, Client(), AccessAction.Publish, topic).Allowed, Publishes(client, topic));
        }
    }

    [Fact]
    public async Task All_rules_are_replaced_at_once_or_not_at_all()
    {
        await Rules.CreateAsync(Root, new AccessRule { Effect = AccessEffect.Deny }, id: "old");
        long version = Rules.Version(Root);
        AccessEntry[] wanted = [new("b", 2, new AccessRule { Topics = ["b"] }), new("a", 1, new AccessRule { Topics = ["a"] })];
        await _harness.FailsAndChangesNothingAsync(AdminError.VersionMismatch, "version_mismatch", () => Rules.ReplaceAsync(Root, wanted, version - 1));
        await _harness.FailsAndChangesNothingAsync(AdminError.Invalid, "bad_access_rule", () => Rules.ReplaceAsync(Root, [.. wanted, new("c", 3, new AccessRule { Topics = ["a/#/b"] })]));
        await _harness.FailsAndChangesNothingAsync(AdminError.Denied, "denied", () => Rules.ReplaceAsync(new Caller("o", AdminRole.Operator, null), wanted));
        await Rules.ReplaceAsync(Root, wanted, version);
        Assert.Equal(["a", "b"], Rules.List(Root).Select(rule => rule.Id));
    }

    [Fact]
    public async Task With_NoMatch_Deny_nothing_is_permitted_that_no_rule_permits()
    {
        BrokerSecurity closed = new() { Access = new AccessOptions { NoMatch = AccessEffect.Deny } };
        var authorizer = new RuleAuthorizer(closed);
        Assert.False(authorizer.MayPublish(Client(), "a"u8));
        Assert.False(authorizer.MaySubscribe(Client(), "a"));
        await Task.CompletedTask;
    }

    [Fact]
    public void Rules_of_a_token_come_first()
    {
        ClientIdentity client = Client() with { Grant = new ClientGrant { Rules = [new AccessRule { Effect = AccessEffect.Allow, Topics = ["own/#"] }, new AccessRule { Effect = AccessEffect.Deny }] } };
        Assert.True(Publishes(client, "own/x"));
        Assert.False(Publishes(client, "other"));
        Assert.False(Subscribes(client, "#"));
    }

    private static ClientIdentity Client() => new("c1", "u1", "10.0.0.1");

    private bool Publishes(ClientIdentity client, string topic) => _authorizer.MayPublish(client, Encoding.UTF8.GetBytes(topic), QoS.AtMostOnce, false);

    private bool Subscribes(ClientIdentity client, string filter) => _authorizer.MaySubscribe(client, filter, QoS.AtMostOnce, replay: false);
}
