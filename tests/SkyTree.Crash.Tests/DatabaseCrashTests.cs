using SkyTree.Crash.Tests.Rounds;
using Xunit;

namespace SkyTree.Crash.Tests;

/// <summary>
/// The database server is killed under load, alone or with the broker. While it is away the broker acknowledges into its
/// own database, and nothing is lost, doubled or out of order once it is back.
/// </summary>
public sealed class DatabaseCrashTests(ITestOutputHelper output)
{
    private static readonly int s_rounds = Math.Max(1, Settings.Rounds / 2);

    [Theory]
    [InlineData(StoreKind.MySql)]
    [InlineData(StoreKind.Redis)]
    public Task A_database_that_dies_under_load_costs_nothing(StoreKind store) => RunAsync(store, Blow.KillDatabase);

    [Theory]
    [InlineData(StoreKind.MySql)]
    [InlineData(StoreKind.Redis)]
    public Task Nothing_is_lost_when_both_die(StoreKind store) => RunAsync(store, Blow.KillBoth, Blow.KillWithoutDatabase);

    private async Task RunAsync(StoreKind store, params Blow[] blows)
    {
        await using CrashRun run = await CrashRun.StartAsync(store, output);
        for (int round = 0; round < s_rounds; round++)
        {
            await run.RoundAsync(blows[round % blows.Length]);
        }

        await run.FinishAsync();
    }
}
