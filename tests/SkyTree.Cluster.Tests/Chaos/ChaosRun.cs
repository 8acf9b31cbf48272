using System.Globalization;
using SkyTree.Crash.Tests.Clients;
using SkyTree.Crash.Tests.Ledger;
using SkyTree.Crash.Tests.Rounds;
using SkyTree.Crash.Tests.Wire;
using Xunit;
using Xunit.Sdk;
using Progress = SkyTree.Crash.Tests.Eventually;

namespace SkyTree.Cluster.Tests.Chaos;

/// <summary>A cluster under load, to which things are done, and the judgement at the end. Used by one test.</summary>
internal sealed partial class ChaosRun : IAsyncDisposable
{
    private const int ShownOfAKind = 10;
    private const int Looks = 3;
    private const int ShortestMoveMilliseconds = 50;
    private const int LongestMoveMilliseconds = 400;
    private static readonly TimeSpan s_stillness = TimeSpan.FromSeconds(3);

    /// <summary>Held while a cluster starts: new processes are busy, and too many of them on a small machine would miss each other.</summary>
    private static readonly SemaphoreSlim s_starting = new(1);


    private readonly ITestOutputHelper _output;
    private readonly StoreKind _store;
    private readonly int _seed;
    private readonly TimeSpan _length;
    private readonly Random _random;
    private readonly ChaosCluster _cluster;
    private readonly CrashLedger _ledger = new();
    private readonly RetainedLedger _retained = new();
    private readonly Population _population;
    private readonly CrashClient _mourner; // gets the Wills
    private readonly WillPublisher _wills;
    private readonly Rivals _rivals;
    private readonly RetainedRegisters _registers;
    private readonly CancellationTokenSource _calm = new(); // ends load and moves
    private Task _load = Task.CompletedTask;
    private bool _haveLeft;

    private ChaosRun(ITestOutputHelper output, StoreKind store, TimeSpan length)
    {
        _output = output;
        _store = store;
        _length = length;
        _seed = Crash.Tests.Settings.NextSeed();
        _random = Seeds.For(_seed, 0);
        _cluster = new ChaosCluster(message => _ledger.Report(FindingKind.Broker, message), store);
        RunEvents events = new();
        _population = new Population(AnyPort(20), _ledger, _retained, events, _seed, roams: true);
        _mourner = new CrashClient(AnyPort(21), new ClientOptions("mourner", 5) { Roams = true, Subscriptions = [new Subscription("w/#", 2)] }, _ledger, events);
        _wills = new WillPublisher(AnyPort(22), _ledger, Seeds.For(_seed, 23));
        _rivals = new Rivals("rivals", AnyPort(24), _ledger, use => Seeds.For(_seed, 30 + use));
        _registers = new RetainedRegisters(AnyPort(25), _ledger, use => Seeds.For(_seed, 40 + use));
    }

    /// <summary>A cluster, load, trouble that lasts for so long in all, and the judgement. Fails the test if anything is wrong.</summary>
    /// <param name="output">Is told the seed.</param>
    /// <param name="store">Where the messages are.</param>
    /// <param name="length">How long there is trouble.</param>
    public static async Task RunAsync(ITestOutputHelper output, StoreKind store, TimeSpan length)
    {
        await using ChaosRun run = new(output, store, length);
        output.WriteLine($"{store}, seed {run._seed}");
        try
        {
            await run.StartAsync();
            await run.TroubleAsync();
            await run.FinishAsync();
        }
        catch (Exception exception) when (exception is not XunitException)
        {
            run.Fail([new Finding(FindingKind.Broker, exception.ToString()), .. run._ledger.Check()]);
        }
    }

    /// <summary>Trouble and load end, everything arrives, all nodes come to the same state.</summary>
    private async Task FinishAsync()
    {
        _cluster.Network.Heal();
        _ledger.Note("all is well from now on");
        await _calm.CancelAsync();
        await RequireAsync(() => _load.IsCompleted, "somebody does not read what publishers send");
        _population.Away.Return();
        await _population.Slow.HurryAsync();
        await RequireAsync(IsDrained, "the run stands still");
        await RequireAsync(() => _rivals.Open <= 1, "an older connection of a client identifier was not closed");
        for (int node = 0; node < ChaosNetwork.Nodes; node++)
        {
            await LookAtRetainedAsync(node);
        }

        foreach (Publisher publisher in _population.Publishers)
        {
            await publisher.PublishToAllAsync();
        }

        await RequireAsync(IsDrained, "the run stands still after the last messages");
        await CompareReplicasAsync();
        await LookAtStoredAsync();
        Judge();
    }

    public async ValueTask DisposeAsync()
    {
        await _calm.CancelAsync();
        await _cluster.DisposeAsync(); // nobody waits any more for it to read
        await _load;
        await LeaveAsync();
        _calm.Dispose();
    }

    private async Task LeaveAsync()
    {
        if (!_haveLeft)
        {
            _haveLeft = true;
            await _rivals.CloseAsync();
            await _mourner.DisposeAsync();
            await _population.DisposeAsync();
        }
    }

    private Func<Task<int>> AnyPort(int use)
    {
        Random random = Seeds.For(_seed, use);
        return () => _cluster.AnyPortAsync(random);
    }

