using System.Globalization;
using SkyTree.Crash.Tests.Clients;
using SkyTree.Crash.Tests.Ledger;
using SkyTree.Crash.Tests.Processes;
using Xunit;

namespace SkyTree.Crash.Tests.Rounds;

/// <summary>A broker under load, to which things are done in rounds, and the judgement at the end. Used by one test.</summary>
internal sealed partial class CrashRun : IAsyncDisposable
{
    private const int LateSubscribers = 10;
    private const int ShownOfAKind = 10;
    private const int ShortestTroubleMilliseconds = 20;
    private const int LongestTroubleMilliseconds = 250;

    private readonly ITestOutputHelper _output;
    private readonly StoreKind _store;
    private readonly int _seed;
    private readonly Random _random;
    private readonly TestFolder _folder;
    private readonly CrashLedger _ledger = new();
    private readonly RetainedLedger _retained = new();
    private readonly RunEvents _events = new();
    private readonly Population _population;
    private readonly CancellationTokenSource _calm = new(); // ends publishing and trouble
    private Task _load = Task.CompletedTask;
    private int _round;

    private CrashRun(StoreKind store, int seed, TestFolder folder, ITestOutputHelper output)
    {
        _store = store;
        _seed = seed;
        _folder = folder;
        _output = output;
        _random = Seeds.For(seed, 0);
        _population = new Population(folder.Broker.PortAsync, _ledger, _retained, _events, seed);
        folder.Crashed += message => _ledger.Report(FindingKind.Broker, message);
    }

    /// <summary>Starts the broker, the subscribers, and the load.</summary>
    public static async Task<CrashRun> StartAsync(StoreKind store, ITestOutputHelper output)
    {
        int seed = Settings.NextSeed();
        output.WriteLine($"{store}, seed {seed}");
        CrashRun run = new(store, seed, await TestFolder.CreateAsync(store), output);
        try
        {
            await run.StartAsync();
            return run;
        }
        catch
        {
            await run.DisposeAsync();
            throw;
        }
    }

    /// <summary>One round: one blow under load, then a look at the retained messages.</summary>
    /// <param name="blow">What is done.</param>
    public async Task RoundAsync(Blow blow)
    {
        _round++;
        if (_round % 3 == 1)
        {
            _population.Away.Leave();
        }
        else if (_round % 3 == 0)
        {
            _population.Away.Return();
        }

        if (_round <= LateSubscribers)
        {
            _population.AddSubscriber(_round);
        }

        await StrikeAsync(blow);
        await LookAtRetainedAsync();
    }

    /// <summary>A round in which only networks break.</summary>
    public async Task QuietRoundAsync()
    {
        _population.DropAll();
        await LoadAsync(3000);
        await LookAtRetainedAsync();
    }

    /// <summary>Lets the load go on until so many messages have come to applications.</summary>
    public async Task LoadAsync(int deliveries) =>
        Require(await _events.WaitAsync(RunEvent.Delivered, deliveries, Settings.Deadline), "nothing is delivered");

    /// <summary>
    /// Publishers end, everything arrives, and once more after a last kill, behind which something that was forgotten to be
    /// done, or done twice, would show. Fails the test if anything is wrong.
    /// </summary>
    /// <param name="withKill">Whether the last kill is made.</param>
    public async Task FinishAsync(bool withKill = true)
    {
        await CalmAsync();
        Require(await DrainAsync(), "the run stands still");
        if (withKill)
        {
            await _folder.Broker.KillAsync();
            _ledger.Note("the last kill -9, when everything had arrived");
            await _folder.Broker.StartAsync();
        }

        foreach (Publisher publisher in _population.Publishers)
        {
            await publisher.PublishToAllAsync();
        }

        Require(await DrainAsync(), "the run stands still after the last messages");
        await LookAtRetainedAsync();
        Judge();
    }

    /// <summary>Ends load and trouble, and says what is wrong by then, although not everything may have arrived.</summary>
    public async Task<IReadOnlyList<Finding>> AbandonAsync()
    {
        await CalmAsync();
        await Eventually.HoldsAsync(() => _population.IsFinished && _population.IsReady(withAway: true), () => _ledger.Changes);
        _folder.IsDone = true;
        return _ledger.Check();
    }

    public async ValueTask DisposeAsync()
    {
        await _calm.CancelAsync();
        await _folder.Broker.DisposeAsync(); // nobody waits any more for it to read
        await _load;
        await _population.DisposeAsync();
        await _folder.DisposeAsync();
        _calm.Dispose();
    }

    private async Task StartAsync()
    {
        await _folder.Broker.StartAsync();
        Require(await _population.StartSubscribersAsync(), "not every subscriber could subscribe");
        _population.StartPublishers();
        _load = Task.WhenAll(
        [
            .. _population.Publishers.Select(publisher => publisher.RunAsync(_calm.Token)),
            _population.Writer.RunAsync(_calm.Token),
            TroubleAsync(),
        ]);
    }

    private async Task CalmAsync()
    {
        await _calm.CancelAsync();
        Require(await Eventually.HoldsAsync(() => _load.IsCompleted, () => _ledger.Changes), "the broker does not read what publishers send");
        _population.Away.Return();
        await _population.Slow.HurryAsync();
    }

    /// <summary>Waits until all is finished and has arrived.</summary>
    private Task<bool> DrainAsync() => Eventually.HoldsAsync(
        () => _population.IsFinished && _ledger.Missing == 0 && _population.IsReady(withAway: true),
        () => _ledger.Changes);

    /// <summary>Breaks the network of one flaky subscriber after the other.</summary>
    private async Task TroubleAsync()
    {
        Random random = Seeds.For(_seed, 6);
        try
        {
            while (true)
            {
                await Task.Delay(random.Next(ShortestTroubleMilliseconds, LongestTroubleMilliseconds), _calm.Token);
                _population.Flaky[random.Next(_population.Flaky.Count)].Drop();
            }
        }
        catch (OperationCanceledException)
        {
            // Calm.
        }
    }

    private async Task LookAtRetainedAsync()
    {
        Task deadline = Task.Delay(Settings.Deadline);
        while (!deadline.IsCompleted)
        {
            Task<IReadOnlyList<Finding>?> look = RetainedView.LookAsync(_folder.Broker, _retained);
            if (await Task.WhenAny(look, deadline) == look && await look is { } findings)
            {
                foreach (Finding finding in findings)
                {
                    _ledger.Report(finding.Kind, finding.Text);
                }

                return;
            }
        }

        Require(false, "nobody could look at the retained messages");
    }

    private void Judge()
    {
        IReadOnlyList<Finding> findings = _ledger.Check();
        _output.WriteLine(_ledger.Summary);
        if (findings.Count > 0)
        {
            Fail(findings);
        }

        _folder.IsDone = true;
    }

    /// <summary>Fails the test, with everything that is known, unless something holds.</summary>
    private void Require(bool holds, string what)
    {
        if (!holds)
        {
            string open = string.Create(
                CultureInfo.InvariantCulture,
                $"{what}: {_ledger.Missing} deliveries are missing, publishers are {(_population.IsFinished ? "" : "not ")}finished, clients are {(_population.IsReady(withAway: true) ? "" : "not all ")}connected");
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
        {_ledger.Summary}

        {_folder.Describe()}
        """);
}
