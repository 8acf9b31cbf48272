using System.Globalization;
using System.Net;
using SkyTree.Bench.Load;
using SkyTree.Bench.Mqtt;

namespace SkyTree.Bench;

/// <summary>The command line.</summary>
internal sealed record BenchOptions
{
    public const string Help = """
        Drives an MQTT broker and measures what a delivery costs it.

        usage: SkyTree.Bench WORKLOAD [options]

        workloads
          pairs N              publisher i to subscriber i, each pair on its own topic
          fan-in N             N publishers to one subscriber
          fan-out N            one publisher to N subscribers
          idle N               N subscribed clients that do nothing; memory per connection (needs --pid)
          sessions N           N durable sessions that subscribe and leave
          publish N            N messages for such sessions, until the last is acknowledged
          drain N              N of these sessions come back, take what is stored for them and leave
          connect N            session N comes back as soon as the broker lets it, within --seconds
          resume N             one publisher that waits for each of its messages' acknowledgements, N a second,
                               and comes back when it is disconnected: the longest time without one
          disk                 no broker: appends messages to a file and flushes the disk after each
          relay                no load: a stand-in broker that forwards blocks of QoS 0 unread, to
                               measure the generator itself against (serves --port until it is ended)

        broker
          --host HOST          default 127.0.0.1
          --port PORT          default 1883
          --subscriber-port P  pairs, fan-in, fan-out: subscribers connect to this port instead
          --transport KIND     tcp (default), tls (any certificate is accepted), ws, wss (path /mqtt)
          --mqtt VERSION       5 (default) or 3.1.1
          --user NAME, --password WORD
          --pid PID            the broker's process, for its CPU time and memory; once for each node of a cluster:
                               then CPU time is that of the busiest, memory that of the first

        load
          --qos 0|1|2          default 0
          --size BYTES         payload, at least 16; default 64
          --window W           closed loop: at most W messages per publisher not yet delivered to all its
                               subscribers (nor, at QoS 1 and 2, acknowledged); default 64
          --rate R             open loop: R messages/s in total, latency from the time each was due
          --threads T          event loops to share the pairs among, or sessions at a time; default 1
          --durable            the subscribers' sessions are durable

        sessions, publish, drain and connect, which go together
          --name NAME          what they share: sessions bench-NAME-N, topics bench/NAME/N; default set
          --publishers P       publishers whose messages are numbered in turn; default 1
          --topics T           message n goes to topic n modulo T, session s subscribes to topic s modulo T; default 1
          --wildcard           every session subscribes to all topics, with +
          --warmup-messages M  publish so many more first; they are kept, too
          --messages M         drain: how many have been published in all
          --of N               drain: take sessions evenly from so many
          --folder DIR         disk: where to write; default .

        measuring
          --seconds S          default 3
          --warmup S           default 1; with idle: the time to settle before memory is read
          --json               one line of JSON instead of one for people

        Ends with 0 when all went well, 1 when not (refused, lost or repeated messages), 2 for bad usage.
        """;

    private const int MaximumCount = 10_000_000;

    public Workload Workload { get; init; }

    public int Count { get; init; } = 1;

    public string Host { get; init; } = "127.0.0.1";

    public int Port { get; init; } = 1883;

    public TransportKind Transport { get; init; }

    public ProtocolVersion Version { get; init; } = ProtocolVersion.V5;

    public string? User { get; init; }

    public string? Password { get; init; }

    /// <summary>The broker's processes.</summary>
    public IReadOnlyList<int> Pids { get; init; } = [];

    /// <summary>The broker's process, or the first of several.</summary>
    public int? Pid => Pids.Count > 0 ? Pids[0] : null;

    /// <summary>Where subscribers connect, if elsewhere than publishers.</summary>
    public int? SubscriberPort { get; init; }

    public int Qos { get; init; }

    public int Size { get; init; } = 64;

    /// <summary>Messages per publisher; without one, an open loop is bounded by the broker's Receive Maximum alone.</summary>
    public int? Window { get; init; }

    /// <summary>Messages per second of all publishers together; null for a closed loop.</summary>
    public double? Rate { get; init; }

    public int Threads { get; init; } = 1;

    public double Seconds { get; init; } = 3;

    public double WarmupSeconds { get; init; } = 1;

    public bool Json { get; init; }

    /// <summary>Whether subscribers' sessions outlive their connections.</summary>
    public bool Durable { get; init; }

    /// <summary>What runs that work on the same sessions and messages share.</summary>
    public string Name { get; init; } = "set";

    public int Publishers { get; init; } = 1;

    public int Topics { get; init; } = 1;

    public bool Wildcard { get; init; }

    /// <summary>Messages that are published before those that are measured.</summary>
    public int WarmupMessages { get; init; }

    /// <summary>Messages published in all when sessions come back for them.</summary>
    public int Messages { get; init; }

    /// <summary>Sessions that there are, of which some come back.</summary>
    public int Of { get; init; }

    /// <summary>Where the disk is written to.</summary>
    public string Folder { get; init; } = ".";

    /// <summary>The broker's address.</summary>
    public IPEndPoint EndPoint() => EndPoint(Port);

    /// <summary>The address where subscribers connect.</summary>
    public IPEndPoint SubscriberEndPoint() => EndPoint(SubscriberPort ?? Port);

