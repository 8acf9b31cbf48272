using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using SkyTree.Crash.Tests.Processes;
using SkyTree.Crash.Tests.Rounds;
using SkyTree.Interop.Tests;

namespace SkyTree.Cluster.Tests.Chaos;

/// <summary>Three processes of the program that are one cluster, with a bad network between them. Used by one test.</summary>
internal sealed partial class ChaosCluster : IAsyncDisposable
{
    private static readonly TimeSpan s_start = TimeSpan.FromMinutes(3); // not what is looked at: on a busy machine new processes are slow

    private const string Start = "--SkyTree:Cluster:Start=";

    private readonly BrokerHost[] _nodes;
    private readonly StoreKind _store;
    private readonly List<string>[] _arguments; // of each node's next process

    /// <summary>Makes its folder; nothing runs yet.</summary>
    /// <param name="onCrash">Is told when a process ended that nobody had ended.</param>
    /// <param name="store">The store that has the messages; RocksDb: the nodes have them.</param>
    public ChaosCluster(Action<string> onCrash, StoreKind store = StoreKind.RocksDb)
    {
        Folder = Directory.CreateTempSubdirectory("skytree-chaos-").FullName;
        _store = store;
        string database = Path.Combine(Folder, "database");
        Database = store switch
        {
            StoreKind.MySql => new MariaDb(database),
            StoreKind.Redis => new Redis(database),
            _ => null,
        };
        Network = new ChaosNetwork(() => [.. _nodes!.Select(node => node.ProcessId)]);
        _arguments = [.. Enumerable.Range(0, ChaosNetwork.Nodes).Select(node => Arguments(node).ToList())];
        _nodes = [.. Enumerable.Range(0, ChaosNetwork.Nodes).Select(Create)];

        BrokerHost Create(int node)
        {
            Directory.CreateDirectory(NodeFolder(node));
            return new BrokerHost(NodeFolder(node), _arguments[node]) { OnCrash = message => onCrash($"node {node}: {message}") };
        }
    }

    /// <summary>Everything that the nodes keep and write.</summary>
    public string Folder { get; }

    /// <summary>The server that all nodes have their messages in; null: there is none.</summary>
    public DatabaseServer? Database { get; }

    /// <summary>What makes the nodes' disks slow, by their numbers, once they were started; null: there is no compiler for it.</summary>
    public SlowDisk? Disk { get; private set; }

    /// <summary>What is between the nodes.</summary>
    public ChaosNetwork Network { get; }

    /// <summary>The nodes, from 0.</summary>
    public IReadOnlyList<BrokerHost> Nodes => _nodes;

    /// <summary>Set when everything was right, so that nobody needs the folder any more.</summary>
    public bool IsDone { get; set; }

    /// <summary>Starts all nodes, and returns when one leads.</summary>
    public async Task StartAsync()
    {
        if (Database is not null)
        {
            await Database.StartAsync();
        }

        Disk = await SlowDisk.CreateAsync(Folder);
        for (int node = 0; node < _nodes.Length; node++)
        {
            _nodes[node].Environment = Disk?.Environment(node) ?? [];
            _nodes[node].Launch();
        }

        await Task.WhenAll(_nodes.Select(node => node.WaitUntilReadyAsync()));
        await Eventually.HoldsAsync(() => LastLeader is not null, s_start, "a node leads");
    }

    /// <summary>A port of one of the nodes that run; of the first that does, when none does.</summary>
    public async Task<int> AnyPortAsync(Random random)
    {
        Task<int>[] ports = [.. _nodes.Select(node => node.PortAsync())];
        Task<int>[] known = [.. ports.Where(port => port.IsCompleted)];
        lock (random)
        {
            if (known.Length > 0)
            {
                return known[random.Next(known.Length)].Result;
            }
        }

        return await await Task.WhenAny(ports);
    }

    /// <summary>Where a node keeps its data.</summary>
    public string DataFolder(int node) => Path.Combine(NodeFolder(node), "data");

    /// <summary>Where it keeps its state database.</summary>
    public string StateFolder(int node) => Path.Combine(DataFolder(node), "state");

    /// <summary>The node that leads, or led last, as the nodes' logs tell; null: they tell of none.</summary>
    public int? LastLeader
    {
        get
        {
            long highest = 0;
            string address = "";
            foreach (Match match in _nodes.SelectMany(node => Leader().Matches(File.ReadAllText(node.Log))))
            {
                if (long.Parse(match.Groups["term"].Value, CultureInfo.InvariantCulture) is var term && term > highest)
                {
                    (highest, address) = (term, match.Groups["address"].Value);
                }
            }

            int leader = Enumerable.Range(0, ChaosNetwork.Nodes).FirstOrDefault(node => Network.Address(node) == address, -1);
            return leader < 0 ? null : leader;
        }
    }

