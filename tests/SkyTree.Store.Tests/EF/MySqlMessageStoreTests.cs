using Microsoft.EntityFrameworkCore;
using MySqlConnector;
using SkyTree.Core.Messages;
using SkyTree.Store.EF;
using SkyTree.Store.EF.Data;
using SkyTree.Store.EF.Databases;
using Xunit;

namespace SkyTree.Store.Tests.EF;

public sealed class MySqlMessageStoreTests(MariaDbServer server) : DurableMessageStoreContract
{
    private readonly string _prefix = $"skytree_{Guid.NewGuid():n}"[..20];
    private readonly HashSet<string> _databases = [];

    protected override int Histories => 25;

    protected override async ValueTask<MessageStore> CreateStoreAsync(string place) => new EfMessageStore(await OptionsForAsync(place));

    protected override async ValueTask CleanUpAsync()
    {
        foreach (string database in _databases)
        {
            await ExecuteAsync($"DROP DATABASE IF EXISTS {database}");
        }
    }

    [Fact]
    public async Task A_migration_that_was_killed_between_two_statements_goes_on_at_the_next_start()
    {
        await Store.AppendAsync(Messages(1, 3, "a"));
        string database = $"{_prefix}_main";
        await ExecuteAsync($"DELETE FROM {database}.skytree_migrations");
        await ExecuteAsync($"DROP TABLE {database}.skytree_topics");

        await ReopenStoreAsync(Store, "main");

        await ExecuteAsync($"SELECT id FROM {database}.skytree_topics");
        MessageStore again = await OpenStoreAsync("main");
        Assert.Equal(3, await again.GetLastOffsetAsync());
    }

    [Fact]
    public async Task Two_brokers_that_append_the_same_batches_store_each_message_once()
    {
        MessageStore other = await OpenStoreAsync("main");
        async Task AppendAllAsync(MessageStore store)
        {
            for (int i = 0; i < 50; i++)
            {
                await store.AppendAsync(Messages((i * 20) + 1, (i * 20) + 20, $"t/{i % 3}"));
                await store.GetQueue("t/0").DeleteByOffsetAsync(i * 10);
            }
        }

        await Task.WhenAll(AppendAllAsync(Store), AppendAllAsync(other));

        List<StoredMessage> all = await ReadWholeLogAsync(other);
        Assert.Equal(Enumerable.Range(1, 1_000).Select(i => (long)i).Where(o => (o - 1) / 20 % 3 != 0 || o > 490), Offsets(all));
        Assert.Equal(
            all.CountBy(m => m.Topic).OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => (t.Key, (long)t.Value)),
            (await ListAllTopicsAsync(Store)).Select(t => (t.Topic, t.Count)));
    }

    [Fact]
    public async Task Reads_find_their_place_by_an_index()
    {
        // One long topic: the server may then think that all of it is as near as its end.
        const int count = 50_000;
        await Store.AppendAsync(Messages(1, count, "long"));
        await ExecuteAsync($"ANALYZE TABLE {_prefix}_main.skytree_messages");

        await AssertReadsFewRowsAsync(() => Store.GetQueue("long").ReadByOffsetAsync(count / 2, 5));
        await AssertReadsFewRowsAsync(() => Store.GetQueue("long").ReadByOffsetAsync(count - 20, 5));
        await AssertReadsFewRowsAsync(() => Store.GetQueue("long").GetSummaryAsync());
        await AssertReadsFewRowsAsync(() => Store.ReadLogAsync(count - 20, null, 5));
        await AssertReadsFewRowsAsync(() => Store.FindOffsetAsync(count - 20));
        await AssertReadsFewRowsAsync(() => Store.FindOffsetAsync(count + 99_999));
        await AssertReadsFewRowsAsync(() => Store.GetLastOffsetAsync());
        await AssertReadsFewRowsAsync(async () =>
        {
            await Store.GetQueue("long").DeleteByOffsetAsync(10);
            return 0;
        });
    }

    [Fact]
    public async Task The_migrations_make_the_tables_of_the_model()
    {
        MySqlDatabase database = (MySqlDatabase)StoreDatabase.Create(await OptionsForAsync("main"));
        await database.OpenAsync(CancellationToken.None);
        await using MessagesContext context = database.CreateContext();
        Assert.False(context.Database.HasPendingModelChanges());
    }

    [Fact]
    public async Task The_script_makes_tables_that_a_user_without_the_right_to_make_them_opens()
    {
        EfStoreOptions options = await OptionsForAsync("script");
        string database = $"{_prefix}_script";
        string user = $"u_{Guid.NewGuid():n}"[..20];
        await ExecuteAsync($"CREATE DATABASE {database}");
        for (int i = 0; i < 2; i++)
        {
            await ExecuteAsync($"USE {database}; {EfStoreScript.Create(EfProvider.MySql)}");
        }

        await ExecuteAsync($"CREATE USER '{user}' IDENTIFIED BY 'secret'");
        await ExecuteAsync($"GRANT SELECT, INSERT, UPDATE, DELETE ON {database}.* TO '{user}'");
        MySqlConnectionStringBuilder connection = new(options.ConnectionString) { UserID = user, Password = "secret" };
        await using (EfMessageStore store = new(options with { ConnectionString = connection.ToString() }))
        {
            await store.OpenAsync();
            await store.AppendAsync(Messages(1, 10, "a"));
            await store.GetQueue("a").DeleteByOffsetAsync(5);
            await store.DeleteLogAsync(7);
            Assert.Equal([8, 9, 10], Offsets(await ReadWholeLogAsync(store)));
        }

        // Nor does the script change what is in the tables.
        await ExecuteAsync($"USE {database}; {EfStoreScript.Create(EfProvider.MySql)}");
        await using EfMessageStore again = new(options);
        await again.OpenAsync();
        Assert.Equal(10, await again.GetLastOffsetAsync());
        await ExecuteAsync($"DROP USER '{user}'");
    }

    private async Task<EfStoreOptions> OptionsForAsync(string place)
    {
        string database = $"{_prefix}_{place}";
        _databases.Add(database);
        MySqlConnectionStringBuilder connection = new(await server.GetConnectionStringAsync()) { Database = database };
        return new EfStoreOptions { Provider = EfProvider.MySql, ConnectionString = connection.ToString() };
    }

    /// <summary>The test's server serves nobody else, so its counters tell what a read cost.</summary>
    private async Task AssertReadsFewRowsAsync<T>(Func<ValueTask<T>> read)
    {
        long idle = -await CountRowsReadAsync() + await CountRowsReadAsync();
        long before = await CountRowsReadAsync();
        await read();
        Assert.InRange(await CountRowsReadAsync() - before - idle, 1, 200);
    }

    private async Task<long> CountRowsReadAsync()
    {
        await using MySqlConnection connection = new(await server.GetConnectionStringAsync());
        await connection.OpenAsync();
        await using MySqlCommand command = new("SHOW GLOBAL STATUS WHERE variable_name LIKE 'Handler\\_read%' OR variable_name = 'Handler_icp_attempts'", connection);
        await using MySqlDataReader reader = await command.ExecuteReaderAsync();
        long sum = 0;
        while (await reader.ReadAsync())
        {
            sum += long.Parse(reader.GetString(1), System.Globalization.CultureInfo.InvariantCulture);
        }

        return sum;
    }

    private async Task ExecuteAsync(string sql)
    {
        await using MySqlConnection connection = new(await server.GetConnectionStringAsync());
        await connection.OpenAsync();
        await using MySqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