    private async Task StartAsync()
    {
        await s_starting.WaitAsync();
        try
        {
            await _cluster.StartAsync();
        }
        finally
        {
            s_starting.Release();
        }

        _mourner.Start();
        if (!await _population.StartSubscribersAsync())
        {
            Fail([new Finding(FindingKind.Broker, "not every subscriber could subscribe"), .. _ledger.Check()]);
        }

        await RequireAsync(() => _mourner.IsReady, "nobody can wait for Wills");
        _population.StartPublishers();
        _load = Task.WhenAll(
        [
            .. _population.Publishers.Select(publisher => publisher.RunAsync(_calm.Token)),
            _population.Writer.RunAsync(_calm.Token),
            _wills.RunAsync(_calm.Token),
            _rivals.RunAsync(_calm.Token),
            _registers.RunAsync(_calm.Token),
            MoveAsync(),
        ]);
    }

    private bool IsDrained() => _population.IsFinished && _ledger.Missing == 0 && _population.IsReady(withAway: true) && _mourner.IsReady;

    /// <summary>One client's network breaks after the other's: it goes on at whichever node it finds.</summary>
    private async Task MoveAsync()
    {
        Random random = Seeds.For(_seed, 26);
        CrashClient[] clients = [.. _population.Flaky, .. _population.Steady, .. _population.Publishers.Select(publisher => publisher.Client), _population.Writer.Client, _population.Slow, _population.Away, _mourner];
        try
        {
            while (true)
            {
                await Task.Delay(random.Next(ShortestMoveMilliseconds, LongestMoveMilliseconds), _calm.Token);
                clients[random.Next(clients.Length)].Drop();
            }
        }
        catch (OperationCanceledException)
        {
            // Calm.
        }
    }

    private async Task LookAtRetainedAsync(int node)
    {
        Task deadline = Task.Delay(Crash.Tests.Settings.Deadline);
        while (!deadline.IsCompleted)
        {
            Task<IReadOnlyList<Finding>?> look = RetainedView.LookAsync(_cluster.Nodes[node], _retained);
            if (await Task.WhenAny(look, deadline) == look && await look is { } findings)
            {
                foreach (Finding finding in findings)
                {
                    _ledger.Report(finding.Kind, string.Create(CultureInfo.InvariantCulture, $"node {node}: {finding.Text}"));
                }

                return;
            }
        }

        Fail([new Finding(FindingKind.Broker, string.Create(CultureInfo.InvariantCulture, $"nobody could look at the retained messages of node {node}")), .. _ledger.Check()]);
    }

    /// <summary>All clients leave; when nothing is to be noted any more, the nodes are killed and what they keep is compared.</summary>
    private async Task CompareReplicasAsync()
    {
        await LeaveAsync();
        IReadOnlyList<string> differences = [];
        for (int look = 1; look <= Looks; look++)
        {
            // Connections that broke are noticed, cursors are noted four times a second, and what one node has all have after a
            // tick. A machine that is busy takes longer; what differs for another reason does so at the next look, too.
            await Task.Delay(s_stillness);
            await _cluster.KillAllAsync();
            differences = await Replicas.CompareAsync([.. Enumerable.Range(0, ChaosNetwork.Nodes).Select(_cluster.StateFolder)]);
            if (differences.Count == 0)
            {
                break;
            }

            _ledger.Note(string.Create(CultureInfo.InvariantCulture, $"look {look} found {differences.Count} differences"));
            await Task.WhenAll(Enumerable.Range(0, ChaosNetwork.Nodes).Select(StartNodeAsync));
        }

        if (differences.Count > 0)
        {
            _ledger.Report(FindingKind.Broker, $"the nodes' states differ in {differences.Count} places:\n    {string.Join("\n    ", differences.Take(ShownOfAKind))}");
        }
    }

    /// <summary>That the leaders wrote to the external store.</summary>
    private async Task LookAtStoredAsync()
    {
        if (_cluster.Database is not null)
        {
            long[] stored = await Task.WhenAll(Enumerable.Range(0, ChaosNetwork.Nodes).Select(node => Replicas.ReadStoredAsync(_cluster.StateFolder(node))));
            if (stored.Min() == 0)
            {
                _ledger.Report(FindingKind.Broker, "the external store was given nothing");
            }
        }
    }

    private void Judge()
    {
        _rivals.Judge();
        _registers.Judge();
        IReadOnlyList<Finding> findings = _ledger.Check();
        _output.WriteLine(Summary);
        if (findings.Count > 0)
        {
            Fail(findings);
        }

        _cluster.IsDone = true;
    }

    private string Summary => string.Create(
        CultureInfo.InvariantCulture,
        $"{_store}, {_troubled.TotalSeconds:F0} s of trouble: {_ledger.Summary}; {_rivals.Summary}; {_registers.Summary}");

    private async Task RequireAsync(Func<bool> condition, string what)
    {
        if (!await Progress.HoldsAsync(condition, () => _ledger.Changes))
        {
            string open = string.Create(
                CultureInfo.InvariantCulture,
                $"{what}: {_ledger.Missing} deliveries are missing, publishers are {(_population.IsFinished ? "" : "not ")}finished, clients are {(_population.IsReady(withAway: true) && _mourner.IsReady ? "" : "not all ")}connected");
            Fail([new Finding(FindingKind.Broker, open), .. _ledger.Check()]);
        }
    }

    private static string Tell(IGrouping<FindingKind, Finding> findings)
    {
        int more = findings.Count() - ShownOfAKind;
        return string.Join('\n', findings.Take(ShownOfAKind)) + (more > 0 ? $"\n{findings.Key}: and {more} more" : "");
    }

    private void Fail(IReadOnlyList<Finding> findings) => Assert.Fail(
        $"""
        {_store}, seed {_seed}: {findings.Count} findings
        {string.Join('\n', findings.GroupBy(finding => finding.Kind).Select(Tell))}

        What was done:
        {string.Join('\n', _ledger.Timeline)}
        {Summary}

        {_cluster.Describe()}

        Again: {ChaosTests.Again(_store, _seed, _length)}
        """);
}
