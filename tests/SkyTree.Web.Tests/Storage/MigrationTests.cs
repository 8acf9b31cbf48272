using System.Globalization;
using SkyTree.Store.Tests.EF;
using Xunit;

namespace SkyTree.Web.Tests.Storage;

public class MigrationTests(MariaDbServer mariaDb)
{
    [Fact]
    public async Task Messages_go_to_another_store_and_back_while_their_reader_is_away()
    {
        using DataFolders folders = new();
        string data = folders["data"];
        string sqlite = $"Data Source={folders["messages.db"]}";
        await using (Broker broker = Broker.Start(data))
        {
            await Client.SubscribeAsync(broker.Port, "reader", "t/#");
            await PublishAsync(broker, 1, 300);
            await broker.StopAsync();
        }

        Assert.Equal("300 messages moved from RocksDb to Sqlite; RocksDb is no longer needed", await Program.RunAsync("migrate", "--from", "RocksDb", "--to", "Sqlite", "--to-connection", sqlite, "--data", data));
        await using (Broker broker = Broker.Start(data, "--store", "Sqlite", "--store-connection", sqlite))
        {
            await PublishAsync(broker, 301, 300);
            await broker.StopAsync();
        }

        // What SQLite did not have yet when the broker stopped never left the folder.
        Assert.Matches("^[0-9]+ messages moved from Sqlite to RocksDb; Sqlite is no longer needed$", await Program.RunAsync("migrate", "--from", "Sqlite", "--from-connection", sqlite, "--to", "RocksDb", "--data", data));
        await using (Broker broker = Broker.Start(data))
        {
            await PublishAsync(broker, 601, 100);
            await AssertReadsAsync(broker, 700);
        }
    }

    [Theory]
    [InlineData("RocksDb", "Sqlite")]
    [InlineData("Sqlite", "RocksDb")]
    [InlineData("Sqlite", "Sqlite")]
    [InlineData("RocksDb", "MySql")]
    [InlineData("MySql", "Redis")]
    [InlineData("Redis", "RocksDb")]
    public async Task While_messages_move_the_broker_serves_and_a_kill_in_the_middle_loses_and_repeats_nothing(string from, string to)
    {
        const int Stored = 12_000;
        await using TestStores stores = new(mariaDb);
        string data = stores.Folders["data"];
        TestStore old = await stores.CreateAsync(from);
        TestStore target = await stores.CreateAsync(to);
        string[] both = [.. target.Options, .. old.OldOptions];
        await using (Broker broker = Broker.Start(data, old.Options))
        {
            await Client.SubscribeAsync(broker.Port, "reader", "t/#");
            await Client.SubscribeAsync(broker.Port, "load", "load/#");
            await PublishAsync(broker, 1, Stored);
            await broker.StopAsync();
        }

        int[] acknowledged = new int[3];
        for (int kill = 0; kill < 3; kill++)
        {
            await using Broker broker = Broker.Start(data, both);
            Publishers publishers = Publishers.Start(broker.Port, acknowledged.Length, "load", acknowledged);
            await publishers.WaitForAsync(3 + (10 * kill));
            await broker.DisposeAsync(); // kill -9
            acknowledged = await publishers.StopAsync();
        }

        await using (Broker broker = Broker.Start(data, both))
        {
            await broker.WaitForLogAsync("have moved from " + from);
            await AssertReadsAsync(broker, Stored);
            List<string> load = await Client.TakePendingAsync(broker.Port, "load", "load/0");
            for (int i = 0; i < acknowledged.Length; i++)
            {
                // The one that was under way at a kill may be stored though nobody was told, and come again.
                int[] numbers = [.. load.Where(m => m.StartsWith($"{i}:", StringComparison.Ordinal)).Select(m => int.Parse(m.Split(':')[1], CultureInfo.InvariantCulture)).Distinct()];
                Assert.Equal(Enumerable.Range(1, numbers.Length), numbers);
                Assert.InRange(numbers.Length, acknowledged[i], acknowledged[i] + 1);
            }

            await broker.StopAsync();
        }

        // The old store is no longer needed.
        await using (Broker broker = Broker.Start(data, target.Options))
        {
            await PublishAsync(broker, Stored + 1, 10);
            List<string> pending = await Client.TakePendingAsync(broker.Port, "reader", "t/0");
            Assert.Equal(Enumerable.Range(Stored + 1, 10).Select(n => n.ToString(CultureInfo.InvariantCulture)), pending.TakeLast(10).Order());
        }
    }

