using SkyTree.AspNetCore.Configuration;
using SkyTree.Core;
using SkyTree.Core.Messages;
using SkyTree.Core.Messages.Migration;
using SkyTree.Core.Replication;
using SkyTree.Store.EF;
using SkyTree.Store.Redis;
using SkyTree.Store.RocksDb;

namespace SkyTree.AspNetCore.Storage;

/// <summary>Makes the broker's storage out of the options.</summary>
internal static class Storage
{
    /// <summary>The embedded database's folder within the data folder.</summary>
    public const string StateFolder = "state";

    /// <summary>Nothing is opened yet: the broker does so.</summary>
    public static BrokerStorage Create(SkyTreeOptions options, ILoggerFactory loggers)
    {
        StoreSettings store = options.Store;
        if (store.Provider == StoreProvider.Memory)
        {
            return BrokerStorage.InMemory(store) with { Name = nameof(StoreProvider.Memory) };
        }

        return new BrokerStorage
        {
            Database = CreateDatabase(Path.Combine(options.Data, StateFolder), options, loggers),
            External = CreateExternal(options, loggers),
            Name = store.Provider.ToString(),
            Migration = CreateMigration(options, loggers),
            CreateDatabase = folder => CreateDatabase(folder, options, loggers),
            Options = store,
            Folder = Path.GetFullPath(options.Data),
        };
    }

    /// <summary>An embedded database in a folder.</summary>
    public static StateDatabase CreateDatabase(string folder, SkyTreeOptions options, ILoggerFactory loggers) => new RocksDbDatabase(
        new RocksDbOptions { Folder = folder, SalvageDamagedLog = options.Store.SalvageDamagedLog },
        loggers.CreateLogger<RocksDbDatabase>());

    /// <summary>The store beside the embedded database; null: there is none.</summary>
    public static MessageStore? CreateExternal(SkyTreeOptions options, ILoggerFactory loggers) =>
        CreateStore("SkyTree:Store", options.Store.Provider, options.Store.ConnectionString, options, loggers);

    private static StoreMigration? CreateMigration(SkyTreeOptions options, ILoggerFactory loggers) =>
        options.Store.MigrateFrom is { Provider: { } from, ConnectionString: string connection }
            ? new StoreMigration(from.ToString(), CreateStore("SkyTree:Store:MigrateFrom", from, connection, options, loggers))
            : null;

    private static MessageStore? CreateStore(string section, StoreProvider provider, string connection, SkyTreeOptions options, ILoggerFactory loggers)
    {
        try
        {
            return provider switch
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
            throw new StartUpException([$"{section}:Connection: is not a connection string of {provider}: {exception.Message.ReplaceLineEndings(" ")}"]);
        }
    }
}
