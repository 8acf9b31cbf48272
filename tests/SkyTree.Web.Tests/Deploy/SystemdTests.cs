using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Xunit;

namespace SkyTree.Web.Tests.Deploy;

public sealed class SystemdTests : IDisposable
{
    private const string Program = "/opt/skytree/SkyTree.Web";
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("skytree-unit-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Systemd_finds_nothing_wrong_with_the_unit(bool inCluster)
    {
        (int exitCode, string output) = DeployFile.Run("systemd-analyze", "verify", "--man=no", Place(inCluster));
        Assert.True(exitCode == 0 && output.Length == 0, output);
    }

    [Fact]
    public void The_service_may_do_little_beyond_what_it_needs()
    {
        // 3.0 of 10; a unit without any of these settings has 9.6.
        (int exitCode, string output) = DeployFile.Run("systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=30", Place(inCluster: false));
        Assert.True(exitCode == 0, output);
    }

    [Fact]
    public async Task The_program_knows_what_the_units_set()
    {
        List<KeyValuePair<string, string>> environment = [.. EnvironmentOf("skytree.service"), .. EnvironmentOf("cluster.conf")];
        string file = Path.Combine(_folder, "appsettings.json");
        File.WriteAllText(file, "{}");
        Assert.Contains(environment, variable => variable is { Key: "SKYTREE_CONFIG", Value: "/etc/skytree/appsettings.json" });
        List<string> lines = await Checked.RunAsync(
            environment.Select(variable => variable.Key == "SKYTREE_CONFIG" ? KeyValuePair.Create(variable.Key, file) : variable),
            "%d/cluster-secret");
        Assert.Contains("data: /var/lib/skytree, messages in RocksDb", lines);
        Assert.Contains("cluster skytree: node 10.0.0.1:7801, links at 7802, Seed 10.0.0.1:7801 10.0.0.2:7801 10.0.0.3:7801", lines);
    }

    [Fact]
    public async Task A_service_manager_that_asks_is_told_that_it_is_ready_and_that_it_stops()
    {
        string path = Path.Combine(_folder, "notify");
        using Socket manager = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        manager.Bind(new UnixDomainSocketEndPoint(path));
        await using BrokerProcess broker = BrokerProcess.Start(["--mqtt-port", "0", "--http-port", "0"], ("NOTIFY_SOCKET", path));
        Assert.Equal("READY=1", await ReceiveAsync(manager));
        broker.WaitUntilReady();
        broker.Signal(PosixSignal.SIGTERM);
        Assert.Equal("STOPPING=1", await ReceiveAsync(manager));
        Assert.Equal(0, await broker.WaitForExitAsync());
    }

    [Fact]
    public async Task A_service_manager_that_is_gone_is_no_reason_not_to_serve()
    {
        await using BrokerProcess broker = BrokerProcess.Start(["--mqtt-port", "0", "--http-port", "0"], ("NOTIFY_SOCKET", Path.Combine(_folder, "gone")));
        broker.WaitUntilReady();
    }

    private static async Task<string> ReceiveAsync(Socket socket)
    {
        byte[] buffer = new byte[256];
        return Encoding.UTF8.GetString(buffer, 0, await socket.ReceiveAsync(buffer).WaitAsync(s_deadline));
    }

    /// <summary>The unit with the program where it is here.</summary>
    private string Place(bool inCluster)
    {
        string unit = File.ReadAllText(DeployFile.PathOf("systemd/skytree.service"));
        Assert.Contains($"ExecStart={Program}\n", unit, StringComparison.Ordinal);
        string placed = Path.Combine(_folder, "skytree.service");
        File.WriteAllText(placed, unit.Replace(Program, Path.Combine(AppContext.BaseDirectory, "SkyTree.Web"), StringComparison.Ordinal));
        if (inCluster)
        {
            // A drop-in says more of the unit's own sections.
            File.AppendAllText(placed, File.ReadAllText(DeployFile.PathOf("systemd/cluster.conf")));
        }

        return placed;
    }

    private static IEnumerable<KeyValuePair<string, string>> EnvironmentOf(string file) => File.ReadLines(DeployFile.PathOf("systemd/" + file))
        .Where(line => line.StartsWith("Environment=", StringComparison.Ordinal))
        .Select(line => line.Split('=', 3))
        .Select(parts => KeyValuePair.Create(parts[1], parts[2]));
}
