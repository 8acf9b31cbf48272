using SkyTree.Broker.Tests.Harness;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Attention;

namespace SkyTree.Broker.Tests.Admin;

/// <summary>What needs attention, on this node and on others.</summary>
public sealed class AttentionTests
{
    [Fact]
    public async Task A_broker_that_is_well_has_nothing_to_say()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        Assert.Empty((await broker.Broker.Admin.Attention.ListAsync(Callers.Viewer)).Items);
    }

    [Fact]
    public async Task A_backend_without_a_verdict_is_told_of_until_it_has_one_again()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        broker.Authenticator.Users["somebody"] = "word";
        await AskAsync(broker, "unavailable");
        Assert.Equal(["backend_failing"], await CodesAsync(broker));
        await broker.ConnectAsync("client=b username=somebody password=word");
        Assert.Empty(await CodesAsync(broker));

        await AskAsync(broker, "unavailable");
        Assert.Equal(["backend_failing"], await CodesAsync(broker));
        await broker.AdvanceAsync(TimeSpan.FromMinutes(6));
        Assert.Empty(await CodesAsync(broker)); // nobody has asked since
    }

    [Fact]
    public async Task What_another_node_says_of_itself_is_told_with_its_name_the_worst_first()
    {
        await using TwinNodes nodes = await TwinNodes.StartAsync();
        nodes.First.Broker.Admin.Attention.AddNodeSource(() => [new Concern("mild", ConcernSeverity.Warning, "x")]);
        nodes.Second.Broker.Admin.Attention.AddNodeSource(() => [new Concern("bad", ConcernSeverity.Critical, "y") { Subject = "z" }]);
        nodes.First.Broker.Admin.Attention.AddClusterSource(_ => Task.FromResult<IReadOnlyList<Concern>>([new Concern("all", ConcernSeverity.Critical, "z")]));
        Page<Concern> page = await nodes.First.Broker.Admin.Attention.ListAsync(Callers.Viewer);
        Assert.Equal([("all", Guid.Empty), ("bad", nodes.SecondId), ("mild", nodes.FirstId)], page.Items.Select(concern => (concern.Code, concern.Node)));
        Assert.Equal("z", page.Items[1].Subject);

        nodes.IsLinked = false;
        page = await nodes.First.Broker.Admin.Attention.ListAsync(Callers.Viewer);
        Assert.Equal(["all", "mild"], page.Items.Select(concern => concern.Code));
        Assert.Equal([nodes.SecondId], page.Unavailable);
    }

    private static async Task AskAsync(TestBroker broker, string user)
    {
        TestClient client = broker.Open();
        await client.SendAsync($"CONNECT client=a username={user} password=x");
        await client.ReceiveAsync("CONNACK");
    }

    private static async Task<List<string>> CodesAsync(TestBroker broker) => [.. (await broker.Broker.Admin.Attention.ListAsync(Callers.Viewer)).Items.Select(concern => concern.Code)];
}
