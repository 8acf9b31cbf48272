using SkyTree.Crash.Tests.Clients;
using SkyTree.Crash.Tests.Ledger;
using SkyTree.Crash.Tests.Rounds;
using SkyTree.Crash.Tests.Wire;
using Xunit;

namespace SkyTree.Cluster.Tests.Operating;

/// <summary>Publishers at QoS 1 and 2, durable subscribers, and the account of what became of every message.</summary>
internal sealed class Load : IAsyncDisposable
{
    private const int Seed = 7;

    private readonly CancellationTokenSource _enough = new();
    private readonly CrashLedger _ledger = new();
    private readonly CrashClient[] _readers;
    private readonly Publisher[] _publishers;
    private Task _running = Task.CompletedTask;

    /// <summary>Clients that do not connect yet.</summary>
    /// <param name="port">Where each connects, asked before each connection.</param>
    public Load(Func<Task<int>> port)
    {
        RunEvents events = new();
        _readers = [Reader("reads-all", 2), Reader("reads-once", 1)];
        _publishers = [Publisher("publishes-5", 5), Publisher("publishes-3", 4)];

        CrashClient Reader(string name, int qos) => new(port, new ClientOptions(name, 5) { Roams = true, Subscriptions = [new Subscription("c/#", qos)] }, _ledger, events);

        Publisher Publisher(string name, int level) => new(new CrashClient(port, new ClientOptions(name, level) { Roams = true }, _ledger, events), _ledger, Seeds.For(Seed, level));
    }

    /// <summary>What it has seen, in a line.</summary>
    public string Summary => _ledger.Summary;

    /// <summary>Lets subscribers subscribe, and then publishers publish.</summary>
    public async Task StartAsync()
    {
        Array.ForEach(_readers, reader => reader.Start());
        await HoldsAsync(() => _readers.All(reader => reader.IsReady));
        Array.ForEach(_publishers, publisher => publisher.Client.Start());
        _running = Task.WhenAll(_publishers.Select(publisher => publisher.RunAsync(_enough.Token)));
    }

    /// <summary>Subscribers go away until <see cref="Return"/>.</summary>
    public void Leave() => Array.ForEach(_readers, reader => reader.Leave());

    /// <summary>Ends <see cref="Leave"/>.</summary>
    public void Return() => Array.ForEach(_readers, reader => reader.Return());

    /// <summary>Waits until so much more has been acknowledged or delivered.</summary>
    public async Task GoOnAsync(long changes)
    {
        long enough = _ledger.Changes + changes;
        await HoldsAsync(() => _ledger.Changes >= enough);
    }

    /// <summary>Ends the load. Everything that was acknowledged must arrive, once at QoS 2, and in order.</summary>
    public async Task FinishAsync()
    {
        await _enough.CancelAsync();
        await _running;
        await HoldsAsync(() => _ledger.Missing == 0 && _publishers.All(publisher => publisher.Client.Unfinished == 0));
        Assert.Empty(_ledger.Check());
    }

    public async ValueTask DisposeAsync()
    {
        await _enough.CancelAsync();
        foreach (CrashClient client in _readers.Concat(_publishers.Select(publisher => publisher.Client)))
        {
            await client.DisposeAsync();
        }

        _enough.Dispose();
    }

    private async Task HoldsAsync(Func<bool> condition)
    {
        if (!await Crash.Tests.Eventually.HoldsAsync(condition, () => _ledger.Changes))
        {
            Assert.Fail($"the load stands still: {_ledger.Missing} deliveries are missing\n{string.Join('\n', _ledger.Check())}\n{string.Join('\n', _ledger.Timeline)}\n{_ledger.Summary}");
        }
    }
}
