using System.Globalization;
using SkyTree.Cluster.Tests.Chaos.History;
using SkyTree.Crash.Tests.Ledger;

namespace SkyTree.Cluster.Tests.Chaos;

/// <summary>Clients at any node that set the same few retained messages and look them up: each topic is a register, whose history must be linearizable.</summary>
/// <param name="port">Where to connect.</param>
/// <param name="ledger">Has the clock, and is told what is wrong.</param>
/// <param name="random">What a client does: a source for each.</param>
internal sealed class RetainedRegisters(Func<Task<int>> port, CrashLedger ledger, Func<int, Random> random)
{
    private const int Clients = 4;
    private const int Topics = 2; // at a time
    private const int TopicSeconds = 15; // then come new ones, where there is nothing yet
    private const int MostOperations = 30; // of a connection
    private const int LongestPauseMilliseconds = 50;

    private readonly RegisterHistory _history = new();

    /// <summary>What there was, in one line.</summary>
    public string Summary => string.Create(
        CultureInfo.InvariantCulture, $"{_history.Sets} times something was retained, {_history.Unknown} times perhaps, {_history.Sights} times somebody looked");

    /// <summary>Goes on until it is told to stop.</summary>
    public Task RunAsync(CancellationToken stop) => Task.WhenAll(Enumerable.Range(0, Clients).Select(client => RunAsync(client, random(client), stop)));

    /// <summary>Tells the ledger what cannot have been.</summary>
    public void Judge()
    {
        foreach (string wrong in _history.Check())
        {
            ledger.Report(FindingKind.Retained, wrong);
        }

        if (_history.Sets == 0 || _history.Sights == 0)
        {
            ledger.Report(FindingKind.Retained, $"there is little to judge: {Summary}");
        }
    }

    private async Task RunAsync(int client, Random random, CancellationToken stop)
    {
        for (int number = 1; !stop.IsCancellationRequested; number++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"register-{client}-{number}");
            using RegisterConnection? connection = await RegisterConnection.OpenAsync(await port(), name);
            bool isOpen = connection is not null;
            for (int left = random.Next(1, MostOperations); isOpen && left > 0 && !stop.IsCancellationRequested; left--)
            {
                string topic = string.Create(CultureInfo.InvariantCulture, $"l/{(int)(ledger.Now.TotalSeconds / TopicSeconds)}/{random.Next(Topics)}");
                isOpen = random.Next(2) == 0
                    ? await SetAsync(connection!, name, topic, string.Create(CultureInfo.InvariantCulture, $"{name} {left}"))
                    : await LookAsync(connection!, name, topic);
                await Task.Delay(random.Next(LongestPauseMilliseconds), CancellationToken.None);
            }

            await Task.Delay(LongestPauseMilliseconds, CancellationToken.None);
        }
    }

    private async Task<bool> SetAsync(RegisterConnection connection, string client, string topic, string value)
    {
        TimeSpan called = ledger.Now;
        bool isSet = await connection.SetAsync(topic, value);
        _history.Add(topic, new RegisterOperation(client, IsSet: true, value, called, isSet ? ledger.Now : null));
        return isSet;
    }

    private async Task<bool> LookAsync(RegisterConnection connection, string client, string topic)
    {
        TimeSpan called = ledger.Now;
        if (await connection.GetAsync(topic) is not { } value)
        {
            return false;
        }

        _history.Add(topic, new RegisterOperation(client, IsSet: false, value, called, ledger.Now));
        return true;
    }
}
