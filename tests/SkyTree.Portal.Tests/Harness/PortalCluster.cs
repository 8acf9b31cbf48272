using System.Globalization;
using System.Net;
using System.Net.Sockets;
using SkyTree.Tests;
using SkyTree.Web.Tests;

namespace SkyTree.Portal.Tests.Harness;

/// <summary>Processes of the program that are one cluster, on ports of this machine.</summary>
internal sealed class PortalCluster : IAsyncDisposable
{
    private readonly List<Node> _nodes = [];
    private readonly string[] _seeds;
    private readonly int _firstPort;

    private PortalCluster(int firstPort)
    {
        _firstPort = firstPort;
        _seeds = [.. Enumerable.Range(0, 3).Select(LogAddress)];
    }

    /// <summary>The nodes that were started, in that order.</summary>
    public IReadOnlyList<Node> Nodes => _nodes;

    /// <summary>Three nodes, all of them ready.</summary>
    public static async Task<PortalCluster> StartAsync()
    {
        PortalCluster cluster = new(FreePort.Find(8));
        try
        {
            for (int i = 0; i < 3; i++)
            {
                cluster.Start("Seed");
            }

            await Task.WhenAll(cluster._nodes.Select(node => node.UntilReadyAsync()));
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts one more, empty, that waits to be added, and returns when it can be.</summary>
    public async Task<Node> StartJoiningAsync()
    {
        Node node = Start("Join");
        int port = int.Parse(node.Address.Split(':')[1], CultureInfo.InvariantCulture);
        await Eventually.HoldsAsync(async () =>
        {
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, port);
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        });
        return node;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Node node in _nodes)
        {
            await node.Process.DisposeAsync();
        }
    }

    private Node Start(string how)
    {
        int index = _nodes.Count;
        List<string> arguments =
        [
            "--mqtt-port", "0", "--http-port", "0", "--allow-anonymous", "--SkyTree:Cluster:Enabled=true", $"--SkyTree:Cluster:Start={how}",
            "--SkyTree:Cluster:Secret=a secret that these tests share",
            string.Create(CultureInfo.InvariantCulture, $"--SkyTree:Cluster:LogPort={LogPort(index)}"),
            string.Create(CultureInfo.InvariantCulture, $"--SkyTree:Cluster:PeerPort={LogPort(index) + 1}"),
        ];
        if (how == "Seed")
        {
            arguments.AddRange(_seeds.Select((seed, i) => string.Create(CultureInfo.InvariantCulture, $"--SkyTree:Cluster:Seeds:{i}={seed}")));
        }

        Node node = new(LogAddress(index), BrokerProcess.Start(arguments, ("SKYTREE_ADMIN_PASSWORD", PortalHost.Password)));
        _nodes.Add(node);
        return node;
    }

    private int LogPort(int index) => _firstPort + (2 * index);

    private string LogAddress(int index) => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{LogPort(index)}");

    /// <summary>A node.</summary>
    /// <param name="Address">Its address and log port, which is its name.</param>
    /// <param name="Process">Its process.</param>
    internal sealed record Node(string Address, BrokerProcess Process)
    {
        private List<string>? _announced;

        public int MqttPort => BrokerProcess.PortOf(_announced!, "mqtt");

        public Uri Portal => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{BrokerProcess.PortOf(_announced!, "http")}/"));

        /// <summary>Until it has started, and serves.</summary>
        public async Task UntilReadyAsync()
        {
            _announced = await Task.Run(Process.WaitUntilReady);
            using HttpClient http = new() { BaseAddress = Portal };
            await Eventually.HoldsAsync(async () =>
            {
                using HttpResponseMessage health = await http.GetAsync("health/ready");
                return health.IsSuccessStatusCode;
            });
        }
    }
}
