using System.Globalization;
using SkyTree.Crash.Tests.Clients;
using SkyTree.Crash.Tests.Ledger;
using SkyTree.Crash.Tests.Wire;

namespace SkyTree.Crash.Tests.Rounds;

/// <summary>The clients of a run. Topics are <c>c/{publisher}/{number}</c>.</summary>
internal sealed class Population : IAsyncDisposable
{
    private const string Group = "$share/g/c/#";

    private readonly Func<Task<int>> _port;
    private readonly bool _roams;
    private readonly CrashLedger _ledger;
    private readonly RunEvents _events;
    private readonly List<CrashClient> _all = [];

    /// <summary>Creates the clients; none connects yet.</summary>
    /// <param name="port">Where to connect, asked before each connection.</param>
    /// <param name="ledger">Is told of messages.</param>
    /// <param name="retained">Is told of retained ones.</param>
    /// <param name="events">Are counted.</param>
    /// <param name="seed">What the clients do at random depends on it.</param>
    /// <param name="roams">Whether the broker is several nodes.</param>
    public Population(Func<Task<int>> port, CrashLedger ledger, RetainedLedger retained, RunEvents events, int seed, bool roams = false)
    {
        _port = port;
        _roams = roams;
        _ledger = ledger;
        _events = events;
        Publishers =
        [
            Publisher(new ClientOptions("keeps-5", 5), Seeds.For(seed, 1)),
            Publisher(new ClientOptions("keeps-3", 4), Seeds.For(seed, 2)),
            Publisher(new ClientOptions("forgets-5", 5) { IsDurable = false }, Seeds.For(seed, 3)),
            Publisher(new ClientOptions("forgets-3", 4) { IsDurable = false }, Seeds.For(seed, 4)),
        ];
        Writer = new RetainedWriter(Add(new ClientOptions("retains", 5)), retained, Seeds.For(seed, 5));
        Steady =
        [
            Subscriber("steady-2", 5, new Subscription("c/#", 2)),
            Subscriber("steady-1", 4, new Subscription("c/#", 1)),
            Subscriber("overlaps", 5, new Subscription("c/+/0", 2), new Subscription("c/#", 1), new Subscription("c/keeps-5/+", 2)),
        ];
        Slow = Add(new ClientOptions("slow", 5) { ReceiveMaximum = 4, IsSlow = true, Subscriptions = [new("c/keeps-3/0", 2), new("c/forgets-5/0", 1)] });
        Flaky =
        [
            Subscriber("flaky-2", 4, new Subscription("c/#", 2)),
            Subscriber("flaky-1", 5, new Subscription("c/#", 1)),
            Subscriber("member-a", 5, new Subscription(Group, 2)),
            Subscriber("member-b", 5, new Subscription(Group, 2)),
        ];
        Away = Subscriber("away", 5, new Subscription("c/#", 2));
    }

    public IReadOnlyList<Publisher> Publishers { get; }

    /// <summary>Sets and clears retained messages.</summary>
    public RetainedWriter Writer { get; }

    /// <summary>Subscribers whose network is good.</summary>
    public IReadOnlyList<CrashClient> Steady { get; }

    /// <summary>Subscribers whose network breaks now and then, the members of the shared group among them.</summary>
    public IReadOnlyList<CrashClient> Flaky { get; }

    /// <summary>A subscriber that takes few messages at a time and holds its answers back.</summary>
    public CrashClient Slow { get; }

    /// <summary>A subscriber that stays away for whole rounds.</summary>
    public CrashClient Away { get; }

    /// <summary>Whether every client that is to be connected is.</summary>
    public bool IsReady(bool withAway) => _all.All(client => client.IsReady || (!withAway && client == Away));

    /// <summary>Lets all subscribers connect and subscribe.</summary>
    public async Task<bool> StartSubscribersAsync()
    {
        CrashClient[] subscribers = [.. Steady, .. Flaky, Slow, Away];
        foreach (CrashClient subscriber in subscribers)
        {
            subscriber.Start();
        }

        return await Eventually.HoldsAsync(() => subscribers.All(subscriber => subscriber.IsReady));
    }

    /// <summary>Lets one more durable subscriber come: its session and its subscription are new when the next blow falls.</summary>
    /// <param name="number">Tells it from the others.</param>
    public void AddSubscriber(int number) => Subscriber(
        string.Create(CultureInfo.InvariantCulture, $"late-{number}"),
        level: 4 + (number % 2),
        new Subscription(number == 1 ? "c/#" : "c/forgets-3/0", 2)).Start();

    public void StartPublishers()
    {
        foreach (Publisher publisher in Publishers)
        {
            publisher.Client.Start();
        }

        Writer.Client.Start();
    }

    /// <summary>Whether publishers have an end to everything that they sent.</summary>
    public bool IsFinished => Publishers.All(publisher => publisher.Client.Unfinished == 0) && Writer.Client.Unfinished == 0;

    /// <summary>Breaks every connection at once.</summary>
    public void DropAll() => _all.ForEach(client => client.Drop());

    public async ValueTask DisposeAsync()
    {
        foreach (CrashClient client in _all)
        {
            await client.DisposeAsync();
        }
    }

    private Publisher Publisher(ClientOptions options, Random random) => new(Add(options), _ledger, random);

    private CrashClient Subscriber(string name, int level, params Subscription[] subscriptions) =>
        Add(new ClientOptions(name, level) { Subscriptions = subscriptions });

    private CrashClient Add(ClientOptions options)
    {
        CrashClient client = new(_port, options with { Roams = _roams }, _ledger, _events);
        _all.Add(client);
        return client;
    }
}
