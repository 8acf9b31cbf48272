using System.Globalization;
using System.Text.Json.Nodes;
using SkyTree.Tests;
using SkyTree.Web.Tests;
using Xunit;

namespace SkyTree.Cli.Tests;

/// <summary>A cluster of one that becomes three and two again, by commands alone.</summary>
[Collection(nameof(ClusterTests))]
[CollectionDefinition(nameof(ClusterTests), DisableParallelization = true)]
public sealed class ClusterTests(ServerFixture server)
{
    [Fact]
    public async Task Nodes_join_are_emptied_lead_and_leave()
    {
        int[] ports = [.. Enumerable.Range(0, 6).Select(_ => FreePort.Find())];
        await using BrokerProcess first = Start(ports[0], ports[1], "Found");
        string firstUrl = UrlOf(first);
        await using BrokerProcess second = Start(ports[2], ports[3], "Join");
        string secondUrl = UrlOf(second);
        await using BrokerProcess third = Start(ports[4], ports[5], "Join");
        third.WaitUntilReady();
        string joined = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{ports[2]}");

        (await RunAsync(firstUrl, "cluster", "status", "--check")).Done();
        (await RunAsync(firstUrl, "cluster", "join", "127.0.0.1:1")).Failed(ExitCode.Refused, "(409 ");
        Assert.Contains($"{joined} has joined", (await RunAsync(firstUrl, "cluster", "join", joined)).Done().Output, StringComparison.Ordinal);
        (await RunAsync(firstUrl, "cluster", "join", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{ports[4]}"))).Done();
        CliResult status = (await RunAsync(firstUrl, "cluster", "status")).Done();
        Assert.StartsWith("cluster by-commands, term ", status.Output, StringComparison.Ordinal);
        Assert.Contains(joined, status.Output, StringComparison.Ordinal);
        Assert.Equal(3, (await RunAsync(secondUrl, "status", "-o", "json")).Done().Json["nodes"]!.AsArray().Count);

        (await RunAsync(firstUrl, "cluster", "drain", joined, "--rate", "1000")).Done();
        await UntilAsync(firstUrl, joined, member => member["isDraining"]!.GetValue<bool>());
        (await RunAsync(firstUrl, "cluster", "undrain", joined)).Done();
        await UntilAsync(firstUrl, joined, member => !member["isDraining"]!.GetValue<bool>());
        Assert.Equal("0 clients were sent to other nodes\n", (await RunAsync(secondUrl, "cluster", "drain")).Done().Output);
        (await RunAsync(secondUrl, "cluster", "undrain")).Done();

        string leader = (await RunAsync(firstUrl, "cluster", "status", "-o", "json")).Done().Json["leader"]!.GetValue<string>();
        string next = (await RunAsync(secondUrl, "cluster", "transfer")).Done().Output;
        Assert.EndsWith(" leads\n", next, StringComparison.Ordinal);
        Assert.DoesNotContain(leader, next, StringComparison.Ordinal);

        // For a moment after that there may be nobody to ask.
        await ServerFixture.UntilAsync(async () => (await RunAsync(firstUrl, "cluster", "leave", joined)).ExitCode == ExitCode.Done);
        Assert.Equal(0, await second.WaitForExitAsync());
        await ServerFixture.UntilAsync(async () => (await RunAsync(firstUrl, "cluster", "status", "--check", "-o", "json")) is { ExitCode: 0 } result && result.Json["members"]!.AsArray().Count == 2);
    }

    [Fact]
    public async Task A_broker_that_is_alone_says_so()
    {
        (await server.RunAsync("cluster", "join", "127.0.0.1:7801")).Failed(ExitCode.Refused, "(409 ");
        (await server.RunAsync("cluster", "leave", "127.0.0.1:7801")).Failed(ExitCode.Refused, "(409 ");
        (await server.RunAsync("cluster", "transfer")).Failed(ExitCode.Refused, "(409 ");
    }

    private static BrokerProcess Start(int logPort, int peerPort, string start) => BrokerProcess.Start(
        [
            "--mqtt-port", "0", "--http-port", "0", "--SkyTree:Cluster:Enabled=true", "--SkyTree:Cluster:Name=by-commands", "--SkyTree:Cluster:Secret=a secret of at least sixteen",
            "--SkyTree:Cluster:Address=127.0.0.1", $"--SkyTree:Cluster:LogPort={logPort}", $"--SkyTree:Cluster:PeerPort={peerPort}", $"--SkyTree:Cluster:Start={start}",
        ],
        ("SKYTREE_ADMIN_PASSWORD", ServerFixture.Password));

    private static string UrlOf(BrokerProcess node) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{BrokerProcess.PortOf(node.WaitUntilReady(), "http")}");

    private Task<CliResult> RunAsync(string url, params string[] arguments) => CliProcess.RunAsync(server.Administrator, null, [.. arguments, "--server", url]);

    private async Task UntilAsync(string url, string address, Func<JsonNode, bool> isSo) => await ServerFixture.UntilAsync(async () =>
        (await RunAsync(url, "cluster", "status", "-o", "json")).Done().Json["members"]!.AsArray().Single(member => member!["address"]!.GetValue<string>() == address) is { } member && isSo(member));
}
