using System.Globalization;
using MySqlConnector;
using SkyTree.Store.Tests.EF;
using SkyTree.Store.Tests.Redis;

namespace SkyTree.Web.Tests.Storage;

/// <summary>A test's stores of messages, each new: in a MariaDB that the run's tests share, in Redis servers and files of its own.</summary>
internal sealed class TestStores(MariaDbServer mariaDb) : IAsyncDisposable
{
    private readonly List<RedisServer> _servers = [];

    /// <summary>Data folders and files.</summary>
    public DataFolders Folders { get; } = new();

    /// <summary>A store that has never held messages.</summary>
    /// <param name="provider">What <c>--store</c> takes.</param>
    public async Task<TestStore> CreateAsync(string provider) => new(provider, provider switch
    {
        "MySql" => await NewDatabaseAsync(),
        "Redis" => await NewServerAsync(),
        "Sqlite" => $"Data Source={Folders[$"{Guid.NewGuid():N}.db"]}",
        _ => "",
    });

    public async ValueTask DisposeAsync()
    {
        foreach (RedisServer server in _servers)
        {
            await server.DisposeAsync();
        }

        Folders.Dispose();
    }

    private async Task<string> NewDatabaseAsync() =>
        new MySqlConnectionStringBuilder(await mariaDb.GetConnectionStringAsync())
        {
            Database = string.Create(CultureInfo.InvariantCulture, $"skytree_{Guid.NewGuid():N}"),
        }.ToString();

    private async Task<string> NewServerAsync()
    {
        RedisServer server = new();
        _servers.Add(server);
        return await server.GetConnectionStringAsync();
    }
}