    [Fact]
    public async Task From_store_to_store_every_message_keeps_its_offset_and_every_session_its_place_while_publishing_goes_on()
    {
        const string Keep = "--SkyTree:Store:Retention:0:Filter=kept/#";
        await using TestStores stores = new(mariaDb);
        string data = stores.Folders["data"];
        TestStore? old = null;
        int[] acknowledged = new int[2];
        List<string> read = [];
        Delivery[] log = [];
        foreach (string provider in new[] { "RocksDb", "MySql", "Redis", "RocksDb" })
        {
            TestStore store = await stores.CreateAsync(provider);
            await using Broker broker = Broker.Start(data, [.. store.Options, .. old?.OldOptions ?? [], Keep]);
            if (old is null)
            {
                await Client.SubscribeAsync(broker.Port, "reader", "kept/#");
                await using Client client = await Client.ConnectAsync(broker.Port, "keeper");
                await client.PublishAsync("state/1", "on", retain: true);
            }

            Publishers publishers = Publishers.Start(broker.Port, acknowledged.Length, "kept", acknowledged);
            await publishers.WaitForAsync(50);
            if (old is not null)
            {
                await broker.WaitForLogAsync($"have moved from {old.Provider} to {provider}");
            }

            await using (Client reader = await Client.ConnectAsync(broker.Port, "reader"))
            {
                await reader.UntilAsync(deliveries => deliveries.Count >= 80);
                await reader.DisposeAsync();
                read.AddRange(reader.Received);
            }

            await publishers.WaitForAsync(50);
            acknowledged = await publishers.StopAsync();
            Delivery[] now = await ReadLogAsync(broker, provider);
            Assert.Equal(log, now.Take(log.Length));
            Assert.All(now.Skip(1).Zip(now), pair => Assert.True(pair.First.Offset > pair.Second.Offset));
            log = now;
            await using Client late = await Client.ReplayAsync(broker.Port, "late", "earliest", "state/#");
            await late.UntilAsync(deliveries => deliveries.Count > 0);
            Assert.True(Assert.Single(late.Deliveries).Retain);
            await broker.StopAsync();
            old = store;
        }

        await using Broker last = Broker.Start(data, [.. old!.Options, Keep]);
        read.AddRange(await Client.TakePendingAsync(last.Port, "reader", "kept/0"));
        for (int i = 0; i < acknowledged.Length; i++)
        {
            IEnumerable<string> all = Enumerable.Range(1, acknowledged[i]).Select(n => string.Create(CultureInfo.InvariantCulture, $"{i}:{n}"));
            string prefix = $"{i}:";
            Assert.Equal(all, log.Select(d => d.Payload).Where(m => m.StartsWith(prefix, StringComparison.Ordinal)));

            // What was on its way when the reader left may come again.
            Assert.Equal(all, read.Where(m => m.StartsWith(prefix, StringComparison.Ordinal)).Distinct());
        }
    }

    [Fact]
    public async Task A_reader_gets_everything_in_order_while_messages_move()
    {
        const int Stored = 12_000;
        using DataFolders folders = new();
        string data = folders["data"];
        string[] old = Options("--store", "Sqlite", folders["old.db"]);
        await using (Broker broker = Broker.Start(data, old))
        {
            await Client.SubscribeAsync(broker.Port, "reader", "t/#");
            await PublishAsync(broker, 1, Stored);
            await broker.StopAsync();
        }

        await using Broker moving = Broker.Start(data, [.. Options("--store", "Sqlite", folders["new.db"]), .. Options("--migrate-from", "Sqlite", folders["old.db"])]);
        Task publishing = PublishAsync(moving, Stored + 1, 1000);
        await AssertReadsAsync(moving, Stored, publishing);
        await moving.WaitForLogAsync("have moved from Sqlite to Sqlite");
    }

    [Fact]
    public async Task A_broker_does_not_start_with_a_store_that_lacks_its_messages()
    {
        using DataFolders folders = new();
        string data = folders["data"];
        await using (Broker broker = Broker.Start(data, "--store", "Sqlite"))
        {
            await Client.SubscribeAsync(broker.Port, "reader", "t/#");
            await PublishAsync(broker, 1, 10);
            await broker.StopAsync();
        }

        string line = await Program.FailAsync("--mqtt-port", "0", "--http-port", "0", "--data", data, "--SkyTree:Store:Provider=RocksDb", "--Logging:LogLevel:Default=None");
        Assert.Equal("The broker cannot start: The messages of this folder are in Sqlite, not in RocksDb. Use that store, or migrate from it.", line);
        await using Broker again = Broker.Start(data, "--store", "Sqlite");
        await AssertReadsAsync(again, 10);
    }

    [Theory]
    [InlineData("MySql", "Server=127.0.0.1;Port=1;User=skytree;Password=secret;Database=skytree")]
    [InlineData("Redis", "127.0.0.1:1,password=secret")]
    [InlineData("Sqlite", "Data Source=/proc/no/messages.db")]
    public async Task A_database_that_must_answer_at_the_start_and_does_not_is_one_clear_line(string provider, string connection)
    {
        await using TestStores stores = new(mariaDb);
        TestStore away = new(provider, connection);
        string held = stores.Folders["data"];
        await using (Broker broker = Broker.Start(held))
        {
            await Client.SubscribeAsync(broker.Port, "reader", "t/#");
            await PublishAsync(broker, 1, 10);
            await broker.StopAsync();
        }

        // A new folder may be one for a database that has messages; of the other two the messages would leave.
        foreach (string[] arguments in new[] { (string[])["--data", stores.Folders["other"], .. away.Options], ["--data", held, .. away.Options], ["--data", stores.Folders["third"], "--store", "RocksDb", .. away.OldOptions] })
        {
            string line = await Program.FailAsync(["--mqtt-port", "0", "--http-port", "0", "--Logging:LogLevel:Default=None", .. arguments]);
            Assert.StartsWith("The broker cannot start: " + provider, line, StringComparison.Ordinal);
            Assert.DoesNotContain("secret", line, StringComparison.Ordinal);
        }

        await using Broker again = Broker.Start(held);
        await AssertReadsAsync(again, 10);
    }

