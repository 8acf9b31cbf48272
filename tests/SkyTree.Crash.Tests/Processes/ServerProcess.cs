using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace SkyTree.Crash.Tests.Processes;

/// <summary>
/// A server that the tests started. It is ended by its own id alone, and what it writes is appended to a file, which
/// outlives it.
/// </summary>
internal sealed partial class ServerProcess : IAsyncDisposable
{
    private const int SigTerm = 15;
    private const int SigCont = 18;
    private const int SigStop = 19;

    private readonly Process _process;
    private readonly string _log;
    private readonly Lock _gate = new(); // guards the file
    private readonly Func<string, bool> _isReady;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private volatile bool _wasEnded;

    private ServerProcess(ProcessStartInfo start, string log, Func<string, bool> isReady)
    {
        _process = new Process { StartInfo = start };
        _log = log;
        _isReady = isReady;
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        _process.Start();
        Take($"--- process {_process.Id.ToString(CultureInfo.InvariantCulture)}");
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        Exited = WaitForExitAsync();
    }

    public Task Exited { get; }

    /// <summary>Known when it has exited.</summary>
    public int ExitCode { get; private set; }

    /// <summary>Whether the test ended it; false if it ended by itself.</summary>
    public bool WasEnded => _wasEnded;

    /// <summary>Its id.</summary>
    public int Id => _process.Id;

    /// <summary>Starts a program.</summary>
    /// <param name="program">Its name or path.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="folder">Where it runs.</param>
    /// <param name="log">The file to which it writes.</param>
    /// <param name="isReady">Is given every line; true for the one that says that it serves.</param>
    /// <param name="environment">What its environment has beside the test's own.</param>
    public static ServerProcess Start(
        string program, IEnumerable<string> arguments, string folder, string log, Func<string, bool> isReady, IReadOnlyDictionary<string, string>? environment = null)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return new ServerProcess(start, log, isReady);
    }

    /// <summary>Waits until it serves.</summary>
    /// <exception cref="InvalidOperationException">It ended, or did not get so far in time.</exception>
    public async Task WaitUntilReadyAsync()
    {
        Task first = await Task.WhenAny(_ready.Task, Exited, Task.Delay(Settings.Deadline));
        if (first != _ready.Task)
        {
            throw new InvalidOperationException($"{_process.StartInfo.FileName} did not get ready:\n{LogTail.Of(_log)}");
        }
    }

    /// <summary>kill -9. Returns when it is gone.</summary>
    public async Task KillAsync()
    {
        if (!Exited.IsCompleted)
        {
            _wasEnded = true;
            _process.Kill();
        }

        await Exited;
    }

    /// <summary>SIGSTOP: it stands still, its connections stay.</summary>
    public void Pause() => _ = SendSignal(_process.Id, SigStop);

    /// <summary>SIGCONT.</summary>
    public void Continue() => _ = SendSignal(_process.Id, SigCont);

    /// <summary>Asks it to end. False if it had to be killed.</summary>
    public async Task<bool> StopAsync()
    {
        if (!Exited.IsCompleted)
        {
            _wasEnded = true;
            _ = SendSignal(_process.Id, SigTerm);
        }

        if (await Task.WhenAny(Exited, Task.Delay(Settings.Deadline)) == Exited)
        {
            return true;
        }

        await KillAsync();
        return false;
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);

    private async Task WaitForExitAsync()
    {
        await _process.WaitForExitAsync();
        ExitCode = _process.ExitCode;
    }

    private void Take(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_gate)
        {
            File.AppendAllText(_log, line + "\n");
        }

        if (_isReady(line))
        {
            _ready.TrySetResult();
        }
    }
}
