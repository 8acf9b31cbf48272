using System.Diagnostics;
using MySqlConnector;
using SkyTree.Store.Tests.EF;
using SkyTree.Tests;
using Xunit;

[assembly: AssemblyFixture(typeof(MariaDbServer))]

namespace SkyTree.Store.Tests.EF;

/// <summary>
/// A MariaDB server of the tests' own, in a directory of its own on a free loopback port: started when a test first asks,
/// ended with the run. Its character set is not ours, since a store must not depend on the server's defaults.
/// </summary>
public sealed class MariaDbServer : IAsyncDisposable
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromMinutes(1);

    private readonly Lazy<Task<string>> _start;
    private readonly List<string> _output = [];
    private string? _directory;
    private int _port;
    private Process? _server;

    public MariaDbServer() => _start = new Lazy<Task<string>>(StartAsync);

    /// <summary>A connection string without a database, once the server answers.</summary>
    public Task<string> GetConnectionStringAsync() => _start.Value;

    /// <summary>Ends the server the way a loss of the machine's power would, but for what the system has yet to write.</summary>
    public async Task KillAsync()
    {
        if (_server is { } server)
        {
            _server = null;
            server.Kill();
            await server.WaitForExitAsync();
            server.Dispose();
        }
    }

    /// <summary>Starts it again after <see cref="KillAsync"/>: the same data, the same port.</summary>
    public Task StartAgainAsync() => StartServerAsync();

    public async ValueTask DisposeAsync()
    {
        await KillAsync();

        if (_directory is not null)
        {
            Directory.Delete(_directory, recursive: true);
        }
    }

    private async Task<string> StartAsync()
    {
        _directory = Directory.CreateTempSubdirectory("skytree-mariadb-").FullName;
        string data = Path.Combine(_directory, "data");
        await InstallAsync(data);
        _port = FreePort.Find();
        await StartServerAsync();
        return new MySqlConnectionStringBuilder { Server = "127.0.0.1", Port = (uint)_port, UserID = "root" }.ToString();
    }

    private async Task StartServerAsync()
    {
        TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _server = Start(
            "mariadbd",
            line =>
            {
                if (line.Contains("ready for connections", StringComparison.Ordinal))
                {
                    ready.TrySetResult();
                }
            },
            "--no-defaults",
            $"--datadir={Path.Combine(_directory!, "data")}",
            $"--socket={Path.Combine(_directory!, "socket")}",
            "--bind-address=127.0.0.1",
            $"--port={_port}",
            "--character-set-server=latin1",
            "--collation-server=latin1_swedish_ci",
            "--innodb-buffer-pool-size=64M",
            "--max-connections=200");
        Task ended = _server.WaitForExitAsync();
        if (await Task.WhenAny(ready.Task, ended).WaitAsync(StartDeadline) == ended)
        {
            throw new InvalidOperationException($"mariadbd did not start:\n{Output()}");
        }
    }

    private async Task InstallAsync(string data)
    {
        using Process install = Start("mariadb-install-db", _ => { }, "--no-defaults", $"--datadir={data}", "--auth-root-authentication-method=normal", "--skip-test-db");
        await install.WaitForExitAsync().WaitAsync(StartDeadline);
        if (install.ExitCode != 0)
        {
            throw new InvalidOperationException($"mariadb-install-db failed:\n{Output()}");
        }
    }

    private Process Start(string program, Action<string> onLine, params IEnumerable<string> arguments)
    {
        // Debian keeps servers where an ordinary user's PATH does not look.
        string path = new[] { "/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin" }
            .Select(d => Path.Combine(d, program))
            .FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException($"{program} is not installed; Debian's package is mariadb-server, which ./test.sh installs.");
        ProcessStartInfo start = new(path, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (Environment.IsPrivilegedProcess)
        {
            start.ArgumentList.Add("--user=root");
        }

        Process process = new() { StartInfo = start };
        void Take(object sender, DataReceivedEventArgs e)
        {
            if (e.Data is { } line)
            {
                lock (_output)
                {
                    _output.Add(line);
                }

                onLine(line);
            }
        }

        process.OutputDataReceived += Take;
        process.ErrorDataReceived += Take;
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private string Output()
    {
        lock (_output)
        {
            return string.Join(Environment.NewLine, _output);
        }
    }
}
