using System.Buffers;
using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.Time.Testing;
using SkyTree.Core;
using SkyTree.Core.Hooks;
using SkyTree.Core.Listeners;
using SkyTree.Core.Messages;
using SkyTree.Core.Rewriting;
using SkyTree.Core.Security;
using SkyTree.Core.Security.Access;
using CoreBroker = SkyTree.Core.Broker;

namespace SkyTree.Broker.Tests.Harness;

/// <summary>A started broker with a clock that the test moves.</summary>
internal sealed class TestBroker : IAsyncDisposable
{
    private readonly List<TestClient> _clients = [];
    private readonly ErrorLog _log = new();
    private readonly Listener _listener;
    private readonly ConnectionGate _gate;
    private int _port = 40_000;

    private TestBroker(BrokerOptions options, ListenerLimits limits, TimeProvider? clock, BrokerStorage storage, BrokerSecurity? security, IMeterFactory? meters, HookRegistrations? hooks, ITopicRewriter? rewriter)
    {
        _listener = new Listener("test", ListenerKind.Tcp, limits);
        _gate = new ConnectionGate(limits, clock ?? Time);
        Broker = security is null
            ? new CoreBroker(options, [Authenticator], [Challenge], Authorizer, clock ?? Time, _log, storage, meters: meters, hooks: hooks, rewriter: rewriter)
            : Secured(options, clock ?? Time, storage, security);
    }

    public CoreBroker Broker { get; }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public TestAuthenticator Authenticator { get; } = new();

    public TestAuthorizer Authorizer { get; } = new();

    public ChallengeMethod Challenge { get; } = new();

    public Listener Listener => _listener;

    /// <summary>Starts a broker. <c>$SYS</c> is off unless the options turn it on, so that transcripts hold only what tests cause.</summary>
    public static async Task<TestBroker> StartAsync(BrokerOptions? options = null, ListenerLimits? limits = null, TimeProvider? clock = null, StoreOptions? storeOptions = null, BrokerStorage? storage = null, BrokerSecurity? security = null, IMeterFactory? meters = null, HookRegistrations? hooks = null, ITopicRewriter? rewriter = null)
    {
        TestBroker broker = new(options ?? new BrokerOptions { SysTopicsSeconds = 0 }, limits ?? new ListenerLimits(), clock, storage ?? TestStorage.Create(storeOptions ?? new StoreOptions()), security, meters, hooks, rewriter);
        await broker.Broker.StartAsync();
        return broker;
    }

    /// <summary>A broker as the program makes it, with users, rules and bans.</summary>
    private CoreBroker Secured(BrokerOptions options, TimeProvider clock, BrokerStorage storage, BrokerSecurity security)
    {
        UserDirectory users = new(security.ConfiguredUsers, security.Registry);
        return new CoreBroker(
            options,
            [new PasswordAuthenticator(users, security.Passwords, clock), new AnonymousAuthenticator(AnonymousMode.Always)],
            [new ScramSha256Method(users)],
            new RuleAuthorizer(security),
            clock,
            _log,
            storage,
            security);
    }

    /// <summary>Opens a network connection without sending anything.</summary>
    /// <param name="level">The protocol level in which the client will speak: 3, 4 or 5.</param>
    /// <param name="bufferBytes">How much each direction holds before its writer must wait.</param>
    /// <param name="address">The client's address.</param>
    /// <param name="pool">Where the memory of what the client sends comes from.</param>
    public TestClient Open(int level = 5, int bufferBytes = 64 * 1024, IPAddress? address = null, MemoryPool<byte>? pool = null)
    {
        IPEndPoint remote = new(address ?? IPAddress.Loopback, Interlocked.Increment(ref _port));
        Admission? admission = _gate.TryEnter(remote.Address);
        TestConnection connection = admission is null
            ? TestConnection.Refused()
            : TestConnection.Open(Broker, _listener, remote, bufferBytes, pool, admission);
        TestClient client = new(connection, level);
        lock (_clients)
        {
            _clients.Add(client);
        }

        return client;
    }

    /// <summary>Opens a connection, sends CONNECT and takes the CONNACK, which must be a success.</summary>
    /// <param name="connect">The fields of CONNECT, <c>client=a clean=0</c>.</param>
    /// <param name="level">The protocol level.</param>
    /// <param name="bufferBytes">How much each direction holds before its writer must wait.</param>
    public async Task<TestClient> ConnectAsync(string connect, int level = 5, int bufferBytes = 64 * 1024)
    {
        TestClient client = Open(level, bufferBytes);
        await client.SendAsync($"CONNECT {connect}");
        client.ConnAck = await client.ReceiveAsync("CONNACK");
        Assert.Equal("success", client.ConnAck.Reasons[0]);
        return client;
    }

    /// <summary>Moves the clock in steps of at most a second, so that what is due early happens before what is due late.</summary>
    public async Task AdvanceAsync(TimeSpan time)
    {
        await SettleAsync();
        TimeSpan step = TimeSpan.FromTicks(Math.Max(TimeSpan.TicksPerSecond, time.Ticks / 200));
        for (TimeSpan rest = time; rest > TimeSpan.Zero; rest -= step)
        {
            Time.Advance(rest < step ? rest : step);
            await Broker.Housekeeping;
            await Task.Yield();
        }
    }

    /// <summary>
    /// Moves the clock a second at a time until something has happened. What starts a timer may do so only after the clock was
    /// moved first, so how far it has to be moved is not known.
    /// </summary>
    /// <param name="happening">What must happen.</param>
    public async Task AdvanceUntilAsync(Task happening)
    {
        var patience = System.Diagnostics.Stopwatch.StartNew();
        while (!happening.IsCompleted && patience.Elapsed < Deadline.Default)
        {
            await AdvanceAsync(TimeSpan.FromSeconds(1));
            await Task.WhenAny(happening, Task.Delay(5));
        }

        await happening.WaitAsync(Deadline.Default);
    }

    /// <summary>
    /// Lets the broker read what clients have sent before time passes, as it would. What it will never read, from who is
    /// closed or read slowly, is not waited for long.
    /// </summary>
    private async Task SettleAsync()
    {
        var patience = System.Diagnostics.Stopwatch.StartNew();
        while (Broker.Traffic.BytesReceived < SentBytes() && patience.Elapsed < TimeSpan.FromMilliseconds(50))
        {
            await Task.Delay(1);
        }
    }

    private long SentBytes()
    {
        lock (_clients)
        {
            return _clients.Sum(client => client.Connection.BytesSent);
        }
    }

    public async ValueTask DisposeAsync()
    {
        TestClient[] clients;
        lock (_clients)
        {
            clients = [.. _clients];
        }

        foreach (TestClient client in clients)
        {
            client.Connection.Drop();
        }

        // A connection that is read slowly, or whose client does not read, ends when its time has come.
        for (int i = 0; i < 600 && Array.Exists(clients, client => !client.Connection.Served.IsCompleted); i++)
        {
            await AdvanceAsync(TimeSpan.FromSeconds(1));
        }

        foreach (TestClient client in clients)
        {
            await client.DisposeAsync();
        }

        await Broker.DisposeAsync();
        Assert.True(_log.Errors.Count == 0, $"The broker logged errors:\n{string.Join('\n', _log.Errors.Distinct().Take(5))}");
        _log.Dispose();
    }
}
