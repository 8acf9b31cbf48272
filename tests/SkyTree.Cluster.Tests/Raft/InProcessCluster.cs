using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SkyTree.Cluster.Node;
using SkyTree.Cluster.Raft;
using SkyTree.Tests;
using Xunit;

namespace SkyTree.Cluster.Tests.Raft;

/// <summary>Nodes in this process, each with a port and a folder of its own that outlive it.</summary>
internal sealed class InProcessCluster : IAsyncDisposable
{
    private readonly Dictionary<int, NodeHost> _nodes = [];
    private readonly List<IPEndPoint> _endPoints = [];

    public string Folder { get; } = Directory.CreateTempSubdirectory("skytree-raft-").FullName;

    /// <summary>Changes every node's options.</summary>
    public Func<RaftNodeOptions, RaftNodeOptions> Configure { get; set; } = options => options;

    public IEnumerable<NodeHost> Nodes => _nodes.Values;

    public NodeHost this[int number] => _nodes[number];

    public NodeHost Leader => _nodes.Values.First(node => node.Raft.IsLeader);

    public IEnumerable<NodeHost> Followers => _nodes.Values.Where(node => !node.Raft.IsLeader);

    /// <summary>An address that nobody listens at.</summary>
    public static IPEndPoint FreeEndPoint() => new(IPAddress.Loopback, FreePort.Find());

    public static async Task<InProcessCluster> StartThreeAsync(Func<RaftNodeOptions, RaftNodeOptions>? configure = null)
    {
        InProcessCluster cluster = new() { Configure = configure ?? (options => options) };
        await Task.WhenAll(Enumerable.Range(0, 3).Select(cluster.EndPoint).ToArray().Select((_, number) => cluster.StartAsync(number, RaftStart.Seed)));
        await cluster.HasLeaderAsync();
        return cluster;
    }

    public IPEndPoint EndPoint(int number)
    {
        while (_endPoints.Count <= number)
        {
            _endPoints.Add(FreeEndPoint());
        }

        return _endPoints[number];
    }

    public async Task<NodeHost> StartAsync(int number, RaftStart start = RaftStart.Join, Action<KeyValueState>? prepare = null)
    {
        RaftNodeOptions options = Configure(new RaftNodeOptions
        {
            Folder = Path.Combine(Folder, $"{number}", "raft"),
            NodeId = $"node-{number}",
            PublicEndPoint = EndPoint(number),
            Start = start,
            Seeds = start is RaftStart.Seed ? [.. Enumerable.Range(0, 3).Select(EndPoint)] : [],
            ElectionTimeoutMilliseconds = 600,
            RequestTimeoutMilliseconds = 300,
            ConnectTimeoutMilliseconds = 250,
            HeartbeatMilliseconds = 100,
        });
        ILoggerFactory loggers = Environment.GetEnvironmentVariable("SKYTREE_TEST_LOG") is { } file ? new FileLoggers(file, number) : NullLoggerFactory.Instance;
        NodeHost host = await NodeHost.StartAsync(Path.Combine(Folder, $"{number}"), options, loggers, prepare);
        lock (_nodes)
        {
            _nodes[number] = host;
        }

        return host;
    }

    public async Task StopAsync(int number)
    {
        await _nodes[number].DisposeAsync();
        _nodes.Remove(number);
    }

    /// <summary>Deletes a stopped node's folder.</summary>
    public void Empty(int number) => Directory.Delete(Path.Combine(Folder, $"{number}"), recursive: true);

    public Task HasLeaderAsync() => Eventually.TrueAsync(() => _nodes.Values.Any(node => !node.Raft.Leadership.IsCancellationRequested), "there is a leader");

    /// <summary>Proposes until it is applied, at whoever leads.</summary>
    public async Task PutAsync(long number, int length)
    {
        await Eventually.TrueAsync(
            async () => _nodes.Values.FirstOrDefault(node => node.Raft.IsLeader) is { } leader
                && (await leader.Raft.ReplicateAsync(KeyValueState.Entry(number, length), null, CancellationToken.None)).Outcome is ReplicationOutcome.Applied,
            $"{number} was applied");
    }

    /// <summary>Proposes numbers from one on, many at a time.</summary>
    public Task PutAsync(long first, int count, int length, int callers = 32) =>
        Task.WhenAll(Enumerable.Range(0, callers).Select(async caller =>
        {
            for (int i = caller; i < count; i += callers)
            {
                await PutAsync(first + i, length);
            }
        }));

    /// <summary>Waits until all nodes have applied the same, and checks that they are equal and have these numbers.</summary>
    public async Task AreEqualAsync(IEnumerable<long> numbers)
    {
        await HasLeaderAsync();
        await Eventually.TrueAsync(() => _nodes.Values.Select(node => node.Raft.LastAppliedIndex).Append(Leader.Raft.LastIndex).Distinct().Count() == 1, "all have applied the same");
        HashSet<string> hashes = [];
        foreach (NodeHost node in _nodes.Values)
        {
            (HashSet<long> there, string hash) = node.State.Read();
            hashes.Add(hash);
            Assert.Empty(numbers.Except(there));
        }

        Assert.Single(hashes);
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_nodes.Values.Select(node => node.DisposeAsync().AsTask()));
        Directory.Delete(Folder, recursive: true);
    }
}
