using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using SkyTree.Bridges.Tests.Harness;
using SkyTree.Interop.Tests.Broker;
using SkyTree.Tests;
using Xunit;

namespace SkyTree.Bridges.Tests;

/// <summary>Three nodes with one bridge.</summary>
public sealed class ClusterTests
{
    private const string Password = "correct horse battery";

    [Fact]
    public async Task One_node_runs_the_bridge_and_another_goes_on_when_it_is_killed()
    {
        string folder = Directory.CreateTempSubdirectory("skytree-bridge-cluster-").FullName;
        await using Mosquitto mosquitto = await Mosquitto.RunAsync();
        Dictionary<string, string> environment = BridgeVariables.Of(mosquitto, ("out/#", "Out"), ("in/#", "In"));
        environment["SKYTREE_ADMIN_PASSWORD"] = Password;
        int[] logPorts = [FreePort.Find(), FreePort.Find(), FreePort.Find()];
        BrokerProcess[] nodes = await Task.WhenAll(logPorts.Select((port, i) =>
        {
            string own = Directory.CreateDirectory(Path.Combine(folder, i.ToString(CultureInfo.InvariantCulture))).FullName;
            return BrokerProcess.StartAsync(own, Arguments(port, logPorts), environment);
        }));
        try
        {
            using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("admin:" + Password)));
            BrokerProcess owner = await FindOwnerAsync(http, nodes);
            BrokerProcess[] others = [.. nodes.Where(node => node != owner)];
            await using Peer here = await Peer.ConnectAsync(others[0].Addresses["mqtt"], "here", "in/#");
            await using Peer there = await Peer.ConnectAsync(mosquitto.Address, "there", "out/#");
            using var stop = new CancellationTokenSource();
            var fromHere = new Publisher(() => others[0].Addresses["mqtt"], "p-here", "out/a");
            var fromThere = new Publisher(() => mosquitto.Address, "p-there", "in/b");
            Task publishing = Task.WhenAll(fromHere.RunAsync(stop.Token), fromThere.RunAsync(stop.Token));
            await Publisher.ProgressAsync(fromHere, fromThere);
            string seen = await http.GetStringAsync(new Uri(others[1].Addresses["http"], "/api/v1/bridges/m"));
            Assert.Contains("\"state\":\"connected\"", seen, StringComparison.Ordinal);

            await owner.Process.KillAsync();
            await FindOwnerAsync(http, others);
            await here.InsistAsync(); // whoever was cut off meanwhile
            await Publisher.ProgressAsync(fromHere, fromThere);
            await stop.CancelAsync();
            await publishing;
            await fromHere.AssertAllAsync(there, "out/a");
            await fromThere.AssertAllAsync(here, "in/b");
        }
        finally
        {
            foreach (BrokerProcess node in nodes)
            {
                TestContext.Current.SendDiagnosticMessage(node.Process.Output);
                await node.DisposeAsync();
            }

            Directory.Delete(folder, recursive: true);
        }
    }

    private static string[] Arguments(int logPort, int[] all) =>
    [
        "--SkyTree:Cluster:Enabled=true",
        "--SkyTree:Cluster:Secret=a secret of these tests",
        string.Create(CultureInfo.InvariantCulture, $"--SkyTree:Cluster:LogPort={logPort}"),
        string.Create(CultureInfo.InvariantCulture, $"--SkyTree:Cluster:PeerPort={FreePort.Find()}"),
        .. all.Select((port, i) => string.Create(CultureInfo.InvariantCulture, $"--SkyTree:Cluster:Seeds:{i}=127.0.0.1:{port}")),
    ];

    // The one that is connected to the other broker, once it is the only one.
    private static async Task<BrokerProcess> FindOwnerAsync(HttpClient http, BrokerProcess[] nodes)
    {
        using var patience = new CancellationTokenSource(SkyTree.Interop.Tests.Deadline.Step);
        while (true)
        {
            BrokerProcess[] connected = [];
            foreach (BrokerProcess node in nodes)
            {
                if (await IsConnectedAsync(http, node))
                {
                    connected = [.. connected, node];
                }
            }

            if (connected is [{ } owner])
            {
                return owner;
            }

            Assert.False(patience.IsCancellationRequested, $"{connected.Length} nodes are connected: {nodes[0].Process.Output}");
            await Task.Delay(100, CancellationToken.None);
        }
    }

    private static async Task<bool> IsConnectedAsync(HttpClient http, BrokerProcess node)
    {
        try
        {
            string metrics = await http.GetStringAsync(new Uri(node.Addresses["http"], "/metrics"));
            return metrics.Split('\n').Any(line => line.StartsWith("skytree_bridge_connected{", StringComparison.Ordinal) && line.Contains("} 1", StringComparison.Ordinal));
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            return false; // there is no account yet, or no touch with the others
        }
    }
}
