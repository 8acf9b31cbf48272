using System.Globalization;
using SkyTree.Interop.Tests;
using SkyTree.Tests;
using Xunit;

namespace SkyTree.Bridges.Tests.Harness;

/// <summary>A mosquitto of a test's own, at the same port whenever it is started. It keeps what it has when it is stopped in peace.</summary>
internal sealed class Mosquitto : IAsyncDisposable
{
    private readonly string _configuration;
    private ChildProcess? _process;

    /// <summary>Makes one; it does not run yet.</summary>
    /// <param name="scheme">What it speaks: mqtt, mqtts, ws, wss.</param>
    /// <param name="lines">More of its configuration; <c>{folder}</c> is where it keeps things.</param>
    public Mosquitto(string scheme = "mqtt", params string[] lines)
    {
        bool isWebSocket = scheme is "ws" or "wss";
        Port = FreePort.Find();
        Address = new Uri(string.Create(CultureInfo.InvariantCulture, $"{scheme}://127.0.0.1:{Port}"));
        _configuration = Path.Combine(Folder, "mosquitto.conf");
        File.WriteAllLines(
            _configuration,
            [
                "user root", "persistence true", $"persistence_location {Folder}/", "log_dest stdout", "max_queued_messages 1000000", "per_listener_settings false",
                // It does not start with none but WebSocket listeners.
                .. isWebSocket ? (string[])[string.Create(CultureInfo.InvariantCulture, $"listener {FreePort.Find()} 127.0.0.1")] : [],
                string.Create(CultureInfo.InvariantCulture, $"listener {Port} 127.0.0.1"), $"protocol {(isWebSocket ? "websockets" : "mqtt")}",
                .. lines.Any(line => line.StartsWith("password_file", StringComparison.Ordinal)) ? [] : (string[])["allow_anonymous true"],
                .. lines.Select(line => line.Replace("{folder}", Folder, StringComparison.Ordinal)),
            ]);
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("skytree-bridge-").FullName;

    public int Port { get; }

    public Uri Address { get; }

    /// <summary>What it has written lately.</summary>
    public string Report => _process?.Output ?? "not started";

    /// <summary>Makes one and starts it.</summary>
    public static async Task<Mosquitto> RunAsync(string scheme = "mqtt", params string[] lines)
    {
        var mosquitto = new Mosquitto(scheme, lines);
        await mosquitto.StartAsync();
        return mosquitto;
    }

    public async Task StartAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // Without stdbuf its lines come when there are many.
        ChildProcess process = _process = ChildProcess.Start("stdbuf", ["-oL", "mosquitto", "-c", _configuration, "-v"], line =>
        {
            if (line.EndsWith("running", StringComparison.Ordinal))
            {
                ready.TrySetResult();
            }
        });
        Task first = await Task.WhenAny(ready.Task, process.Exited).WaitAsync(Deadline.Step);
        Assert.True(first == ready.Task, $"mosquitto did not start: {process.Output}");
    }

    /// <summary>Ends it in peace: it writes down its sessions and what waits in them.</summary>
    public async Task StopAsync() => Assert.True(await _process!.StopAsync(), "mosquitto does not end");

    /// <summary>Has it take no more, while its sockets stay open.</summary>
    public void Freeze() => _process!.Freeze();

    /// <summary>Ends it as a crash would: what it had since it was started is gone.</summary>
    public Task KillAsync() => _process!.KillAsync();

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        Directory.Delete(Folder, recursive: true);
    }
}
