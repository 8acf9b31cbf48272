using System.Globalization;
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
          relay                no load: a stand-in broker that forwards blocks of QoS 0 unread, to
                               measure the generator itself against (serves --port until it is ended)

        broker
          --host HOST          default 127.0.0.1
          --port PORT          default 1883
          --transport KIND     tcp (default), tls (any certificate is accepted), ws, wss (path /mqtt)
          --mqtt VERSION       5 (default) or 3.1.1
          --user NAME, --password WORD
          --pid PID            the broker's process, for its CPU time and memory

        load
          --qos 0|1|2          default 0
          --size BYTES         payload, at least 16; default 64
          --window W           closed loop: at most W messages per publisher not yet delivered to all its
                               subscribers (nor, at QoS 1 and 2, acknowledged); default 64
          --rate R             open loop: R messages/s in total, latency from the time each was due
          --threads T          event loops to share the pairs among; default 1

        measuring
          --seconds S          default 3
          --warmup S           default 1; with idle: the time to settle before memory is read
          --json               one line of JSON instead of one for people

        Ends with 0 when all went well, 1 when not (refused, lost or repeated messages), 2 for bad usage.
        """;

    public Workload Workload { get; init; }

    public int Count { get; init; } = 1;

    public string Host { get; init; } = "127.0.0.1";

    public int Port { get; init; } = 1883;

    public TransportKind Transport { get; init; }

    public ProtocolVersion Version { get; init; } = ProtocolVersion.V5;

    public string? User { get; init; }

    public string? Password { get; init; }

    public int? Pid { get; init; }

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
        if (options.Workload != Workload.Relay)
        {
            options = options with { Count = Number(rest, "the workload's N", 1, 1_000_000) };
        }

        while (rest.TryDequeue(out string? name))
        {
            options = name switch
            {
                "--host" => options with { Host = Take(rest, name) },
                "--port" => options with { Port = Number(rest, name, 0, 65535) },
                "--transport" => options with { Transport = ParseTransport(Take(rest, name)) },
                "--mqtt" => options with { Version = ParseVersion(Take(rest, name)) },
                "--user" => options with { User = Take(rest, name) },
                "--password" => options with { Password = Take(rest, name) },
                "--pid" => options with { Pid = Number(rest, name, 1, int.MaxValue) },
                "--qos" => options with { Qos = Number(rest, name, 0, 2) },
                "--size" => options with { Size = Number(rest, name, Stamp.Size, 16 * 1024 * 1024) },
                "--window" => options with { Window = Number(rest, name, 1, 60_000) },
                "--rate" => options with { Rate = Real(rest, name, 0.1, 1e7) },
                "--threads" => options with { Threads = Number(rest, name, 1, 64) },
                "--seconds" => options with { Seconds = Real(rest, name, 0.1, 86_400) },
                "--warmup" => options with { WarmupSeconds = Real(rest, name, 0, 3_600) },
                "--json" => options with { Json = true },
                _ => throw new FormatException($"unknown option {name}"),
            };
        }

        return options.Workload == Workload.Idle && options.Pid is null
            ? throw new FormatException("idle measures memory: name the broker's process with --pid")
            : options.Threads > 1 && (options.Workload != Workload.Pairs || options.Rate is not null)
            ? throw new FormatException("--threads is for pairs in a closed loop: elsewhere the clients share state")
            : options;
    }

    private static Workload ParseWorkload(string text) => text switch
    {
        "pairs" => Workload.Pairs,
        "fan-in" => Workload.FanIn,
        "fan-out" => Workload.FanOut,
        "idle" => Workload.Idle,
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
