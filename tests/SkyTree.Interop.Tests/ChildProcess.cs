using System.Diagnostics;
using System.Runtime.InteropServices;

namespace SkyTree.Interop.Tests;

/// <summary>A process that the tests started: its last lines of output, and its end by its own id alone.</summary>
internal sealed partial class ChildProcess : IAsyncDisposable
{
    private const int KeptLines = 200;
    private const int SigTerm = 15;
    private const int SigStop = 19;

    private readonly Process _process;
    private readonly Queue<string> _lines = new(); // guarded by itself
    private readonly Action<string>? _onLine;

    private ChildProcess(Process process, Action<string>? onLine)
    {
        _process = process;
        _onLine = onLine;
    }

    public Task Exited => _process.WaitForExitAsync();

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    public StreamWriter Input => _process.StandardInput;

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

    public static ChildProcess Start(
        string program, IEnumerable<string> arguments, Action<string>? onLine = null, string? folder = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? Repository.Root,
        };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        var child = new ChildProcess(new Process { StartInfo = start }, onLine);
        child._process.OutputDataReceived += (_, line) => child.Take(line.Data, isOutput: true);
        child._process.ErrorDataReceived += (_, line) => child.Take(line.Data, isOutput: false);
        child._process.Start();
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Asks it to end, and ends it by force when it has not done so in time. True if it ended by itself.</summary>
    public async Task<bool> StopAsync()
    {
        if (!_process.HasExited)
        {
            _ = Kill(_process.Id, SigTerm);
        }

        try
        {
            await Exited.WaitAsync(Deadline.Step);
            return true;
        }
        catch (TimeoutException)
        {
            await KillAsync();
            return false;
        }
    }

    /// <summary>Has it do nothing more; its sockets stay open until it is ended.</summary>
    public void Freeze() => _ = Kill(_process.Id, SigStop);

    /// <summary>Ends it at once, as a crash would: the system closes its sockets.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await Exited.WaitAsync(Deadline.Step);
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);

    private void Take(string? line, bool isOutput)
    {
        if (line is null)
        {
            return;
        }

        lock (_lines)
        {
            if (_lines.Count == KeptLines)
            {
                _lines.Dequeue();
            }

            _lines.Enqueue(line);
        }

        if (isOutput)
        {
            _onLine?.Invoke(line);
        }
    }
}
