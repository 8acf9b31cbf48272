using System.Diagnostics;
using SkyTree.Store.Tests.Redis;
using SkyTree.Tests;
using Xunit;

[assembly: AssemblyFixture(typeof(RedisServer))]

namespace SkyTree.Store.Tests.Redis;

/// <summary>
/// A Redis server of the tests' own, in a directory of its own on a free loopback port: started when a test first asks,
/// ended by its process. It flushes every write, unless its settings say otherwise. Can be killed, and started again with what its disk has.
/// </summary>
public sealed class RedisServer : IAsyncDisposable
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromMinutes(1);

    private readonly Lazy<Task> _start;
    private readonly string _directory = Directory.CreateTempSubdirectory("skytree-redis-").FullName;
    private readonly List<string> _output = [];
    private Process? _server;

    public RedisServer()
    {
        _start = new Lazy<Task>(StartAsync);
        Log = new AppendOnlyFile(_directory);
    }

    /// <summary>More of the server's settings, such as <c>--appendonly no</c>; they come after the fixture's own.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    public int Port { get; } = FreePort.Find();

    /// <summary>What its disk has of the changes.</summary>
    public AppendOnlyFile Log { get; }

    /// <summary>A connection string, once the server answers.</summary>
    public async Task<string> GetConnectionStringAsync()
    {
        await _start.Value;
        return $"127.0.0.1:{Port}";
    }

    /// <summary>Ends the process at once, with whatever it has not written.</summary>
    public async Task KillAsync()
    {
        await _start.Value;
        _server!.Kill();
        await _server.WaitForExitAsync();
        _server.Dispose();
        _server = null;
    }

    /// <summary>Starts the server, on the same port with the same directory. Returns when it has read its data.</summary>
    public async Task StartAsync()
    {
        string path = new[] { "/usr/bin", "/usr/local/bin" }
            .Select(d => Path.Combine(d, "redis-server"))
            .FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException("redis-server is not installed; Debian's package is redis-server, which ./test.sh installs.");
        string[] own =
        [
            "--bind", "127.0.0.1", "--port", $"{Port}", "--dir", _directory, "--daemonize", "no", "--save", "",
            "--appendonly", "yes", "--appendfsync", "always",
        ];
        TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Process server = new()
        {
            StartInfo = new ProcessStartInfo(path, [.. own, .. Settings]) { RedirectStandardOutput = true, RedirectStandardError = true },
        };
        void Take(object sender, DataReceivedEventArgs e)
        {
            if (e.Data is { } line)
            {
                lock (_output)
                {
                    _output.Add(line);
                }

                if (line.Contains("Ready to accept connections", StringComparison.Ordinal))
                {
                    ready.TrySetResult();
                }
            }
        }

        server.OutputDataReceived += Take;
        server.ErrorDataReceived += Take;
        server.Start();
        server.BeginOutputReadLine();
        server.BeginErrorReadLine();
        _server = server;
        Task ended = server.WaitForExitAsync();
        if (await Task.WhenAny(ready.Task, ended).WaitAsync(StartDeadline) == ended)
        {
            lock (_output)
            {
                throw new InvalidOperationException($"redis-server did not start:\n{string.Join(Environment.NewLine, _output)}");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await KillAsync();
        }

        Directory.Delete(_directory, recursive: true);
    }
}
