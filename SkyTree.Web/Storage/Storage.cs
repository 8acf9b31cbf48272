using SkyTree.Core;
using SkyTree.Core.Messages;
using SkyTree.Store.EF;
using SkyTree.Store.Redis;
using SkyTree.Store.RocksDb;
using SkyTree.Web.Configuration;

namespace SkyTree.Web.Storage;

/// <summary>Makes the broker's storage out of the options.</summary>
internal static class Storage
{
    /// <summary>Nothing is opened yet: the broker does so.</summary>
    public static BrokerStorage Create(SkyTreeOptions options, ILoggerFactory loggers)
    {
        StoreSettings store = options.Store;
        if (store.Provider == StoreProvider.Memory)
        {
            return BrokerStorage.InMemory(store);
        }

        string folder = Path.Combine(options.Data, "state");
        return new BrokerStorage
        {
            Database = new RocksDbDatabase(
                new RocksDbOptions { Folder = folder, SalvageDamagedLog = store.SalvageDamagedLog },
                loggers.CreateLogger<RocksDbDatabase>()),
            External = CreateExternal(options, loggers),
            Options = store,
            Folder = Path.GetFullPath(options.Data),
        };
    }

    private static MessageStore? CreateExternal(SkyTreeOptions options, ILoggerFactory loggers)
    {
        StoreSettings store = options.Store;
        string connection = store.ConnectionString;
        try
        {
            return store.Provider switch
            {
                StoreProvider.MySql => new EfMessageStore(new EfStoreOptions { Provider = EfProvider.MySql, ConnectionString = connection }),
                StoreProvider.Sqlite => new EfMessageStore(new EfStoreOptions
                {
                    Provider = EfProvider.Sqlite,
                    ConnectionString = connection.Length > 0 ? connection : $"Data Source={Path.Combine(options.Data, "messages.db")}",
                }),
                StoreProvider.Redis => new RedisMessageStore(new RedisStoreOptions { ConnectionString = connection }, loggers.CreateLogger<RedisMessageStore>()),
                _ => null,
            };
        }
        catch (ArgumentException exception)
        {
            // Of the connection string itself nothing is shown: it may hold a password.
            throw new StartUpException([$"SkyTree:Store:Connection: is not a connection string of {store.Provider}: {exception.Message.ReplaceLineEndings(" ")}"]);
        }
    }
}
