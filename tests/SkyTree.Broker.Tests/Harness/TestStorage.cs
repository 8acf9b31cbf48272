using SkyTree.Broker.Tests.Model;
using SkyTree.Core;
using SkyTree.Core.Messages;
using SkyTree.Store.RocksDb;

namespace SkyTree.Broker.Tests.Harness;

/// <summary>
/// Where the tests' brokers keep things: in memory, or, when the environment variable <c>SKYTREE_TEST_STORE</c> is
/// <c>RocksDb</c>, in a folder of their own, so that everything is tested with a disk to wait for, too. With
/// <c>Mirrored</c> every command goes to a replica as well, which must come to the same.
/// </summary>
internal static class TestStorage
{
    private static readonly string? s_store = Environment.GetEnvironmentVariable("SKYTREE_TEST_STORE");

    public static bool IsDurable => s_store is "RocksDb" or "Mirrored";

    public static BrokerStorage Create(StoreOptions options)
    {
        // What a full store does is asked of memory only.
        if (!IsDurable || options.MemoryMegabytes == 0)
        {
            return BrokerStorage.InMemory(options);
        }

        if (s_store == "Mirrored")
        {
            return new BrokerStorage
            {
                Database = new CrashableDatabase(new CrashableDisk()),
                Options = options,
                CreateReplicator = parts => Mirror.Create(parts, options),
            };
        }

        string folder = Directory.CreateTempSubdirectory("skytree-test-").FullName;
        return new BrokerStorage { Database = new RocksDbDatabase(new RocksDbOptions { Folder = folder }), Options = options };
    }
}
