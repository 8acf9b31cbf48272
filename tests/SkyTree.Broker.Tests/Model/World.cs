using System.Net;
using Microsoft.Extensions.Time.Testing;
using SkyTree.Broker.Tests.Harness;
using SkyTree.Core;
using SkyTree.Core.Listeners;
using SkyTree.Core.Replication;
using CoreBroker = SkyTree.Core.Broker;

namespace SkyTree.Broker.Tests.Model;

/// <summary>
/// A broker over a disk that survives it, its clients, and beside them what MQTT promises each of those. A step is done to
/// both; what clients receive is compared with what they may get as it comes, and in the end with what they must have got.
/// </summary>
internal sealed partial class World : IAsyncDisposable
{
    private static readonly BrokerOptions s_options = new() { SysTopicsSeconds = 0 };

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly CrashableDisk _disk = new();
    private readonly Listener _listener = new("model", ListenerKind.Tcp, new ListenerLimits());
    private readonly ModelClient[] _clients = [.. Enumerable.Range(0, Names.Clients.Length).Select(i => new ModelClient(i))];
    private readonly List<ModelMessage> _messages = []; // by number, from 1
    private readonly List<ModelMessage> _firing = []; // Wills that are being sent
    private readonly List<(ModelMessage Will, ModelSession Session)> _discarded = [];
    private readonly List<(TestConnection Connection, ModelSession Session)> _ending = []; // while the disk is held
    private readonly Dictionary<(string Group, int Number), Delivery> _groupDeliveries = [];
    private readonly List<ModelSubscription> _members = []; // of all groups, also former ones
    private readonly Dictionary<string, long> _memberEnds = []; // when a member's session ended last, by group
    private readonly List<string> _trace = [];
    private ErrorLog _log = new();
    private CoreBroker _broker = null!;
    private long _now; // counts what happens
    private long _proof; // what the broker did up to here is on the disk
    private long _settledMs; // what is received was sent since then, the clock says
    private int _restarts;
    private long _received; // packets

    private long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

    private IEnumerable<ModelClient> Connected => _clients.Where(client => client.Connection is not null);

    public static async Task RunAsync(IReadOnlyList<Step> steps)
    {
        await using var world = new World();
        try
        {
            await world.StartAsync();
            foreach (Step step in steps)
            {
                await world.RunAsync(step);
            }

            await world.FinishAsync();
        }
        catch (Exception e) when (e is not Violation)
        {
            throw world.Failure($"{e.GetType().Name}: {e.Message}\n{e.StackTrace}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        _disk.CutOff();
        foreach (ModelClient client in _clients)
        {
            client.Detach()?.Drop();
        }

        await _broker.DisposeAsync().AsTask().WaitAsync(Deadline.Default);
        _log.Dispose();
    }

    private long Tick() => ++_now;

    private void Note(string line) => _trace.Add(line);

    private Violation Failure(string what) => new($"{what}\n{string.Join('\n', _trace.TakeLast(400))}");

    private void Require(bool condition, Func<string> what)
    {
        if (!condition)
        {
            throw Failure(what());
        }
    }

    private async Task RunAsync(Step step)
    {
        Note($"--- {step}");
        switch (step)
        {
            case Connect connect:
                await ConnectAsync(connect);
                break;
            case Drop { Client: var client } when _clients[client].Connection is not null:
                await CloseAsync(_clients[client], normally: false, endsSession: false);
                break;
            case Leave { Client: var client, EndsSession: var ends } when _clients[client].Connection is not null:
                await SendAsync(_clients[client], ends ? "DISCONNECT expiry=0" : "DISCONNECT");
                await CloseAsync(_clients[client], normally: true, ends && _clients[client].Session is { Expiry: > 0 });
                break;
            case Subscribe { Client: var client } subscribe when _clients[client].Connection is not null:
                await SubscribeAsync(_clients[client], subscribe);
                break;
            case Unsubscribe { Client: var client } unsubscribe when _clients[client].Connection is not null:
                await UnsubscribeAsync(_clients[client], unsubscribe.Filter);
                break;
            case Publish { Client: var client } publish when _clients[client].Connection is not null:
                await PublishAsync(_clients[client], publish);
                break;
            case Acknowledge { Client: var client } acknowledge:
                await AcknowledgeAsync(_clients[client], acknowledge.Count, acknowledge.From);
                break;
            case Wait wait:
                await ReleaseAsync();
                await SettleAsync();
                await PassAsync(TimeSpan.FromSeconds(wait.Seconds));
                break;
            case HoldDisk:
                _disk.Hold();
                break;
            case ReleaseDisk:
                await ReleaseAsync();
                break;
            case Crash crash:
                await CrashAsync(crash);
                break;
            case Restart restart:
                await RestartAsync(restart);
                break;
        }

        if (step.Settles)
        {
            await SettleAsync();
        }
    }

    private async Task StartAsync()
    {
        _log = new ErrorLog();
        _broker = new CoreBroker(
            s_options, [new TestAuthenticator()], [], new TestAuthorizer(), _time, _log, new BrokerStorage { Database = new CrashableDatabase(_disk) });
        await _broker.StartAsync();
    }

    /// <summary>The disk is fast again, and what waited for it is done.</summary>
    private async Task ReleaseAsync()
    {
        _disk.Release();
        await AwaitEndingAsync(isProof: true);
    }

    private async Task AwaitEndingAsync(bool isProof)
    {
        foreach ((TestConnection connection, ModelSession session) in _ending)
        {
            await connection.Served.WaitAsync(Deadline.Default);
            if (isProof)
            {
                session.Closed = Tick();
            }
        }

        _ending.Clear();
    }

    /// <summary>Waits until nothing more happens: all that clients sent has been read, all that follows is on the disk and sent.</summary>
    private async Task SettleAsync()
    {
        if (_disk.IsHeld)
        {
            for (int i = 0; i < 5; i++)
            {
                await Task.Yield();
                Drain();
            }

            return;
        }

        long before;
        do
        {
            before = _received + _disk.Writes;
            foreach (ModelClient client in Connected.Where(c => c.IsAhead).ToArray())
            {
                await PingAsync(client);
            }

            // What a command's completion proposes is behind the first of them.
            await _broker.Replicator.ProposeAsync(new ReadLastOffset());
            await _broker.Replicator.ProposeAsync(new ReadLastOffset());
            Drain();
        }
        while (_received + _disk.Writes != before);

        _settledMs = NowMs;
        foreach (ModelMessage will in _firing)
        {
            will.Acknowledged = Tick();
        }

        _firing.Clear();
    }

    private async Task PassAsync(TimeSpan time)
    {
        long before = Tick();
        for (TimeSpan rest = time; rest > TimeSpan.Zero; rest -= TimeSpan.FromSeconds(5))
        {
            _time.Advance(rest < TimeSpan.FromSeconds(5) ? rest : TimeSpan.FromSeconds(5));
            await _broker.Housekeeping;
        }

        // A whole round of housekeeping.
        for (int i = 0; i < 4; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(250));
            await _broker.Housekeeping;
        }

        SendDueWills(before);
    }

    private void RequireNoErrors() =>
        Require(_log.Errors.Count == 0, () => $"the broker logged {string.Join('\n', _log.Errors.Take(3))}");

    private TestConnection Open() => TestConnection.Open(_broker, _listener, new IPEndPoint(IPAddress.Loopback, 40_000), 1 << 20);
}

/// <summary>A promise that was not kept, with what happened before.</summary>
internal sealed class Violation(string message) : Exception(message);
