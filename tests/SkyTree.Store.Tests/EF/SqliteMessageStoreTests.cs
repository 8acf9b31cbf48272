using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SkyTree.Core.Messages;
using SkyTree.Store.EF;
using SkyTree.Store.EF.Data;
using SkyTree.Store.EF.Databases;
using Xunit;

namespace SkyTree.Store.Tests.EF;

public sealed class SqliteMessageStoreTests : DurableMessageStoreContract
{
    private readonly string _directory = Directory.CreateTempSubdirectory("skytree-sqlite-").FullName;

    protected override int Histories => 60;

    protected override ValueTask<MessageStore> CreateStoreAsync(string place) => new(new EfMessageStore(OptionsFor(place)));

    protected override ValueTask CleanUpAsync()
    {
        Directory.Delete(_directory, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Commits_go_to_a_write_ahead_log_and_are_flushed()
    {
        SqliteDatabase database = (SqliteDatabase)StoreDatabase.Create(OptionsFor("main"));
        await using MessagesContext context = database.CreateContext();

        Assert.Equal("wal", (await context.Database.SqlQueryRaw<string>("PRAGMA journal_mode").ToListAsync()).Single());
        Assert.Equal(2, (await context.Database.SqlQueryRaw<long>("PRAGMA synchronous").ToListAsync()).Single());
    }

    [Fact]
    public async Task A_migration_that_was_killed_does_not_block_the_next_start()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf("killed"))!);
        await using (SqliteConnection connection = new($"Data Source={PathOf("killed")};Pooling=False"))
        {
            await connection.OpenAsync();
            await using SqliteCommand command = connection.CreateCommand();
            command.CommandText =
                "CREATE TABLE \"__EFMigrationsLock\" (\"Id\" INTEGER NOT NULL PRIMARY KEY, \"Timestamp\" TEXT NOT NULL);"
                + "INSERT INTO \"__EFMigrationsLock\" VALUES (1, '2026-01-01 00:00:00')";
            await command.ExecuteNonQueryAsync();
        }

        MessageStore store = await OpenStoreAsync("killed").WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(0, await store.GetLastOffsetAsync());
    }

    [Theory]
    [InlineData("Data Source=:memory:")]
    [InlineData("Data Source=shared;Mode=Memory;Cache=Shared")]
    [InlineData("Data Source=")]
    [InlineData("file.db")]
    [InlineData("")]
    public void A_connection_string_that_names_no_file_is_refused(string connectionString) =>
        Assert.ThrowsAny<ArgumentException>(() => new EfMessageStore(new EfStoreOptions { Provider = EfProvider.Sqlite, ConnectionString = connectionString }));

    [Fact]
    public async Task A_registered_store_is_the_applications_store()
    {
        ServiceCollection services = new();
        services.AddEfMessageStore(OptionsFor("registered"));
        await using ServiceProvider provider = services.BuildServiceProvider();

        MessageStore store = provider.GetRequiredService<MessageStore>();
        await store.OpenAsync();

        Assert.Same(store, provider.GetRequiredService<MessageStore>());
        Assert.True(File.Exists(PathOf("registered")));
        Assert.ThrowsAny<ArgumentException>(() => services.AddEfMessageStore(new EfStoreOptions { Provider = EfProvider.MySql, ConnectionString = "nonsense" }));
    }

    [Fact]
    public void The_migrations_make_the_tables_of_the_model()
    {
        using MessagesContext context = StoreDatabase.Create(OptionsFor("main")).CreateContext();
        Assert.False(context.Database.HasPendingModelChanges());
    }

    [Fact]
    public async Task The_script_makes_the_tables()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf("script"))!);
        async Task RunAsync(string sql)
        {
            await using SqliteConnection connection = new($"Data Source={PathOf("script")};Pooling=False");
            await connection.OpenAsync();
            await using SqliteCommand command = connection.CreateCommand();
            command.CommandText = sql;
            await command.ExecuteNonQueryAsync();
        }

        await RunAsync(EfStoreScript.Create(EfProvider.Sqlite));
        await RunAsync(EfStoreScript.Create(EfProvider.Sqlite));

        // A migration would drop this, so it shows that none ran.
        await RunAsync("CREATE TABLE \"__EFMigrationsLock\" (x)");
        MessageStore store = await OpenStoreAsync("script");
        await RunAsync("SELECT x FROM \"__EFMigrationsLock\"");
        await store.AppendAsync(Messages(1, 3, "a"));
        await RunAsync(EfStoreScript.Create(EfProvider.Sqlite));
        Assert.Equal([1, 2, 3], Offsets(await ReadWholeLogAsync(store)));
        Assert.Equal(3, await store.GetLastOffsetAsync());
    }

    private string PathOf(string place) => Path.Combine(_directory, "data", $"{place}.db");

    private EfStoreOptions OptionsFor(string place) => new() { Provider = EfProvider.Sqlite, ConnectionString = $"Data Source={PathOf(place)}" };
}
