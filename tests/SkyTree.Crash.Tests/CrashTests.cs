using SkyTree.Crash.Tests.Rounds;
using Xunit;

namespace SkyTree.Crash.Tests;

/// <summary>
/// The broker's program is killed with <c>kill -9</c> again and again, while publishers and durable subscribers that do
/// everything right go on as well as they can. At the end no acknowledged message is missing, no QoS 2 message came
/// twice, all came in order, no session was lost, and retained messages are as acknowledged.
/// </summary>
/// <remarks>
/// Environment variables:
/// <list type="table">
/// <item><term><c>SKYTREE_CRASH_ROUNDS</c></term><description>Rounds of each test that runs in rounds; 10.</description></item>
/// <item><term><c>SKYTREE_CRASH_SEED</c></term><description>The seed that a failed test has printed. It repeats what is done
/// and how the clients behave, not the moments at which the machine gets there.</description></item>
/// <item><term><c>SKYTREE_CRASH_DEADLINE_SECONDS</c></term><description>How long a run may stand still before it has failed;
/// 180. A slow machine may need more.</description></item>
/// </list>
/// For a night: <c>SKYTREE_CRASH_ROUNDS=200 tests/SkyTree.Crash.Tests/bin/Release/net10.0/SkyTree.Crash.Tests -class "*.CrashTests"</c>.
/// A failure names the folder with the broker's data and its whole log.
/// </remarks>
public sealed class CrashTests(ITestOutputHelper output)
{
    private static readonly Blow[] Blows = [Blow.Kill, Blow.KillWhileConnecting, Blow.Kill, Blow.KillTwice, Blow.Kill, Blow.KillWhileStarting, Blow.Kill, Blow.Stop];

    [Theory]
    [InlineData(StoreKind.RocksDb)]
    [InlineData(StoreKind.Sqlite)]
    [InlineData(StoreKind.MySql)]
    [InlineData(StoreKind.Redis)]
    public async Task Kills_lose_nothing_double_nothing_and_keep_the_order(StoreKind store)
    {
        await using CrashRun run = await CrashRun.StartAsync(store, output);
        for (int round = 0; round < Settings.Rounds; round++)
        {
            await run.RoundAsync(Blows[round % Blows.Length]);
        }

        await run.FinishAsync();
    }
}
