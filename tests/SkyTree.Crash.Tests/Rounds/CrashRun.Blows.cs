using System.Globalization;
using SkyTree.Crash.Tests.Processes;

namespace SkyTree.Crash.Tests.Rounds;

/// <summary>How blows are dealt.</summary>
internal sealed partial class CrashRun
{
    private const int LongestDelayMilliseconds = 600;
    private const int StartMilliseconds = 400;
    private const int AtOnceMilliseconds = 100;
    private const int MostEvents = 300;
    private const int Connections = 13; // while one subscriber stays away
    private const int AcknowledgementsWithoutDatabase = 100;

    /// <summary>If what a blow waits for does not happen, the blow comes all the same: so does a crash.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private static readonly RunEvent[] UnderLoad = [RunEvent.Published, RunEvent.Acknowledged, RunEvent.Released, RunEvent.Delivered, RunEvent.Finished];
    private static readonly RunEvent[] AtConnect = [RunEvent.Connecting, RunEvent.Connected];

    private BrokerHost Broker => _folder.Broker;

    private DatabaseServer Database => _folder.Database ?? throw new InvalidOperationException($"{_store} has no server");

    private async Task StrikeAsync(Blow blow)
    {
        switch (blow)
        {
            case Blow.Kill:
                await MomentAsync(UnderLoad[_random.Next(UnderLoad.Length)], _random.Next(1, MostEvents));
                await DelayAsync(_random.Next(2) * _random.Next(LongestDelayMilliseconds));
                await KillBrokerAsync();
                await StartBrokerAsync();
                break;
            case Blow.KillWhileConnecting:
                await MomentAsync(RunEvent.Acknowledged, _random.Next(1, MostEvents));
                Task moment = MomentAsync(AtConnect[_random.Next(AtConnect.Length)], _random.Next(1, Connections)); // before it can pass
                _population.DropAll();
                await moment;
                await KillBrokerAsync();
                await StartBrokerAsync();
                break;
            case Blow.KillWhileStarting:
                await MomentAsync(RunEvent.Acknowledged, _random.Next(1, MostEvents));
                await KillBrokerAsync();
                Broker.Launch();
                await DelayAsync(_random.Next(StartMilliseconds));
                await KillBrokerAsync();
                await StartBrokerAsync();
                break;
            case Blow.KillTwice:
                await MomentAsync(RunEvent.Delivered, _random.Next(1, MostEvents));
                await KillBrokerAsync();
                await StartBrokerAsync();
                await DelayAsync(_random.Next(AtOnceMilliseconds));
                await KillBrokerAsync();
                await StartBrokerAsync();
                break;
            case Blow.Stop:
                await MomentAsync(RunEvent.Published, _random.Next(1, MostEvents));
                _ledger.Note("SIGTERM to the broker");
                await Broker.StopAsync();
                await StartBrokerAsync();
                break;
            case Blow.KillDatabase:
                await MomentAsync(RunEvent.Acknowledged, _random.Next(1, MostEvents));
                await KillDatabaseAsync();
                await RequireAcknowledgementsAsync();
                await DelayAsync(_random.Next(LongestDelayMilliseconds));
                await StartDatabaseAsync();
                break;
            case Blow.KillBoth:
                await MomentAsync(RunEvent.Acknowledged, _random.Next(1, MostEvents));
                await InAnyOrderAsync(KillBrokerAsync, KillDatabaseAsync);
                await InAnyOrderAsync(StartBrokerAsync, StartDatabaseAsync);
                break;
            case Blow.KillWithoutDatabase:
                await MomentAsync(RunEvent.Acknowledged, _random.Next(1, MostEvents));
                await KillDatabaseAsync();
                await RequireAcknowledgementsAsync();
                await KillBrokerAsync();
                await StartBrokerAsync();
                await RequireAcknowledgementsAsync();
                await StartDatabaseAsync();
                break;
            default:
                throw new InvalidOperationException($"{blow} is no blow");
        }
    }

    private async Task MomentAsync(RunEvent happens, int times)
    {
        bool happened = await _events.WaitAsync(happens, times, Patience);
        _ledger.Note(string.Create(CultureInfo.InvariantCulture, $"round {_round}: {happens} {times} times{(happened ? "" : " was waited for in vain")}"));
    }

    /// <summary>With the database away, what is acknowledged waits in the broker's own.</summary>
    private async Task RequireAcknowledgementsAsync() => Require(
        await _events.WaitAsync(RunEvent.Acknowledged, AcknowledgementsWithoutDatabase, Settings.Deadline),
        "the broker acknowledges nothing while its database is away");

    /// <summary>Part of the schedule: how long behind an event the next thing is done. Nothing is waited for here.</summary>
    private static Task DelayAsync(int milliseconds) => Task.Delay(milliseconds);

    private Task InAnyOrderAsync(Func<Task> first, Func<Task> second) => _random.Next(2) == 0 ? OneThenOtherAsync(first, second) : OneThenOtherAsync(second, first);

    private static async Task OneThenOtherAsync(Func<Task> first, Func<Task> second)
    {
        await first();
        await second();
    }

    private async Task KillBrokerAsync()
    {
        await Broker.KillAsync();
        _ledger.Note("kill -9 of the broker");
    }

    private async Task StartBrokerAsync()
    {
        await Broker.StartAsync();
        _ledger.Note("the broker serves");
    }

    private async Task KillDatabaseAsync()
    {
        await Database.KillAsync();
        _ledger.Note("kill -9 of the database");
    }

    private async Task StartDatabaseAsync()
    {
        await Database.StartAsync();
        _ledger.Note("the database serves");
    }
}
