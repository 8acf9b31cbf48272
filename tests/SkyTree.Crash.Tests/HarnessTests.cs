using System.Net;
using System.Net.Sockets;
using SkyTree.Crash.Tests.Ledger;
using SkyTree.Crash.Tests.Processes;
using SkyTree.Crash.Tests.Rounds;
using Xunit;

namespace SkyTree.Crash.Tests;

/// <summary>These tests' own clients, ledger and servers with a real broker: quiet when all is well, and loud when messages are lost.</summary>
public sealed class HarnessTests(ITestOutputHelper output)
{
    private const int QuietRounds = 3;

    [Fact]
    public async Task Broken_networks_alone_give_no_findings()
    {
        await using CrashRun run = await CrashRun.StartAsync(StoreKind.Memory, output);
        for (int round = 0; round < QuietRounds; round++)
        {
            await run.QuietRoundAsync();
        }

        await run.FinishAsync(withKill: false);
    }

    [Theory]
    [InlineData(StoreKind.MySql)]
    [InlineData(StoreKind.Redis)]
    public async Task A_killed_database_server_serves_again_where_it_was(StoreKind store)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("skytree-crash-database-");
        await using (DatabaseServer server = store == StoreKind.MySql ? new MariaDb(folder.FullName) : new Redis(folder.FullName))
        {
            for (int start = 0; start < 3; start++)
            {
                await server.StartAsync();
                using TcpClient client = new();
                await client.ConnectAsync(IPAddress.Loopback, server.Port);
                await server.KillAsync();
                await Assert.ThrowsAsync<SocketException>(() => new TcpClient().ConnectAsync(IPAddress.Loopback, server.Port));
            }
        }

        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData(nameof(Blow.Kill))]
    [InlineData(nameof(Blow.KillWhileConnecting))]
    [InlineData(nameof(Blow.KillWhileStarting))]
    [InlineData(nameof(Blow.KillTwice))]
    [InlineData(nameof(Blow.Stop))]
    public async Task A_broker_that_keeps_everything_in_memory_is_found_out(string blow)
    {
        await using CrashRun run = await CrashRun.StartAsync(StoreKind.Memory, output);
        await run.RoundAsync(Enum.Parse<Blow>(blow));
        await run.LoadAsync(2000);
        await run.RoundAsync(Enum.Parse<Blow>(blow));
        IReadOnlyList<Finding> findings = await run.AbandonAsync();

        FindingKind[] kinds = [.. findings.Select(finding => finding.Kind).Distinct()];
        output.WriteLine(string.Join(", ", kinds));
        Assert.Contains(FindingKind.SessionPresent, kinds);
        Assert.Contains(FindingKind.Lost, kinds);
        Assert.DoesNotContain(FindingKind.Broker, kinds);
    }
}
