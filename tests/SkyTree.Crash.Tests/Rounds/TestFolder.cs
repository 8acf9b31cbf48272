using SkyTree.Crash.Tests.Processes;
using Xunit;

namespace SkyTree.Crash.Tests.Rounds;

/// <summary>
/// The folder of one test: a broker's data, its log, and its database server if the store needs one. Kept when the test
/// failed.
/// </summary>
internal sealed class TestFolder : IAsyncDisposable
{
    private TestFolder(StoreKind store)
    {
        Path = Directory.CreateTempSubdirectory($"skytree-crash-{store}-").FullName;
        string server = System.IO.Path.Combine(Path, "database");
        Database = store switch
        {
            StoreKind.MySql => new MariaDb(server),
            StoreKind.Redis => new Redis(server),
            _ => null,
        };
        string[] connection = Database is null ? [] : ["--store-connection", Database.ConnectionString];
        string[] arguments = ["--store", store.ToString(), .. connection];
        Broker = new BrokerHost(Path, arguments) { OnCrash = message => Crashed?.Invoke(message) };
    }

    public string Path { get; }

    public BrokerHost Broker { get; }

    /// <summary>The database server, or null if the store needs none.</summary>
    public DatabaseServer? Database { get; }

    /// <summary>Is told when the broker ended by itself.</summary>
    public event Action<string>? Crashed;

    /// <summary>Set when everything was right, so that nobody needs the folder any more.</summary>
    public bool IsDone { get; set; }

    /// <summary>Makes the folder, and starts the database server in it if there is one. The broker is not started.</summary>
    public static async Task<TestFolder> CreateAsync(StoreKind store)
    {
        TestFolder folder = new(store);
        if (folder.Database is not null)
        {
            await folder.Database.StartAsync();
        }

        return folder;
    }

    /// <summary>Where to look further, for the message of a failure.</summary>
    public string Describe() => $"The folder {Path} is kept. The end of the broker's log:\n{LogTail.Of(Broker.Log)}"
        + (Database is null ? "" : $"\nThe end of the database's log:\n{LogTail.Of(Database.Log)}");

    public async ValueTask DisposeAsync()
    {
        await Broker.DisposeAsync();
        if (Database is not null)
        {
            await Database.DisposeAsync();
        }

        if (IsDone)
        {
            Directory.Delete(Path, recursive: true);
        }
    }
}
