using System.Globalization;
using System.Net;
using Xunit;

namespace SkyTree.Cluster.Tests.Raft;

/// <summary>Three nodes in processes of their own, and what they have acknowledged.</summary>
internal sealed class ProcessCluster(params string[] options) : IDisposable
{
    private readonly NodeProcess?[] _nodes = new NodeProcess?[3];
    private readonly IPEndPoint[] _endPoints = [InProcessCluster.FreeEndPoint(), InProcessCluster.FreeEndPoint(), InProcessCluster.FreeEndPoint()];
    private readonly HashSet<long> _acknowledged = []; // also the lock
    private long _last;

    public string Folder { get; } = Directory.CreateTempSubdirectory("skytree-raft-").FullName;

    /// <summary>The environment of a node that starts.</summary>
    public Func<int, IReadOnlyDictionary<string, string>> Environment { get; init; } = _ => new Dictionary<string, string>();

    public NodeProcess this[int number] => _nodes[number] ?? throw new InvalidOperationException("It is not running.");

    public int Acknowledged
    {
        get
        {
            lock (_acknowledged)
            {
                return _acknowledged.Count;
            }
        }
    }

    public async Task StartAsync(params int[] numbers) => await Task.WhenAll(numbers.Select(async number =>
        _nodes[number] = await NodeProcess.StartAsync(Path.Combine(Folder, $"{number}"), $"node-{number}", _endPoints[number], _endPoints, Environment(number), options)));

    public void Kill(params int[] numbers)
    {
        foreach (int number in numbers)
        {
            this[number].Kill();
        }

        foreach (int number in numbers)
        {
            this[number].Dispose();
            _nodes[number] = null;
        }
    }

    /// <summary>Who leads, of those that run, once somebody does.</summary>
    public async Task<int> LeaderAsync()
    {
        int leader = -1;
        await Eventually.TrueAsync(
            async () =>
            {
                for (int number = 0; number < 3; number++)
                {
                    if (_nodes[number] is { } node && (await StatusAsync(node))[0] == "leader" && await node.Control.AskAsync("barrier") == "done")
                    {
                        leader = number;
                        return true;
                    }
                }

                return false;
            },
            "somebody leads");
        return leader;
    }

    /// <summary>Proposes new numbers to a node until it is killed or told to stop, several at a time.</summary>
    public Task WriteAsync(int number, int writers, int length, CancellationToken stop)
    {
        ControlClient control = this[number].Control;
        return Task.WhenAll(Enumerable.Range(0, writers).Select(async _ =>
        {
            try
            {
                while (!stop.IsCancellationRequested)
                {
                    await PutAsync(control, length);
                }
            }
            catch (IOException)
            {
                // It was killed.
            }
        }));
    }

    /// <summary>Proposes one new number.</summary>
    /// <returns>Whether it was acknowledged.</returns>
    public async Task<bool> PutAsync(ControlClient control, int length)
    {
        long mine = Interlocked.Increment(ref _last);
        string answer = await control.AskAsync("put", string.Create(CultureInfo.InvariantCulture, $"{mine} {length}"));
        bool applied = answer.StartsWith("Applied", StringComparison.Ordinal);
        if (applied)
        {
            lock (_acknowledged)
            {
                _acknowledged.Add(mine);
            }
        }

        return applied;
    }

    /// <summary>Proposes at whoever leads until something is acknowledged.</summary>
    public Task PutAsync() => Eventually.TrueAsync(
        async () =>
        {
            foreach (NodeProcess? node in _nodes)
            {
                if (node is not null && await PutAsync(node.Control, 100))
                {
                    return true;
                }
            }

            return false;
        },
        "something is acknowledged");

    /// <summary>All three run: waits until they have applied the same; they are equal and have all that was acknowledged.</summary>
    public async Task HaveAllAsync()
    {
        await LeaderAsync();
        await Eventually.TrueAsync(
            async () =>
            {
                string[][] statuses = await Task.WhenAll(_nodes.Select(node => StatusAsync(node!)));
                return statuses.Select(status => status[3]).Concat(statuses.Select(status => status[4])).Distinct().Count() == 1;
            },
            "all have applied the same");
        HashSet<string> hashes = [];
        foreach (NodeProcess? node in _nodes)
        {
            hashes.Add(await node!.Control.AskAsync("hash"));
            HashSet<long> there = [.. (await node.Control.AskAsync("numbers")).Split(' ').Select(n => long.Parse(n, CultureInfo.InvariantCulture))];
            lock (_acknowledged)
            {
                long[] missing = [.. _acknowledged.Except(there).Order()];
                Assert.True(missing.Length == 0, $"{missing.Length} of {_acknowledged.Count} acknowledged entries are missing, from {missing.FirstOrDefault()} on");
            }
        }

        Assert.Single(hashes);
    }

    public void Dispose()
    {
        foreach (NodeProcess? node in _nodes)
        {
            node?.Dispose();
        }

        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>leader|follower, term, committed, applied, last, members, leader.</summary>
    private static async Task<string[]> StatusAsync(NodeProcess node) => (await node.Control.AskAsync("status")).Split(' ');
}
