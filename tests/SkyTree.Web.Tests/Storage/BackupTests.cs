using System.Globalization;
using System.Net.Sockets;
using SkyTree.AspNetCore.Configuration;
using SkyTree.Store.Tests.EF;
using SkyTree.Web.Commands;
using Xunit;

namespace SkyTree.Web.Tests.Storage;

public class BackupTests(MariaDbServer mariaDb)
{
    [Theory]
    [InlineData("RocksDb", "RocksDb")]
    [InlineData("RocksDb", "Sqlite")]
    [InlineData("Sqlite", "Sqlite")]
    [InlineData("Sqlite", "RocksDb")]
    [InlineData("MySql", "MySql")]
    [InlineData("Redis", "Redis")]
    [InlineData("RocksDb", "MySql")]
    [InlineData("MySql", "Redis")]
    [InlineData("Redis", "RocksDb")]
    public async Task A_backup_of_a_running_broker_has_all_that_was_acknowledged_before_and_sessions_go_on_from_it(string from, string to)
    {
        await using TestStores stores = new(mariaDb);
        DataFolders folders = stores.Folders;
        TestStore source = await stores.CreateAsync(from);
        TestStore target = await stores.CreateAsync(to);
        int[] before;
        await using (Broker broker = Broker.Start(folders["data"], source.Options))
        {
            await Client.SubscribeAsync(broker.Port, "reader", "load/#");
            await using (Client client = await Client.ConnectAsync(broker.Port, "keeper"))
            {
                await client.PublishAsync("state/1", "on", retain: true);
            }

            Publishers publishers = Publishers.Start(broker.Port, 4, "load");
            await publishers.WaitForAsync(100);
            before = publishers.Acknowledged;
            string said = await Program.RunAsync(["backup", folders["file"], "--data", folders["data"], .. source.Options]);
            Assert.Contains(" 6 sessions, ", said, StringComparison.Ordinal); // the publishers' are durable, too
            await publishers.WaitForAsync(10);
            await publishers.StopAsync();
            Assert.Empty(Directory.GetDirectories(folders["data"], ".backup-*"));
        }

        await Program.RunAsync(["restore", folders["file"], "--data", folders["other"], .. target.Options]);
        Assert.Empty(Directory.GetDirectories(folders["other"], ".restore*"));
        await using (Broker broker = Broker.Start(folders["other"], target.Options))
        {
            List<string> pending = await Client.TakePendingAsync(broker.Port, "reader", "load/0");
            for (int i = 0; i < before.Length; i++)
            {
                string prefix = $"{i}:";
                int[] numbers = [.. pending.Where(m => m.StartsWith(prefix, StringComparison.Ordinal)).Select(m => int.Parse(m[prefix.Length..], CultureInfo.InvariantCulture))];
                Assert.Equal(Enumerable.Range(1, numbers.Length), numbers);
                Assert.InRange(numbers.Length, before[i], int.MaxValue);
            }

            await using Client client = await Client.ReplayAsync(broker.Port, "late", "earliest", "state/#");
            await client.UntilAsync(deliveries => deliveries.Count > 0);
            Assert.Equal(new Delivery("state/1", "on", Retain: true, 0, null), Assert.Single(client.Deliveries));
        }
    }

