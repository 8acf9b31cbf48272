using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using SkyTree.Interop.Tests.Broker;
using SkyTree.Interop.Tests.Clients;
using Xunit;

[assembly: AssemblyFixture(typeof(BrokerFixture))]

namespace SkyTree.Interop.Tests.Broker;

/// <summary>
/// One broker for all tests of the assembly: the real process with its four listeners. With <c>SKYTREE_INTEROP_BROKER=mosquitto</c>
/// it is mosquitto instead, which tells a mistake of the tests from one of the broker.
/// </summary>
public sealed partial class BrokerFixture : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("skytree-interop-").FullName;
    private readonly Dictionary<string, Uri> _addresses = [];
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ChildProcess? _process;

    public static bool IsMosquitto => Environment.GetEnvironmentVariable("SKYTREE_INTEROP_BROKER") == "mosquitto";

    internal TestCertificates Certificates { get; private set; } = null!;

    /// <summary>The last lines that the broker wrote, and whether it still runs.</summary>
    internal string Report => _process is null ? "not started" : (_process.HasExited ? $"ended with {_process.ExitCode}\n" : "") + _process.Output;

    /// <summary>Where the listener for <c>mqtt</c>, <c>mqtts</c>, <c>ws</c> or <c>wss</c> is.</summary>
    internal Uri Address(string scheme) => _addresses[scheme];

    public async ValueTask InitializeAsync()
    {
        Certificates = new TestCertificates(_folder);
        _process = IsMosquitto ? StartMosquitto() : StartSkyTree();
        Task first = await Task.WhenAny(_ready.Task, _process.Exited).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.True(first == _ready.Task, $"The broker did not start: {Report}");
        Assert.Equal(["mqtt", "mqtts", "ws", "wss"], _addresses.Keys.Where(scheme => !scheme.StartsWith("http", StringComparison.Ordinal)).Order());
    }

    public async ValueTask DisposeAsync()
    {
        await DriverProcess.StopAllAsync();
        if (_process is not null)
        {
            await _process.StopAsync();
            await _process.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private ChildProcess StartSkyTree() => ChildProcess.Start(
        "dotnet",
        [Repository.BrokerProgram, "--mqtt-port", "0", "--http-port", "0", "--data", Path.Combine(_folder, "data"), "--allow-anonymous"],
        TakeLine,
        _folder,
        new Dictionary<string, string>
        {
            ["SkyTree__Listeners__interop-tls__Kind"] = "Tls",
            ["SkyTree__Listeners__interop-tls__Address"] = "127.0.0.1",
            ["SkyTree__Listeners__interop-tls__Port"] = "0",
            ["SkyTree__Listeners__interop-tls__Certificate__Path"] = Certificates.CertificatePath,
            ["SkyTree__Listeners__interop-tls__Certificate__KeyPath"] = Certificates.KeyPath,
            ["SkyTree__Listeners__interop-wss__Kind"] = "SecureWebSocket",
            ["SkyTree__Listeners__interop-wss__Address"] = "127.0.0.1",
            ["SkyTree__Listeners__interop-wss__Port"] = "0",
            ["SkyTree__Listeners__interop-wss__Certificate__Path"] = Certificates.CertificatePath,
            ["SkyTree__Listeners__interop-wss__Certificate__KeyPath"] = Certificates.KeyPath,
        });

    private void TakeLine(string line)
    {
        if (line == "ready")
        {
            _ready.TrySetResult();
        }
        else if (Listening().Match(line) is { Success: true } match)
        {
            // Whatever address it listens at, loopback reaches it, and the certificate names that one.
            string scheme = match.Groups["scheme"].Value;
            _addresses.TryAdd(scheme, new Uri($"{scheme}://127.0.0.1:{match.Groups["port"].Value}{match.Groups["path"].Value}"));
        }
    }

    private ChildProcess StartMosquitto()
    {
        string path = Path.Combine(_folder, "mosquitto.conf");
        string configuration = "user root\nallow_anonymous true\npersistence false\nlog_dest stdout\n";
        foreach (string scheme in (string[])["mqtt", "mqtts", "ws", "wss"])
        {
            int port = FreePort();
            bool isWebSocket = scheme.StartsWith("ws", StringComparison.Ordinal);
            configuration += string.Create(CultureInfo.InvariantCulture, $"listener {port} 127.0.0.1\nprotocol {(isWebSocket ? "websockets" : "mqtt")}\n");
            configuration += scheme is "mqtts" or "wss" ? $"certfile {Certificates.CertificatePath}\nkeyfile {Certificates.KeyPath}\n" : "";
            _addresses[scheme] = new Uri($"{scheme}://127.0.0.1:{port}{(isWebSocket ? "/mqtt" : "")}");
        }

        File.WriteAllText(path, configuration);
        ChildProcess process = ChildProcess.Start("stdbuf", ["-oL", "mosquitto", "-c", path, "-v"], line =>
        {
            if (line.EndsWith("running", StringComparison.Ordinal))
            {
                _ready.TrySetResult();
            }
        });
        return process;
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    [GeneratedRegex(@"^listening (?<scheme>[a-z]+)://.*:(?<port>\d+)(?<path>/\S*)?$")]
    private static partial Regex Listening();
}
