using System.Diagnostics;
using System.Globalization;
using Npgsql;
using SkyTree.Tests;
using Xunit;

namespace SkyTree.Web.Tests.Storage;

/// <summary>A PostgreSQL server of the tests' own, in a directory of its own on a free loopback port. Root may not run one: the package's user does then.</summary>
public sealed class PostgreSqlServer : IAsyncLifetime
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(2);

    private readonly string _directory = Directory.CreateTempSubdirectory("skytree-postgres-").FullName;
    private Process? _server;

    /// <summary>A connection string, once it has been started.</summary>
    public string Connection { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        if (Environment.IsPrivilegedProcess)
        {
            await RunAsync("/bin/chown", "postgres", _directory);
        }

        string data = Path.Combine(_directory, "data");
        await RunAsync(Program("initdb"), "--pgdata", data, "--username", "skytree", "--auth", "trust", "--no-sync", "--encoding", "UTF8", "--locale", "C");
        int port = FreePort.Find();
        Connection = new NpgsqlConnectionStringBuilder { Host = "127.0.0.1", Port = port, Username = "skytree", Database = "postgres" }.ToString();
        _server = Start(Program("postgres"), "-D", data, "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-p", port.ToString(CultureInfo.InvariantCulture));
        using CancellationTokenSource deadline = new(s_deadline);
        while (true)
        {
            try
            {
                await using NpgsqlConnection connection = new(Connection);
                await connection.OpenAsync(deadline.Token);
                return;
            }
            catch (NpgsqlException) when (!_server.HasExited)
            {
                await Task.Delay(50, deadline.Token);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is { } server)
        {
            server.Kill(entireProcessTree: true);
            await server.WaitForExitAsync();
            server.Dispose();
        }

        Directory.Delete(_directory, recursive: true);
    }

    // Debian keeps each version's programs in a folder of their own.
    private static string Program(string name) =>
        Directory.Exists("/usr/lib/postgresql") && Directory.GetFiles("/usr/lib/postgresql", name, SearchOption.AllDirectories).Order(StringComparer.Ordinal).LastOrDefault() is { } found
            ? found
            : throw new InvalidOperationException($"{name} is not installed; Debian's package is postgresql, which ./test.sh installs.");

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using Process process = program == "/bin/chown" ? Process.Start(program, arguments) : Start(program, arguments);
        await process.WaitForExitAsync().WaitAsync(s_deadline);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} failed.");
        }
    }

    private static Process Start(string program, params string[] arguments)
    {
        ProcessStartInfo start = Environment.IsPrivilegedProcess
            ? new("/usr/bin/setpriv", ["--reuid=postgres", "--regid=postgres", "--init-groups", program, .. arguments])
            : new(program, arguments);
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.WorkingDirectory = "/";
        Process process = Process.Start(start)!;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }
}