    [Theory]
    [InlineData("MySql", "Redis")]
    [InlineData("Redis", "MySql")]
    public async Task Offsets_are_the_same_after_a_restore_without_a_broker(string from, string to)
    {
        const string Keep = "--SkyTree:Store:Retention:0:Filter=kept/#";
        await using TestStores stores = new(mariaDb);
        DataFolders folders = stores.Folders;
        TestStore source = await stores.CreateAsync(from);
        TestStore target = await stores.CreateAsync(to);
        await using (Broker broker = Broker.Start(folders["data"], [.. source.Options, Keep]))
        {
            await using Client publisher = await Client.ConnectAsync(broker.Port, "publisher");
            await publisher.PublishManyAsync("kept/1", 1, 300);
            await source.WaitForAsync(200); // some may still be in the folder
        }

        string said = await Program.RunAsync(["backup", folders["file"], "--data", folders["data"], .. source.Options]);
        Assert.Contains(" 300 messages up to offset 300, ", said, StringComparison.Ordinal);
        await Program.RunAsync(["restore", folders["file"], "--data", folders["other"], .. target.Options]);
        Delivery[] old = await ReplayAsync(folders["data"], source);
        Delivery[] restored = await ReplayAsync(folders["other"], target);
        Assert.Equal(Enumerable.Range(1, 300).Select(i => (long)i), restored.Select(d => d.Offset));
        Assert.Equal(old, restored);

        async Task<Delivery[]> ReplayAsync(string folder, TestStore store)
        {
            await using Broker broker = Broker.Start(folder, [.. store.Options, Keep]);
            await using Client client = await Client.ReplayAsync(broker.Port, "late", "earliest", "kept/#");
            await client.UntilAsync(deliveries => deliveries.Count == 300);
            return [.. client.Deliveries];
        }
    }

