using Xunit;

namespace SkyTree.Web.Tests.Storage;

/// <summary>Stores that a node of a cluster cannot have, each with its reason in one line.</summary>
public class ClusterStoreTests
{
    private static readonly string[] s_node =
    [
        "--mqtt-port", "0", "--http-port", "0", "--Logging:LogLevel:Default=None",
        "--SkyTree:Cluster:Enabled=true", "--SkyTree:Cluster:Start=Found", "--SkyTree:Cluster:Address=127.0.0.1",
        "--SkyTree:Cluster:Secret=a secret of these tests",
    ];

    [Theory]
    [InlineData("Sqlite", "Sqlite is a file, which several machines cannot write")]
    [InlineData("Memory", "Memory keeps nothing that another node could go on from")]
    public async Task A_store_of_one_process_is_refused_with_the_reason(string store, string reason)
    {
        using DataFolders folders = new();
        string line = await Program.FailAsync(["--data", folders["data"], "--store", store, .. s_node]);
        Assert.Contains($"SkyTree:Store:Provider: {reason}", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cluster_moves_no_messages_to_another_store()
    {
        using DataFolders folders = new();
        string data = folders["data"];
        string[] database = ["--data", data, "--store", "MySql", "--store-connection", "Server=127.0.0.1;Port=1;User=skytree;Database=skytree"];
        string asked = await Program.FailAsync([.. database, "--SkyTree:Store:MigrateFrom:Provider=RocksDb", .. s_node]);
        Assert.Contains("SkyTree:Store:MigrateFrom: a cluster does not move messages", asked, StringComparison.Ordinal);

        await using (Broker broker = Broker.Start(data))
        {
            await Client.SubscribeAsync(broker.Port, "reader", "t/#");
            await broker.StopAsync();
        }

        string found = await Program.FailAsync([.. database, .. s_node]);
        Assert.Contains("The messages of this folder are in RocksDb, and a cluster does not move messages from one store to another.", found, StringComparison.Ordinal);
    }
}
