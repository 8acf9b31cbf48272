using SkyTree.Crash.Tests.Clients;
using SkyTree.Crash.Tests.Ledger;
using SkyTree.Crash.Tests.Rounds;
using SkyTree.Crash.Tests.Wire;
using Xunit;

namespace SkyTree.Crash.Tests.Wills;

/// <summary>Wills over a kill: pending ones go on waiting, those of clients that do not come back are sent, each of them once.</summary>
public sealed class WillTests(ITestOutputHelper output)
{
    private const uint PendingSeconds = 4;
    private const uint ConnectedSeconds = 1;
    private const uint ReturningSeconds = 60;

    /// <summary>The broker's times are whole milliseconds of another clock.</summary>
    private static readonly TimeSpan s_rounding = TimeSpan.FromMilliseconds(50);

    [Theory]
    [InlineData(StoreKind.RocksDb)]
    [InlineData(StoreKind.MySql)]
    public async Task A_kill_neither_loses_nor_hurries_nor_repeats_a_Will(StoreKind store)
    {
        await using TestFolder folder = await TestFolder.CreateAsync(store);
        await folder.Broker.StartAsync();
        CrashLedger ledger = new();
        await using CrashClient watcher = new(
            folder.Broker.PortAsync, new ClientOptions("watcher", 5) { Subscriptions = [new("w/#", 2), new("c/#", 2)] }, ledger, new RunEvents());
        watcher.Start();
        Assert.True(await Eventually.HoldsAsync(() => watcher.IsReady), folder.Describe());

        using WillClient left = await ConnectAsync("left", 5, 0);
        await left.DisconnectAsync();
        using WillClient returning = await ConnectAsync("returning", 5, ReturningSeconds);
        using WillClient connected = await ConnectAsync("connected", 5, ConnectedSeconds);
        using WillClient old = await ConnectAsync("old", 4, 0);
        WillClient pending = await ConnectAsync("pending", 5, PendingSeconds);
        TimeSpan brokenAt = ledger.Now;
        pending.Dispose();
        ledger.Acknowledged(pending.Will);

        TimeSpan killedAt = ledger.Now;
        await folder.Broker.KillAsync();
        ledger.Acknowledged(connected.Will);
        ledger.Acknowledged(old.Will);
        await folder.Broker.StartAsync();
        using WillClient returned = await ConnectAsync("returning", 5, ReturningSeconds);
        await RequireAsync(() => ledger.Missing == 0, "not every Will has come");

        // What was sent is done with: another start does not send it again, and a message behind it comes next.
        await folder.Broker.KillAsync();
        await folder.Broker.StartAsync();
        await using CrashClient publishing = new(folder.Broker.PortAsync, new ClientOptions("last", 5), ledger, new RunEvents());
        publishing.Start();
        await new Publisher(publishing, ledger, Seeds.For(0, 0)).PublishToAllAsync();
        await RequireAsync(() => ledger.Missing == 0 && publishing.Unfinished == 0, "the last messages have not come");

        Assert.True(ledger.Check() is [], Describe());
        Assert.Empty(ledger.DeliveriesOf(left.Will));
        Assert.Empty(ledger.DeliveriesOf(returning.Will));
        Assert.Empty(ledger.DeliveriesOf(returned.Will));
        Assert.InRange(ledger.DeliveriesOf(pending.Will).Single().At, brokenAt + TimeSpan.FromSeconds(PendingSeconds) - s_rounding, TimeSpan.MaxValue);
        Assert.InRange(ledger.DeliveriesOf(connected.Will).Single().At, killedAt + TimeSpan.FromSeconds(ConnectedSeconds) - s_rounding, TimeSpan.MaxValue);
        output.WriteLine(ledger.Summary);
        folder.IsDone = true;

        Task<WillClient> ConnectAsync(string name, int level, uint delaySeconds) => WillClient.ConnectAsync(folder.Broker, ledger, name, level, delaySeconds);

        async Task RequireAsync(Func<bool> condition, string what) =>
            Assert.True(await Eventually.HoldsAsync(condition, () => ledger.Changes), $"{what}\n{Describe()}");

        string Describe() => $"{string.Join('\n', ledger.Check())}\n{folder.Describe()}";
    }
}
