using SkyTree.Core.Messages;
using SkyTree.Store.Redis;
using SkyTree.Tests;
using StackExchange.Redis;
using Xunit;

namespace SkyTree.Store.Tests.Redis;

public sealed class RedisClusterTests
{
    [Fact]
    public async Task In_Redis_Cluster_every_operation_finds_its_keys_together()
    {
        await using RedisServer server = new() { Settings = ["--cluster-enabled", "yes", "--cluster-port", $"{FreePort.Find()}"] };
        string address = await server.GetConnectionStringAsync();
        await FormClusterAsync(address);
        LogLines log = new();
        await using RedisMessageStore store = new(new RedisStoreOptions { ConnectionString = address }, log);
        await store.OpenAsync();

        await store.AppendAsync([.. Enumerable.Range(1, 1_500).Select(i => new StoredMessage { Offset = i, Topic = $"t/{i % 5}", TimestampMs = i })]);
        await store.GetQueue("t/1").DeleteByOffsetAsync(1_000);
        await store.DeleteLogAsync(500);

        Assert.Empty(log.Warnings);
        Assert.Equal(1_500, await store.GetLastOffsetAsync());
        Assert.Equal(502, await store.FindOffsetAsync(501));
        Assert.Equal([1_001L, 1_006L], (await store.GetQueue("t/1").ReadByOffsetAsync(0, 2)).Select(m => m.Offset));
        Assert.Equal([502L, 503L], (await store.ReadLogAsync(501, t => t != "t/0", 2)).Messages.Select(m => m.Offset));
        Assert.Equal(5, (await store.ListTopicsAsync(null, null, 10)).Count);
    }

    /// <summary>A cluster of one node with every slot: it insists on hash tags like a larger one.</summary>
    private static async Task FormClusterAsync(string address)
    {
        await using ConnectionMultiplexer redis = await ConnectionMultiplexer.ConnectAsync($"{address},allowAdmin=true");
        IServer node = redis.GetServers()[0];
        await node.ExecuteAsync("CLUSTER", "ADDSLOTSRANGE", 0, 16_383);
        using CancellationTokenSource deadline = new(TimeSpan.FromMinutes(1));
        while (!(await node.ExecuteAsync("CLUSTER", "INFO")).ToString()!.Contains("cluster_state:ok", StringComparison.Ordinal))
        {
            await Task.Delay(5, deadline.Token);
        }
    }
}
