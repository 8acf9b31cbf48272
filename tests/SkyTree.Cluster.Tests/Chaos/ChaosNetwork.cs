using System.Globalization;
using System.Net;
using SkyTree.Cluster.Tests.Network;

namespace SkyTree.Cluster.Tests.Chaos;

/// <summary>
/// The network between the nodes. Each node is known by an address of this machine where the network listens, and itself
/// listens at another; who dials is found out from the kernel. So what passes between two nodes is told apart from all
/// else, each direction for itself, whoever of them dialled.
/// </summary>
internal sealed class ChaosNetwork : IAsyncDisposable
{
    public const int Nodes = 3;
    public const int LogPort = 7801;
    public const int PeerPort = 7802;
    private const int Step = 10; // from one network's addresses to the next one's
    private const int Hidden = 100; // from a node's known address to the one it listens at

    private static int s_networks;

    private readonly string _net;
    private readonly int _first;
    private readonly ProxyDirection[,] _directions = new ProxyDirection[Nodes, Nodes];
    private readonly List<ChaosListener> _listeners = [];

    /// <summary>Listens for every node.</summary>
    /// <param name="processes">The nodes' process ids now; null for one that does not run.</param>
    public ChaosNetwork(Func<IReadOnlyList<int?>> processes)
    {
        // Addresses that no other run on this machine has, and no other network of this run now.
        _first = 1 + (Step * (Interlocked.Increment(ref s_networks) % (Hidden / Step)));
        int net = Environment.ProcessId;
        _net = string.Create(CultureInfo.InvariantCulture, $"127.{64 + ((net >> 8) & 63)}.{net & 255}");
        for (int from = 0; from < Nodes; from++)
        {
            for (int to = 0; to < Nodes; to++)
            {
                _directions[from, to] = new ProxyDirection();
            }
        }

        for (int node = 0; node < Nodes; node++)
        {
            int target = node;
            foreach (int port in new[] { LogPort, PeerPort })
            {
                _listeners.Add(new ChaosListener(
                    new IPEndPoint(IPAddress.Parse(Address(node)), port),
                    new IPEndPoint(IPAddress.Parse(BindAddress(node)), port),
                    processes,
                    from => (_directions[from, target], _directions[target, from])));
            }
        }
    }

    /// <summary>Where others believe that a node is.</summary>
    public string Address(int node) => string.Create(CultureInfo.InvariantCulture, $"{_net}.{_first + node}");

    /// <summary>Where it is.</summary>
    public string BindAddress(int node) => string.Create(CultureInfo.InvariantCulture, $"{_net}.{_first + node + Hidden}");

    /// <summary>What goes from one node to another.</summary>
    public ProxyDirection this[int from, int to] => _directions[from, to];

    /// <summary>All directions from and to a node.</summary>
    public IEnumerable<ProxyDirection> Of(int node) =>
        Enumerable.Range(0, Nodes).Where(other => other != node).SelectMany(other => new[] { _directions[node, other], _directions[other, node] });

    /// <summary>Everything passes, at once.</summary>
    public void Heal()
    {
        foreach (ProxyDirection direction in _directions)
        {
            direction.Delay = TimeSpan.Zero;
            direction.Pass();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ChaosListener listener in _listeners)
        {
            await listener.DisposeAsync();
        }
    }
}
