using System.Globalization;
using SkyTree.Crash.Tests.Processes;
using Xunit;

namespace SkyTree.Crash.Tests.Mosquitto;

/// <summary>Mosquitto's command line clients, as a user would start them.</summary>
internal sealed class MosquittoProgram : IAsyncDisposable
{
    private const string Mark = "MESSAGE ";

    private readonly Lock _gate = new(); // guards _messages
    private readonly List<string> _messages = [];
    private readonly ServerProcess _process;

    private MosquittoProgram(string folder, int port, params string[] arguments) => _process = ServerProcess.Start(
        "stdbuf", // a line at a time, although it writes to a pipe
        ["-oL", "mosquitto_sub", "-d", "-h", "127.0.0.1", "-p", Number(port), "-F", $"{Mark}%t %p", .. arguments],
        folder,
        Path.Combine(folder, "mosquitto_sub.log"),
        Take);

    /// <summary>Topic and payload of what came, in its order.</summary>
    public IReadOnlyList<string> Messages
    {
        get
        {
            lock (_gate)
            {
                return [.. _messages];
            }
        }
    }

    /// <summary>Runs <c>mosquitto_sub</c>, and returns when it has subscribed.</summary>
    public static async Task<MosquittoProgram> SubscribeAsync(string folder, int port, params string[] arguments)
    {
        MosquittoProgram subscriber = new(folder, port, arguments);
        await subscriber._process.WaitUntilReadyAsync();
        return subscriber;
    }

    /// <summary>Runs <c>mosquitto_pub</c>, which returns when the message is acknowledged.</summary>
    public static async Task PublishAsync(string folder, int port, params string[] arguments)
    {
        string log = Path.Combine(folder, "mosquitto_pub.log");
        await using ServerProcess publisher = ServerProcess.Start("mosquitto_pub", ["-h", "127.0.0.1", "-p", Number(port), .. arguments], folder, log, _ => false);
        await publisher.Exited.WaitAsync(Settings.Deadline);
        Assert.True(publisher.ExitCode == 0, $"mosquitto_pub {string.Join(' ', arguments)} ended with {publisher.ExitCode}:\n{LogTail.Of(log)}");
    }

    /// <summary>Ends it with SIGTERM.</summary>
    public Task StopAsync() => _process.StopAsync();

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private bool Take(string line)
    {
        if (line.StartsWith(Mark, StringComparison.Ordinal))
        {
            lock (_gate)
            {
                _messages.Add(line[Mark.Length..]);
            }
        }

        return line.StartsWith("Subscribed (mid:", StringComparison.Ordinal);
    }
}
