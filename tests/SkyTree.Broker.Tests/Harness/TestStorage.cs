using SkyTree.Core;
using SkyTree.Core.Messages;
using SkyTree.Store.RocksDb;

namespace SkyTree.Broker.Tests.Harness;

/// <summary>
/// Where the tests' brokers keep things: in memory, or, when the environment variable <c>SKYTREE_TEST_STORE</c> is
/// <c>RocksDb</c>, in a folder of their own, so that everything is tested with a disk to wait for, too.
/// </summary>
internal static class TestStorage
{
    public static bool IsDurable { get; } = Environment.GetEnvironmentVariable("SKYTREE_TEST_STORE") == "RocksDb";

    public static BrokerStorage Create(StoreOptions options)
    {
        // What a full store does is asked of memory only.
        if (!IsDurable || options.MemoryMegabytes == 0)
        {
            return BrokerStorage.InMemory(options);
        }

        string folder = Directory.CreateTempSubdirectory("skytree-test-").FullName;
        return new BrokerStorage { Database = new RocksDbDatabase(new RocksDbOptions { Folder = folder }), Options = options };
    }
}
