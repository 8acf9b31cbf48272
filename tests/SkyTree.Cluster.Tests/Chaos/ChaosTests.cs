using System.Globalization;
using SkyTree.Crash.Tests.Rounds;
using Xunit;

namespace SkyTree.Cluster.Tests.Chaos;

/// <summary>
/// Three processes of the program are killed, stopped, replaced, cut off from each other, and given slow disks, at random, while publishers
/// and durable subscribers move between them. At the end no acknowledged message is missing, no QoS 2 message or Will came twice, all
/// came in order, no client identifier had two owners, retained messages were set and seen in one order, and all nodes keep the same.
/// </summary>
/// <remarks>
/// <para><c>SKYTREE_CHAOS_SECONDS</c> says how long there is trouble in all; 300, on clusters of each store. <c>SKYTREE_CHAOS_STORE</c>
/// says that it is all on one: RocksDb, MySql or Redis. <c>SKYTREE_CRASH_SEED</c> repeats what is done and how clients behave, not the
/// moments at which the machine gets there. <c>SKYTREE_CRASH_DEADLINE_SECONDS</c> says how long a run may stand still before it
/// has failed; 180.</para>
/// <para>A failure says how to do the same again, and names the folder with the nodes' data and logs. For a night:
/// <c>SKYTREE_CHAOS_SECONDS=40000 tests/SkyTree.Cluster.Tests/bin/Release/net10.0/SkyTree.Cluster.Tests -method "*trouble*"</c>.</para>
/// </remarks>
[Collection(ProcessesCollection.Name)]
public sealed class ChaosTests(ITestOutputHelper output)
{
    private const string Seconds = "SKYTREE_CHAOS_SECONDS";
    private const string Store = "SKYTREE_CHAOS_STORE";
    private const int DefaultSeconds = 300;

    /// <summary>Two clusters at a time: much of what is waited for is no work for the machine. One has its messages in the nodes, the other in one database after the other.</summary>
    private static readonly StoreKind[][] s_sideBySide =
        Enum.TryParse(Environment.GetEnvironmentVariable(Store), out StoreKind store) ? [[store]] : [[StoreKind.RocksDb], [StoreKind.MySql, StoreKind.Redis]];

    private static readonly TimeSpan s_trouble = TimeSpan.FromSeconds(
        int.TryParse(Environment.GetEnvironmentVariable(Seconds), NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) ? seconds : DefaultSeconds);

    [Fact]
    public async Task Every_kind_of_trouble_loses_nothing_doubles_nothing_and_leaves_all_nodes_equal()
    {
        Task all = Task.WhenAll(s_sideBySide.Select(stores => OneAfterTheOtherAsync(stores, s_trouble / s_sideBySide.Length / stores.Length)));
        await all.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (all.Exception is { } failures)
        {
            Assert.Fail(string.Join("\n\n", failures.InnerExceptions.Select(failure => failure.Message)));
        }
    }

    /// <summary>How to have the same trouble again.</summary>
    internal static string Again(StoreKind store, int seed, TimeSpan length) => string.Create(
        CultureInfo.InvariantCulture,
        $"SKYTREE_CRASH_SEED={seed} {Store}={store} {Seconds}={length.TotalSeconds:F0} tests/SkyTree.Cluster.Tests/bin/Release/net10.0/SkyTree.Cluster.Tests -method \"*trouble*\"");

    private async Task OneAfterTheOtherAsync(StoreKind[] stores, TimeSpan length)
    {
        foreach (StoreKind store in stores)
        {
            await ChaosRun.RunAsync(output, store, length);
        }
    }
}
