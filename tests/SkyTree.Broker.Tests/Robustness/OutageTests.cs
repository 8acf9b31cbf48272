using SkyTree.Broker.Tests.Harness;
using SkyTree.Core;

namespace SkyTree.Broker.Tests.Robustness;

/// <summary>A node that is out of touch with its cluster keeps its clients for a while, without serving their sessions.</summary>
public sealed class OutageTests
{
    private Action<bool> _cut = _ => { };
    private Action<int> _refuse = _ => { };

    [Fact]
    public async Task A_short_one_costs_no_connection_and_delivers_nothing_to_durable_sessions_until_it_ends()
    {
        await using TestBroker broker = await StartAsync();
        TestClient durable = await broker.ConnectAsync("client=durable clean=0 expiry=100");
        await durable.SubscribeAsync("t qos=1");
        TestClient publisher = await broker.ConnectAsync("client=publisher clean=1");

        _cut(true);
        await publisher.SendAsync("PUBLISH t qos=1 id=1 \"x\"");
        await publisher.ReceiveAsync("PUBACK");
        await broker.AdvanceAsync(TimeSpan.FromSeconds(4));
        await durable.ExpectSilenceAsync();
        _cut(false);
        await broker.AdvanceAsync(TimeSpan.FromSeconds(1));

        await durable.ReceiveAsync("PUBLISH");
    }

    [Fact]
    public async Task Who_connects_meanwhile_waits_for_its_end()
    {
        await using TestBroker broker = await StartAsync();
        _cut(true);
        TestClient client = broker.Open();
        await client.SendAsync("CONNECT client=a clean=0");
        Task<Packet> answer = client.ReceiveAsync("CONNACK");
        await broker.AdvanceAsync(TimeSpan.FromSeconds(3));
        Assert.False(answer.IsCompleted);
        _cut(false);
        await broker.AdvanceAsync(TimeSpan.FromSeconds(1));

        Assert.Equal("success", (await answer).Reasons[0]);
    }

    [Fact]
    public async Task A_long_one_sends_durable_clients_away_and_refuses_those_who_connect_while_others_stay()
    {
        await using TestBroker broker = await StartAsync();
        TestClient durable = await broker.ConnectAsync("client=durable clean=0 expiry=100");
        TestClient transient = await broker.ConnectAsync("client=transient clean=1");
        await transient.SubscribeAsync("t qos=0");
        _cut(true);
        TestClient waits = broker.Open();
        await waits.SendAsync("CONNECT client=waits clean=0");
        await broker.AdvanceAsync(TimeSpan.FromSeconds(7));

        Assert.Equal("use-another-server", (await durable.ReceiveAsync("DISCONNECT")).Reasons[0]);
        Assert.Equal("server-unavailable", (await waits.ReceiveAsync("CONNACK")).Reasons[0]);
        TestClient late = broker.Open();
        await late.SendAsync("CONNECT client=late clean=0");
        Assert.Equal("server-unavailable", (await late.ReceiveAsync("CONNACK")).Reasons[0]);
        await transient.SendAsync("PUBLISH t \"x\"");
        await transient.ReceiveAsync("PUBLISH");
    }

    [Fact]
    public async Task What_a_group_must_not_give_a_member_holds_up_nothing_else_of_its()
    {
        await using TestBroker broker = await StartAsync();
        TestClient member = await broker.ConnectAsync("client=member clean=0 expiry=100");
        await member.SubscribeAsync("t qos=2");
        await member.SubscribeAsync("$share/g/t qos=2", id: 2);
        TestClient publisher = await broker.ConnectAsync("client=publisher clean=1");
        _refuse(2);
        await publisher.SendAsync("PUBLISH t qos=1 id=1 \"one\"");
        await publisher.ReceiveAsync("PUBACK");
        await publisher.SendAsync("PUBLISH t qos=2 id=2 \"two\"");
        await publisher.ReceiveAsync("PUBREC");

        // One of its own and one of the group's at most, of each message; its own are never missing.
        List<string> texts = [];
        while (texts.Distinct().Count() < 2)
        {
            Packet packet = await member.ReceiveAsync("PUBLISH");
            texts.Add(packet.Text);
            await member.SendAsync(packet["qos"] == "2" ? $"PUBREC id={packet.Id}" : $"PUBACK id={packet.Id}");
            if (packet["qos"] == "2")
            {
                await member.ReceiveAsync("PUBREL");
                await member.SendAsync($"PUBCOMP id={packet.Id}");
            }
        }
    }

    private Task<TestBroker> StartAsync() => TestBroker.StartAsync(storage: BrokerStorage.InMemory() with
    {
        CreateReplicator = parts =>
        {
            CutReplicator replicator = new(parts);
            _cut = isCut => replicator.IsCut = isCut;
            _refuse = count => replicator.Refusals = count;
            return replicator;
        },
    });
}
