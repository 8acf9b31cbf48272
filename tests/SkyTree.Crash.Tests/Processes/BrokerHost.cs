using System.Globalization;
using System.Text.RegularExpressions;
using SkyTree.Interop.Tests;

namespace SkyTree.Crash.Tests.Processes;

/// <summary>
/// The broker's program on one data folder: started, killed and started again, each time on another free port. Used by
/// one test at a time; clients ask for the port from any thread.
/// </summary>
internal sealed partial class BrokerHost(string folder, IReadOnlyList<string> arguments) : IAsyncDisposable
{
    private readonly Lock _gate = new(); // guards _address
    private TaskCompletionSource<int> _address = NewAddress();
    private ServerProcess? _process;

    /// <summary>Everything that its processes wrote.</summary>
    public string Log { get; } = Path.Combine(folder, "broker.log");

    /// <summary>What the next process's environment has beside the test's own.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; set; } = new Dictionary<string, string>();

    /// <summary>Is told when a process ended that nobody had ended.</summary>
    public Action<string> OnCrash { get; init; } = _ => { };

    /// <summary>The port, as soon as there is one.</summary>
    public Task<int> PortAsync()
    {
        lock (_gate)
        {
            return _address.Task;
        }
    }

    /// <summary>The process's id; null when there is none.</summary>
    public int? ProcessId => _process?.Id;

    /// <summary>SIGSTOP: it stands still, its connections stay.</summary>
    public void Pause() => _process?.Pause();

    /// <summary>SIGCONT.</summary>
    public void Continue() => _process?.Continue();

    /// <summary>Starts it, and returns when it serves.</summary>
    public async Task StartAsync()
    {
        Launch();
        await WaitUntilReadyAsync();
    }

    /// <summary>Starts it, and returns at once.</summary>
    public void Launch()
    {
        int port = 0;
        TaskCompletionSource<int> address = _address;
        ServerProcess process = ServerProcess.Start(
            "dotnet",
            [Repository.BrokerProgram, "--mqtt-port", "0", "--http-port", "0", "--data", Path.Combine(folder, "data"), .. arguments],
            folder,
            Log,
            line =>
            {
                if (port == 0 && Listening().Match(line) is { Success: true } match)
                {
                    port = int.Parse(match.Groups["port"].Value, CultureInfo.InvariantCulture);
                }

                if (line != "ready")
                {
                    return false;
                }

                address.TrySetResult(port);
                return true;
            },
            Environment);
        _process = process;
        _ = WatchAsync(process);
    }

    public Task WaitUntilReadyAsync() => _process!.WaitUntilReadyAsync();

    /// <summary>kill -9. Returns when the process is gone.</summary>
    public async Task KillAsync()
    {
        Forget();
        await TakeProcess().DisposeAsync();
        Forget(); // its last words may have been that it serves
    }

    /// <summary>Asks it to end, as a service manager does.</summary>
    /// <exception cref="InvalidOperationException">It did not end by itself, or with an error.</exception>
    public async Task StopAsync()
    {
        Forget();
        await using ServerProcess process = TakeProcess();
        bool stopped = await process.StopAsync();
        Forget();
        if (!stopped || process.ExitCode != 0)
        {
            throw new InvalidOperationException($"The broker did not end gracefully ({(stopped ? $"exit code {process.ExitCode}" : "it had to be killed")}):\n{LogTail.Of(Log)}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await KillAsync();
        }
    }

    private ServerProcess TakeProcess()
    {
        ServerProcess process = _process ?? throw new InvalidOperationException("The broker was not started.");
        _process = null;
        return process;
    }

    private static TaskCompletionSource<int> NewAddress() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What clients knew of the process is void from now on.</summary>
    private void Forget()
    {
        lock (_gate)
        {
            if (_address.Task.IsCompleted)
            {
                _address = NewAddress();
            }
        }
    }

    private async Task WatchAsync(ServerProcess process)
    {
        await process.Exited;
        if (!process.WasEnded)
        {
            OnCrash($"the broker ended by itself with exit code {process.ExitCode}");
        }
    }

    [GeneratedRegex(@"^listening mqtt://.*:(?<port>\d+)$")]
    private static partial Regex Listening();
}
