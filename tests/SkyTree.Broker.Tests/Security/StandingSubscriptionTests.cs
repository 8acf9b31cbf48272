using SkyTree.Broker.Tests.Harness;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Access;
using SkyTree.Core.Admin.Drops;
using SkyTree.Core.Admin.Users;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Security;
using SkyTree.Core.Security.Access;

namespace SkyTree.Broker.Tests.Security;

/// <summary>A rule that is made or changed counts for what is delivered to subscriptions that stand.</summary>
public sealed class StandingSubscriptionTests : IAsyncLifetime
{
    private static readonly Caller s_root = new("root", AdminRole.Administrator, null);

    private TestBroker _broker = null!;
    private TestClient _publisher = null!;

    private BrokerAdmin Admin => _broker.Broker.Admin;

    private long Dropped => _broker.Broker.Drops[DropReason.DeliveryNotAuthorized];

    public async ValueTask InitializeAsync()
    {
        _broker = await TestBroker.StartAsync(security: new BrokerSecurity());
        _publisher = await _broker.ConnectAsync("client=publisher clean=1");
    }

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "")]
    [InlineData(2, "")]
    [InlineData(0, "expiry=100")]
    [InlineData(1, "expiry=100")]
    [InlineData(2, "expiry=100")]
    public async Task What_may_not_be_read_any_more_is_not_delivered_until_it_may_be_again(int qos, string expiry)
    {
        TestClient reader = await _broker.ConnectAsync($"client=reader clean=1 {expiry}");
        await reader.SubscribeAsync($"plant/# qos={qos} plant/+/secret qos=0");
        await PublishAsync(qos, "plant/1/secret", "plant/1/open");
        await ReceiveAsync(reader, "plant/1/secret", "plant/1/open");

        AccessEntry rule = await ForbidAsync("plant/+/secret");
        await PublishAsync(qos, "plant/1/secret", "plant/2/secret", "plant/1/open", "plant/1/secret");
        await ReceiveAsync(reader, "plant/1/open");
        Assert.Equal(3, Dropped);
        await reader.ExpectSilenceAsync();

        await Admin.Access.DeleteAsync(s_root, rule.Id);
        await PublishAsync(qos, "plant/1/secret", "plant/1/open");
        await ReceiveAsync(reader, "plant/1/secret", "plant/1/open");
        Assert.Equal(3, Dropped);
    }

    [Fact]
    public async Task What_is_dropped_is_listed_and_explained()
    {
        TestClient reader = await _broker.ConnectAsync("client=reader clean=1");
        await reader.SubscribeAsync("# qos=0");
        await ForbidAsync("secret/#");
        await PublishAsync(0, "secret/a");
        await reader.ExpectSilenceAsync();

        DropTotalItem dropped = Assert.Single((await Admin.Drops.ListTotalsAsync(s_root, new DropQuery { Reason = DropReason.DeliveryNotAuthorized }, null, 10)).Items);
        Assert.Equal(("reader", "secret/a"), (dropped.ClientId, dropped.Topic));
        DeliveryReport why = await Admin.Deliveries.ExplainAsync(s_root, "reader", "secret/a", offset: null);
        Assert.Equal(DeliveryVerdict.No, why.Steps.Single(step => step.Name == "access").Verdict);
        Assert.Equal(DeliveryVerdict.Yes, (await Admin.Deliveries.ExplainAsync(s_root, "reader", "open", offset: null)).Steps.Single(step => step.Name == "access").Verdict);
    }

    [Fact]
    public async Task What_waited_for_a_client_that_was_away_is_judged_when_it_is_read()
    {
        TestClient reader = await _broker.ConnectAsync("client=reader clean=0 expiry=1000");
        await reader.SubscribeAsync("# qos=2");
        await PublishAsync(1, "secret/in-flight");
        await reader.ReceiveAsync("PUBLISH");
        await reader.DropAsync();
        await PublishAsync(1, "secret/waiting", "open");
        await ForbidAsync("secret/#");

        reader = await _broker.ConnectAsync("client=reader clean=0 expiry=1000");
        await ReceiveAsync(reader, "open");
        Assert.Equal(2, Dropped);
        await reader.ExpectSilenceAsync();
    }

    [Fact]
    public async Task A_shared_groups_messages_go_to_members_who_may_read_them()
    {
        TestClient a = await _broker.ConnectAsync("client=a clean=1 expiry=1000");
        TestClient b = await _broker.ConnectAsync("client=b clean=1 expiry=1000");
        await a.SubscribeAsync("$share/g/# qos=1");
        await b.SubscribeAsync("$share/g/# qos=1");
        await ForbidAsync("for-b", clientId: "a");
        for (int i = 0; i < 4; i++)
        {
            await PublishAsync(i % 2, "for-b");
            await ReceiveAsync(b, "for-b");
        }

        await a.ExpectSilenceAsync();
        Assert.Equal(0, Dropped);

        AccessEntry nobody = await ForbidAsync("for-b");
        await PublishAsync(0, "for-b");
        await PublishAsync(1, "for-b");
        await a.ExpectSilenceAsync();
        await b.ExpectSilenceAsync();
        Assert.Equal(2, Dropped);

        await Admin.Access.DeleteAsync(s_root, nobody.Id);
        await PublishAsync(1, "for-b"); // what nobody might read has not held it up
        await ReceiveAsync(b, "for-b");
    }

    [Fact]
    public async Task Who_leaves_a_group_reads_no_more_what_it_was_let_read()
    {
        await Admin.Users.CreateAsync(s_root, new UserImport("ada", "secret", Groups: ["staff"]));
        await Admin.Access.CreateAsync(s_root, new AccessRule { Effect = AccessEffect.Allow, Topics = ["staff/#"], Group = "staff" });
        await Admin.Access.CreateAsync(s_root, new AccessRule { Effect = AccessEffect.Deny, Actions = [AccessAction.Subscribe], Topics = ["staff/#"] });
        TestClient reader = await _broker.ConnectAsync("client=reader clean=1 username=ada password=secret");
        await reader.SubscribeAsync("staff/# qos=0 open qos=0");
        await PublishAsync(0, "staff/news", "open");
        await ReceiveAsync(reader, "staff/news", "open");

        await Admin.Users.ChangeAsync(s_root, "ada", groups: []);
        await PublishAsync(0, "staff/news", "open");
        await ReceiveAsync(reader, "open");

        await Admin.Users.ChangeAsync(s_root, "ada", groups: ["staff"]);
        await PublishAsync(0, "staff/news");
        await ReceiveAsync(reader, "staff/news");
        Assert.Equal(1, Dropped);
    }

    private ValueTask<AccessEntry> ForbidAsync(string filter, string? clientId = null) =>
        Admin.Access.CreateAsync(s_root, new AccessRule { Effect = AccessEffect.Deny, Actions = [AccessAction.Subscribe], Topics = [filter], ClientId = clientId });

    private async Task PublishAsync(int qos, params string[] topics)
    {
        foreach (string topic in topics)
        {
            await _publisher.SendAsync(qos == 0 ? $"PUBLISH {topic}" : $"PUBLISH {topic} qos={qos} id=1");
            if (qos > 0)
            {
                await _publisher.ReceiveAsync(qos == 1 ? "PUBACK" : "PUBREC");
            }

            if (qos == 2)
            {
                await _publisher.SendAsync("PUBREL id=1");
                await _publisher.ReceiveAsync("PUBCOMP");
            }
        }

        await _publisher.ExpectSilenceAsync();
    }

    private static async Task ReceiveAsync(TestClient reader, params string[] topics)
    {
        List<string> packets = [];
        foreach (string topic in topics)
        {
            packets.Add((await reader.ReceiveAsync("PUBLISH")).ToString());
            Assert.StartsWith($"PUBLISH {topic} ", packets[^1], StringComparison.Ordinal);
        }

        foreach (string packet in packets.Where(packet => packet.Contains(" id=", StringComparison.Ordinal)))
        {
            string id = packet.Split(' ').First(word => word.StartsWith("id=", StringComparison.Ordinal));
            if (!packet.Contains("qos=2", StringComparison.Ordinal))
            {
                await reader.SendAsync($"PUBACK {id}");
                continue;
            }

            await reader.SendAsync($"PUBREC {id}");
            await reader.ReceiveAsync("PUBREL");
            await reader.SendAsync($"PUBCOMP {id}");
        }
    }
}
