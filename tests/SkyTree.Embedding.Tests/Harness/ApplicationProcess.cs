using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using MQTTnet;

namespace SkyTree.Embedding.Tests.Harness;

/// <summary>An application with the broker in it, in a process of its own, on free ports and with data of its own.</summary>
internal sealed partial class ApplicationProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string? _folder;
    private readonly List<string> _lines = [];
    private bool _hasEnded; // under the lock of _lines

    private ApplicationProcess(Process process, string? folder) => (_process, _folder) = (process, folder);

    /// <summary>Where the application serves pages.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>Where clients connect.</summary>
    public int MqttPort { get; private set; }

    /// <summary>What it has written so far.</summary>
    public string Output
    {
        get
        {
            lock (_lines)
            {
                return string.Join('\n', _lines);
            }
        }
    }

    /// <summary>Starts it and waits until it serves.</summary>
    /// <param name="program">The program's library.</param>
    /// <param name="settings">More of its configuration, as <c>key=value</c>.</param>
    public static Task<ApplicationProcess> StartAsync(string program, params string[] settings)
    {
        string folder = Directory.CreateTempSubdirectory("skytree-embedding-").FullName;
        return StartAsync(new ProcessStartInfo("dotnet", [program, $"--SkyTree:Data={Path.Combine(folder, "data")}", .. settings.Select(setting => "--" + setting)]), folder, Path.GetDirectoryName(program)!);
    }

    /// <summary>Starts a program of any kind in a folder, and waits until it serves.</summary>
    public static async Task<ApplicationProcess> StartAsync(ProcessStartInfo start, string? folder, string workingDirectory)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.WorkingDirectory = workingDirectory;
        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        start.Environment["SkyTree__Listeners__mqtt__Port"] = "0";
        start.Environment.Remove("SKYTREE_ADMIN_PASSWORD");
        start.Environment.Remove("ASPNETCORE_ENVIRONMENT");
        ApplicationProcess application = new(new Process { StartInfo = start }, folder);
        application._process.OutputDataReceived += application.OnLine;
        application._process.ErrorDataReceived += application.OnLine;
        application._process.Start();
        application._process.BeginOutputReadLine();
        application._process.BeginErrorReadLine();
        try
        {
            await application.WaitForAsync("Application started");
        }
        catch
        {
            await application.DisposeAsync();
            throw;
        }

        application.Address = new Uri(NowListening().Match(application.Output).Groups[1].Value);
        application.MqttPort = Mqtt().Match(application.Output) is { Success: true } match ? new Uri(match.Value).Port : 0;
        return application;
    }

    /// <summary>Waits until it has written something.</summary>
    public Task WaitForAsync(string text) => Deadline.HoldsAsync(
        () =>
        {
            lock (_lines)
            {
                return _hasEnded && !_lines.Any(line => line.Contains(text, StringComparison.Ordinal))
                    ? throw new InvalidOperationException($"It has ended:\n{Output}")
                    : Task.FromResult(_lines.Any(line => line.Contains(text, StringComparison.Ordinal)));
            }
        },
        () => Output);

    /// <summary>An HTTP client that keeps cookies and follows no redirects.</summary>
    public HttpClient CreateHttp() => new(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = Address, Timeout = Deadline.Default };

    /// <summary>Connects an MQTT client.</summary>
    public async Task<IMqttClient> ConnectAsync(string clientId)
    {
        IMqttClient client = new MqttClientFactory().CreateMqttClient();
        await client.ConnectAsync(new MqttClientOptionsBuilder().WithClientId(clientId).WithTcpServer("127.0.0.1", MqttPort).WithProtocolVersion(MQTTnet.Formatter.MqttProtocolVersion.V500).Build());
        return client;
    }

    /// <summary>Asks it to stop, and waits until it has.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> StopAsync()
    {
        if (Kill(_process.Id, 15) != 0)
        {
            throw new InvalidOperationException("It has ended before.");
        }

        await _process.WaitForExitAsync().WaitAsync(Deadline.Default);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        if (_folder is not null)
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private void OnLine(object sender, DataReceivedEventArgs line)
    {
        lock (_lines)
        {
            if (line.Data is null)
            {
                _hasEnded = true;
            }
            else
            {
                _lines.Add(line.Data);
            }
        }
    }

    [GeneratedRegex(@"Now listening on: (http://\S+)")]
    private static partial Regex NowListening();

    [GeneratedRegex(@"mqtt://\S+")]
    private static partial Regex Mqtt();

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);
}