    /// <summary>kill -9 for all, at once.</summary>
    public Task KillAllAsync() => Task.WhenAll(_nodes.Where(node => node.ProcessId is not null).Select(node => node.KillAsync()));

    /// <summary>kill -9 for a node, which is removed; then an empty one at the same address is added, and serves.</summary>
    public async Task ReplaceAsync(int node)
    {
        await _nodes[node].KillAsync();
        await ChangeMembersAsync(node, "remove");
        Directory.Delete(DataFolder(node), recursive: true);
        _arguments[node].RemoveAll(argument => argument.StartsWith(Start, StringComparison.Ordinal));
        _arguments[node].Add(Start + "Join");
        _nodes[node].Launch();
        await _nodes[node].WaitUntilReadyAsync();
        await ChangeMembersAsync(node, "add");
    }

    /// <summary>Where to look further.</summary>
    public string Describe() => $"The folder {Folder} is kept.\n" + string.Join('\n', _nodes.Select((node, i) => $"The end of node {i}'s log:\n{LogTail.Of(node.Log)}"));

    public async ValueTask DisposeAsync()
    {
        foreach (BrokerHost node in _nodes)
        {
            await node.DisposeAsync();
        }

        await (Database?.DisposeAsync() ?? ValueTask.CompletedTask);
        await Network.DisposeAsync();
        if (IsDone)
        {
            Directory.Delete(Folder, recursive: true);
        }
    }

    /// <summary>Asks the nodes beside this one by turns, until one says that it is done.</summary>
    private async Task ChangeMembersAsync(int node, string verb)
    {
        string address = string.Create(CultureInfo.InvariantCulture, $"{Network.Address(node)}:{ChaosNetwork.LogPort}");
        string answer = "";
        long started = Stopwatch.GetTimestamp();
        for (int asked = node + 1; Stopwatch.GetElapsedTime(started) < Crash.Tests.Settings.Deadline; asked++)
        {
            int other = asked % ChaosNetwork.Nodes;
            if (other == node)
            {
                continue;
            }

            (int exitCode, answer) = await AskAsync(other, verb, address);
            if (exitCode == 0 || (verb == "remove" && answer.Contains("is no member", StringComparison.Ordinal)))
            {
                return;
            }
        }

        throw new TimeoutException($"{verb} {address}: {answer}");
    }

    private async Task<(int ExitCode, string Answer)> AskAsync(int node, string verb, string address)
    {
        using Process command = Process.Start(new ProcessStartInfo("dotnet", [Repository.BrokerProgram, "cluster", verb, address, "--data", DataFolder(node)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> output = command.StandardOutput.ReadToEndAsync();
        string errors = await command.StandardError.ReadToEndAsync();
        await command.WaitForExitAsync();
        return (command.ExitCode, await output + errors);
    }

    [GeneratedRegex(@"Leader in term (?<term>\d+): (?<address>[\d.]+):")]
    private static partial Regex Leader();

    private string NodeFolder(int node) => Path.Combine(Folder, node.ToString(CultureInfo.InvariantCulture));

    private IEnumerable<string> Arguments(int node)
    {
        yield return "--allow-anonymous";
        if (Database is not null)
        {
            yield return $"--SkyTree:Store:Provider={_store}";
            yield return $"--SkyTree:Store:Connection={Database.ConnectionString}";
        }

        yield return "--SkyTree:Cluster:Enabled=true";
        yield return $"--SkyTree:Cluster:Address={Network.Address(node)}";
        yield return $"--SkyTree:Cluster:BindAddress={Network.BindAddress(node)}";
        yield return string.Create(CultureInfo.InvariantCulture, $"--SkyTree:Cluster:LogPort={ChaosNetwork.LogPort}");
        yield return string.Create(CultureInfo.InvariantCulture, $"--SkyTree:Cluster:PeerPort={ChaosNetwork.PeerPort}");
        yield return "--SkyTree:Cluster:Secret=a secret of these tests";
        for (int seed = 0; seed < ChaosNetwork.Nodes; seed++)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"--SkyTree:Cluster:Seeds:{seed}={Network.Address(seed)}:{ChaosNetwork.LogPort}");
        }
    }
}
