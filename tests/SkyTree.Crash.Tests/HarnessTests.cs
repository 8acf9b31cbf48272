using SkyTree.Crash.Tests.Ledger;
using SkyTree.Crash.Tests.Rounds;
using Xunit;

namespace SkyTree.Crash.Tests;

/// <summary>These tests' own clients and ledger with a real broker: quiet when all is well, and loud when messages are lost.</summary>
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

    [Fact]
    public async Task A_killed_broker_that_keeps_everything_in_memory_is_found_out()
    {
        await using CrashRun run = await CrashRun.StartAsync(StoreKind.Memory, output);
        await run.RoundAsync(Blow.Kill);
        IReadOnlyList<Finding> findings = await run.AbandonAsync();
        foreach (Finding finding in findings)
        {
            output.WriteLine(finding.ToString());
        }

        FindingKind[] kinds = [.. findings.Select(finding => finding.Kind).Distinct()];
        Assert.Contains(FindingKind.SessionPresent, kinds);
        Assert.Contains(FindingKind.Lost, kinds);
        Assert.Contains(FindingKind.Retained, kinds);
    }
}
