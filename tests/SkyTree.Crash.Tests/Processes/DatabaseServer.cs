using SkyTree.Tests;

namespace SkyTree.Crash.Tests.Processes;

/// <summary>A database server of the test's own, in a folder of its own: killed, it comes back with its data on the same port.</summary>
internal abstract class DatabaseServer(string folder) : IAsyncDisposable
{
    private ServerProcess? _process;

    /// <summary>What the broker needs to connect.</summary>
    public abstract string ConnectionString { get; }

    /// <summary>Its port, always the same.</summary>
    public int Port { get; } = FreePort.Find();

    public string Log { get; } = Path.Combine(folder, "database.log");

    protected string Folder { get; } = folder;

    /// <summary>Starts it, and returns when it serves.</summary>
    public async Task StartAsync()
    {
        Directory.CreateDirectory(Folder);
        await PrepareAsync();
        _process = ServerProcess.Start(Find(Program), Arguments, Folder, Log, line => line.Contains(ReadyLine, StringComparison.Ordinal));
        await _process.WaitUntilReadyAsync();
    }

    /// <summary>kill -9. Returns when the process is gone.</summary>
    public async Task KillAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
            _process = null;
        }
    }

    public async ValueTask DisposeAsync() => await KillAsync();

    protected abstract string Program { get; }

    protected abstract IEnumerable<string> Arguments { get; }

    /// <summary>Part of the line by which it says that it serves.</summary>
    protected abstract string ReadyLine { get; }

    /// <summary>Makes what it needs before its first start.</summary>
    protected virtual Task PrepareAsync() => Task.CompletedTask;

    /// <summary>Debian keeps servers where an ordinary user's PATH does not look.</summary>
    protected static string Find(string program) =>
        new[] { "/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin" }
            .Select(directory => Path.Combine(directory, program))
            .FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException($"{program} is not installed; ./test.sh installs it.");
}