    private IPEndPoint EndPoint(int port) => new(Dns.GetHostAddresses(Host)[0], port);

    /// <summary>The options, or null and what is wrong with the arguments.</summary>
    public static BenchOptions? Parse(string[] args, out string? error)
    {
        try
        {
            error = null;
            return Parse(args);
        }
        catch (FormatException e)
        {
            error = e.Message;
            return null;
        }
    }

    private static BenchOptions Parse(string[] args)
    {
        Queue<string> rest = new(args);
        BenchOptions options = new() { Workload = ParseWorkload(Take(rest, "a workload")) };
        if (options.Workload is not (Workload.Relay or Workload.Disk))
        {
            options = options with { Count = Number(rest, "the workload's N", options.Workload == Workload.Connect ? 0 : 1, MaximumCount) };
        }

        while (rest.TryDequeue(out string? name))
        {
            options = name switch
            {
                "--host" => options with { Host = Take(rest, name) },
                "--port" => options with { Port = Number(rest, name, 0, 65535) },
                "--subscriber-port" => options with { SubscriberPort = Number(rest, name, 1, 65535) },
                "--transport" => options with { Transport = ParseTransport(Take(rest, name)) },
                "--mqtt" => options with { Version = ParseVersion(Take(rest, name)) },
                "--user" => options with { User = Take(rest, name) },
                "--password" => options with { Password = Take(rest, name) },
                "--pid" => options with { Pids = [.. options.Pids, Number(rest, name, 1, int.MaxValue)] },
                "--qos" => options with { Qos = Number(rest, name, 0, 2) },
                "--size" => options with { Size = Number(rest, name, Stamp.Size, 16 * 1024 * 1024) },
                "--window" => options with { Window = Number(rest, name, 1, 60_000) },
                "--rate" => options with { Rate = Real(rest, name, 0.1, 1e7) },
                "--threads" => options with { Threads = Number(rest, name, 1, 64) },
                "--seconds" => options with { Seconds = Real(rest, name, 0.1, 86_400) },
                "--warmup" => options with { WarmupSeconds = Real(rest, name, 0, 3_600) },
                "--durable" => options with { Durable = true },
                "--name" => options with { Name = Take(rest, name) },
                "--publishers" => options with { Publishers = Number(rest, name, 1, 10_000) },
                "--topics" => options with { Topics = Number(rest, name, 1, 9_999_999) },
                "--wildcard" => options with { Wildcard = true },
                "--warmup-messages" => options with { WarmupMessages = Number(rest, name, 0, MaximumCount) },
                "--messages" => options with { Messages = Number(rest, name, 0, 2 * MaximumCount) },
                "--of" => options with { Of = Number(rest, name, 1, MaximumCount) },
                "--folder" => options with { Folder = Take(rest, name) },
                "--json" => options with { Json = true },
                _ => throw new FormatException($"unknown option {name}"),
            };
        }

        bool ofSessions = options.Workload is Workload.Sessions or Workload.Drain;
        return options.Workload is Workload.Publish && options.Qos == 0
            ? throw new FormatException("publish waits for acknowledgements: --qos 1 or 2")
            : options.Workload is Workload.Resume && options.Qos != 1
            ? throw new FormatException("resume waits for PUBACKs: --qos 1")
            : options.Workload == Workload.Idle && options.Pid is null
            ? throw new FormatException("idle measures memory: name the broker's process with --pid")
            : options.Threads > 1 && !ofSessions && (options.Workload != Workload.Pairs || options.Rate is not null)
            ? throw new FormatException("--threads is for pairs in a closed loop: elsewhere the clients share state")
            : options;
    }

    private static Workload ParseWorkload(string text) => text switch
    {
        "pairs" => Workload.Pairs,
        "fan-in" => Workload.FanIn,
        "fan-out" => Workload.FanOut,
        "idle" => Workload.Idle,
        "sessions" => Workload.Sessions,
        "publish" => Workload.Publish,
        "drain" => Workload.Drain,
        "connect" => Workload.Connect,
        "resume" => Workload.Resume,
        "disk" => Workload.Disk,
        "relay" => Workload.Relay,
        _ => throw new FormatException($"unknown workload {text}"),
    };

    private static TransportKind ParseTransport(string text) => text switch
    {
        "tcp" => TransportKind.Tcp,
        "tls" => TransportKind.Tls,
        "ws" => TransportKind.Ws,
        "wss" => TransportKind.Wss,
        _ => throw new FormatException($"unknown transport {text}"),
    };

    private static ProtocolVersion ParseVersion(string text) => text switch
    {
        "5" => ProtocolVersion.V5,
        "3.1.1" => ProtocolVersion.V311,
        _ => throw new FormatException($"unknown MQTT version {text}"),
    };

    private static string Take(Queue<string> rest, string name) =>
        rest.TryDequeue(out string? value) ? value : throw new FormatException($"missing: {name}");

    private static int Number(Queue<string> rest, string name, int least, int most) =>
        int.TryParse(Take(rest, name), NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= least && value <= most
            ? value
            : throw new FormatException($"{name}: a whole number from {least} to {most}");

    private static double Real(Queue<string> rest, string name, double least, double most) =>
        double.TryParse(Take(rest, name), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value >= least && value <= most
            ? value
            : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"{name}: a number from {least} to {most}"));
}