    [Fact]
    public async Task A_move_that_was_begun_can_be_given_up()
    {
        using DataFolders folders = new();
        string data = folders["data"];
        string[] old = Options("--store", "Sqlite", folders["old.db"]);
        await using (Broker broker = Broker.Start(data, old))
        {
            await Client.SubscribeAsync(broker.Port, "reader", "t/#");
            await PublishAsync(broker, 1, 12_000);
            await broker.StopAsync();
        }

        bool stillMoving;
        await using (Broker broker = Broker.Start(data, ["--store", "RocksDb", .. Options("--migrate-from", "Sqlite", folders["old.db"])]))
        {
            await broker.DisposeAsync();
            await using BrokerProcess refused = BrokerProcess.Start(["--mqtt-port", "0", "--http-port", "0", "--data", data, "--store", "RocksDb"]);
            try
            {
                refused.WaitUntilReady();
                stillMoving = false;
            }
            catch (TimeoutException)
            {
                stillMoving = true; // it ended: the new store alone does not have everything
            }
        }

        // On a fast machine the messages have all moved before the kill: then they are where they were to go.
        await using Broker back = Broker.Start(data, stillMoving ? old : ["--store", "RocksDb"]);
        await AssertReadsAsync(back, 12_000);
    }

    [Fact]
    public async Task What_cannot_be_done_is_one_clear_line()
    {
        using DataFolders folders = new();
        string data = folders["data"];
        Assert.Equal("migrate: say from which store: --from NAME", await Program.FailAsync("migrate", "--to", "Sqlite", "--data", data));
        Assert.Equal("SkyTree:Store:MigrateFrom:Provider: messages are to move from RocksDb to itself", await Program.FailAsync("migrate", "--from", "RocksDb", "--to", "RocksDb", "--data", data));
        Assert.Equal($"SkyTree:Data: '{data}' is no broker's data folder", await Program.FailAsync("migrate", "--from", "RocksDb", "--to", "Sqlite", "--data", data));
        Assert.StartsWith(
            "SkyTree:Store:MigrateFrom:Provider: what is in Memory is gone", await Program.FailAsync("migrate", "--from", "Memory", "--to", "Sqlite", "--data", data), StringComparison.Ordinal);
        await using (Broker broker = Broker.Start(data))
        {
            string busy = await Program.FailAsync("migrate", "--from", "RocksDb", "--to", "Sqlite", "--data", data);
            Assert.Contains("in use by another process", busy, StringComparison.Ordinal);
            await broker.StopAsync();
        }

        Assert.Equal(
            "migrate: The messages of this folder are in RocksDb, not in Sqlite. Use that store, or migrate from it.",
            await Program.FailAsync("migrate", "--from", "Sqlite", "--to", "RocksDb", "--data", data));
    }

    /// <summary>All that is stored below <c>kept</c>, with offsets and times.</summary>
    private static async Task<Delivery[]> ReadLogAsync(Broker broker, string marker)
    {
        marker += Guid.NewGuid();
        await using Client client = await Client.ReplayAsync(broker.Port, "log" + marker, "earliest", "kept/#");
        await client.PublishAsync("kept/end", marker);
        await client.UntilAsync(deliveries => deliveries.Any(d => d.Payload == marker));
        return [.. client.Deliveries];
    }

    private static string[] Options(string flag, string store, string file) =>
        store == "Sqlite" ? [flag, store, flag == "--store" ? "--store-connection" : "--migrate-from-connection", $"Data Source={file}"] : [flag, store];

    /// <summary>Numbered messages to ten topics; the reader gets each topic's in order.</summary>
    private static async Task PublishAsync(Broker broker, int first, int count)
    {
        await using Client publisher = await Client.ConnectAsync(broker.Port, "publisher");
        await publisher.PublishManyAsync("t/0", first, count);
    }

    private static async Task AssertReadsAsync(Broker broker, int count, Task? meanwhile = null)
    {
        List<string> pending = await Client.TakePendingAsync(broker.Port, "reader", "t/0");
        await (meanwhile ?? Task.CompletedTask);
        int[] numbers = [.. pending.Select(m => int.Parse(m, CultureInfo.InvariantCulture)).Distinct()];
        Assert.InRange(numbers.Length, count, int.MaxValue);
        Assert.Equal(Enumerable.Range(1, count), numbers.Take(count).Order());
    }
}