    [Theory]
    [InlineData("MySql")]
    [InlineData("Redis")]
    public async Task A_server_that_has_held_messages_or_does_not_answer_is_one_clear_line(string provider)
    {
        await using TestStores stores = new(mariaDb);
        DataFolders folders = stores.Folders;
        TestStore store = await stores.CreateAsync(provider);
        await using (Broker broker = Broker.Start(folders["data"], store.Options))
        {
            await Client.SubscribeAsync(broker.Port, "reader", "t");
            await using Client publisher = await Client.ConnectAsync(broker.Port, "publisher");
            await publisher.PublishManyAsync("t", 1, 10);
            await store.WaitForAsync(10);
        }

        string[] away = ["--store", provider, "--store-connection", provider == "MySql" ? "Server=127.0.0.1;Port=1;User=skytree;Password=secret;Database=skytree" : "127.0.0.1:1,password=secret"];
        await AssertFailsAsync("backup: ", ["backup", folders["file"], "--data", folders["data"], .. away]);
        await Program.RunAsync(["backup", folders["file"], "--data", folders["data"], .. store.Options]);
        await AssertFailsAsync("restore: ", ["restore", folders["file"], "--data", folders["other"], .. away]);
        await AssertFailsAsync($"restore: {provider} has held messages already, up to offset 10", ["restore", folders["file"], "--data", folders["other"], .. store.Options]);
        Assert.Equal(["data", "file"], Directory.GetFileSystemEntries(folders[""]).Select(Path.GetFileName).Order());

        static async Task AssertFailsAsync(string begin, string[] arguments)
        {
            string line = await Program.FailAsync(arguments);
            Assert.StartsWith(begin, line, StringComparison.Ordinal);
            Assert.DoesNotContain("secret", line, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Without_a_broker_the_folder_is_backed_up_as_it_is_also_after_a_kill()
    {
        using DataFolders folders = new();
        await using (Broker broker = Broker.Start(folders["data"]))
        {
            await Client.SubscribeAsync(broker.Port, "reader", "t");
            await using Client publisher = await Client.ConnectAsync(broker.Port, "publisher");
            await publisher.PublishManyAsync("t", 1, 200);
        }

        Assert.True(File.Exists(Path.Combine(folders["data"], "admin.sock"))); // a kill leaves it behind
        await Program.RunAsync("backup", folders["file"], "--data", folders["data"]);
        Assert.Equal(["data", "file"], Directory.GetFileSystemEntries(folders[""]).Select(Path.GetFileName).Order());
        await Program.RunAsync("restore", folders["file"], "--data", folders["other"]);
        await using Broker restored = Broker.Start(folders["other"]);
        Assert.Equal(200, (await Client.TakePendingAsync(restored.Port, "reader", "t")).Count);
    }

    [Fact]
    public async Task What_a_session_acknowledged_does_not_come_again_from_a_restored_backup()
    {
        using DataFolders folders = new();
        await using (Broker broker = Broker.Start(folders["data"], "--store", "Sqlite"))
        {
            await Client.SubscribeAsync(broker.Port, "reader", "t");
            await using Client publisher = await Client.ConnectAsync(broker.Port, "publisher");
            await publisher.PublishManyAsync("t", 1, 50);
            Assert.Equal(50, (await Client.TakePendingAsync(broker.Port, "reader", "t")).Count);
            await publisher.PublishManyAsync("t", 51, 50);

            // Cursors are saved, and what is behind them is deleted, once a second.
            using CancellationTokenSource deadline = new(TimeSpan.FromMinutes(1));
            string said;
            do
            {
                deadline.Token.ThrowIfCancellationRequested();
                said = await Program.RunAsync("backup", folders["file"], "--data", folders["data"], "--store", "Sqlite");
            }
            while (!said.Contains(" 50 messages ", StringComparison.Ordinal));
        }

        await Program.RunAsync("restore", folders["file"], "--data", folders["other"]);
        await using Broker restored = Broker.Start(folders["other"]);
        List<string> pending = await Client.TakePendingAsync(restored.Port, "reader", "t");
        Assert.Equal(Enumerable.Range(51, 50), pending.Select(m => int.Parse(m, CultureInfo.InvariantCulture)).Order());
    }

    [Fact]
    public async Task One_byte_changed_anywhere_is_noticed_and_nothing_is_restored()
    {
        using DataFolders folders = new();
        byte[] whole = await MakeBackupAsync(folders);
        int seed = Random.Shared.Next();
        Random random = new(seed);
        int[] places = [.. Enumerable.Range(0, 12), whole.Length - 1, whole.Length - 40, .. Enumerable.Range(1, 40).Select(i => (int)((long)whole.Length * i / 41)), .. Enumerable.Range(0, 40).Select(_ => random.Next(whole.Length))];
        foreach (int place in places)
        {
            byte[] damaged = [.. whole];
            damaged[place] ^= (byte)(1 << random.Next(8));
            await File.WriteAllBytesAsync(folders["damaged"], damaged);
            InvalidDataException exception = await Assert.ThrowsAsync<InvalidDataException>(() => RestoreAsync(folders["damaged"], folders["other"]));
            Assert.True(exception.Message.Contains("is damaged", StringComparison.Ordinal), $"byte {place}, seed {seed}: {exception.Message}");
            Assert.False(Directory.Exists(folders["other"]), $"byte {place}, seed {seed}");
        }

        await RestoreAsync(folders["file"], folders["other"]);
        Assert.True(Directory.Exists(Path.Combine(folders["other"], "state")));
    }

    [Fact]
    public async Task A_backup_that_was_cut_off_is_one_clear_line_and_exit_code_1()
    {
        using DataFolders folders = new();
        byte[] whole = await MakeBackupAsync(folders);
        await File.WriteAllBytesAsync(folders["short"], whole[..(whole.Length / 2)]);
        string line = await Program.FailAsync("restore", folders["short"], "--data", folders["other"]);
        Assert.StartsWith($"restore: '{folders["short"]}' is damaged, not complete, or not a backup", line, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folders["other"]));
    }

    [Fact]
    public async Task A_folder_with_anything_in_it_is_not_restored_into()
    {
        using DataFolders folders = new();
        await MakeBackupAsync(folders);
        string line = await Program.FailAsync("restore", folders["file"], "--data", folders["data"]);
        Assert.Equal($"restore: The folder '{folders["data"]}' is not empty. A backup is restored into an empty or a new folder only.", line);
        Assert.True(File.Exists(Path.Combine(folders["data"], "state", "CURRENT")));
    }

    [Fact]
    public async Task A_store_that_has_held_messages_is_not_restored_into()
    {
        using DataFolders folders = new();
        await using (Broker broker = Broker.Start(folders["data"], "--store", "Sqlite", "--store-connection", $"Data Source={folders["messages.db"]}"))
        {
            await Client.SubscribeAsync(broker.Port, "reader", "t");
            await using Client publisher = await Client.ConnectAsync(broker.Port, "publisher");
            await publisher.PublishManyAsync("t", 1, 10);
            await broker.StopAsync();
        }

        string[] store = ["--store", "Sqlite", "--store-connection", $"Data Source={folders["messages.db"]}"];
        await Program.RunAsync(["backup", folders["file"], "--data", folders["data"], .. store]);
        Directory.CreateDirectory(folders["other"]);
        string line = await Program.FailAsync(["restore", folders["file"], "--data", folders["other"], .. store]);
        Assert.StartsWith("restore: Sqlite has held messages already, up to offset ", line, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folders["other"]));
    }

    [Fact]
    public async Task Only_the_user_that_runs_the_broker_may_ask_for_a_backup()
    {
        using DataFolders folders = new();
        await using Broker broker = Broker.Start(folders["data"]);
        if (OperatingSystem.IsWindows())
        {
            return; // there the folder's rights decide
        }

        string socket = Path.Combine(folders["data"], "admin.sock");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(socket));
        await Program.RunAsync("backup", folders["file"], "--data", folders["data"]);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folders["file"]));
        await broker.StopAsync();
        Assert.False(File.Exists(socket));
    }

    [Fact]
    public async Task Who_speaks_nonsense_to_the_broker_is_told_so()
    {
        using DataFolders folders = new();
        await using Broker broker = Broker.Start(folders["data"]);
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(folders["data"], "admin.sock")));
        await socket.SendTextAsync("format c:\n");
        Assert.Equal("error the broker, version 0.1.0, does not know this command\n", await socket.ReceiveTextAsync(1000));
    }

    [Fact]
    public async Task What_cannot_be_done_is_one_clear_line_and_leaves_nothing_behind()
    {
        using DataFolders folders = new();
        Assert.Equal("backup: a file is needed: backup FILE", await Program.FailAsync("backup", "--data", folders["data"]));
        Assert.Equal($"SkyTree:Data: '{folders["data"]}' is no broker's data folder", await Program.FailAsync("backup", folders["file"], "--data", folders["data"]));
        Assert.StartsWith("restore: Could not find file", await Program.FailAsync("restore", folders["file"], "--data", folders["data"]), StringComparison.Ordinal);
        Assert.StartsWith(
            "SkyTree:Store:Provider: what is in Memory is gone with the process", await Program.FailAsync("backup", folders["file"], "--store", "Memory"), StringComparison.Ordinal);
        await MakeBackupAsync(folders);
        Assert.StartsWith(
            "backup: Could not find a part of the path", await Program.FailAsync("backup", folders["no/such/folder"], "--data", folders["data"]), StringComparison.Ordinal);
        Assert.StartsWith(
            "backup: The messages of this folder are in RocksDb, not in Sqlite", await Program.FailAsync("backup", folders["x"], "--data", folders["data"], "--store", "Sqlite"), StringComparison.Ordinal);
        Assert.Equal(["data", "file"], Directory.GetFileSystemEntries(folders[""]).Select(Path.GetFileName).Order());
    }

    private static async Task<byte[]> MakeBackupAsync(DataFolders folders)
    {
        await using (Broker broker = Broker.Start(folders["data"]))
        {
            await Client.SubscribeAsync(broker.Port, "reader", "t");
            await using Client publisher = await Client.ConnectAsync(broker.Port, "publisher");
            await publisher.PublishManyAsync("t", 1, 100);
            await broker.StopAsync();
        }

        await Program.RunAsync("backup", folders["file"], "--data", folders["data"]);
        return await File.ReadAllBytesAsync(folders["file"]);
    }

    private static Task<string> RestoreAsync(string file, string folder) => RestoreCommand.RunAsync(file, new SkyTreeOptions { Data = folder }, CancellationToken.None);
}
