using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace SkyTree.Web.Tests;

/// <summary>The program in a process of its own.</summary>
internal sealed partial class BrokerProcess : IAsyncDisposable
{
    // It may have to open a database, or bring one up to date, on a machine that is busy with other tests.
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly BlockingCollection<string> _output = [];
    private readonly ConcurrentQueue<string> _errors = new();

    private readonly string _folder;

    private BrokerProcess(Process process, string folder) => (_process, _folder) = (process, folder);

    /// <summary>Lines on standard error so far.</summary>
    public IReadOnlyList<string> Errors => [.. _errors];

    public int Id => _process.Id;

    /// <summary>Starts the program; its data lies in a folder of the test's own.</summary>
    public static BrokerProcess Start(IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        string folder = Directory.CreateTempSubdirectory("skytree-test-").FullName;
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "SkyTree.Web.dll"), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        start.Environment.Remove("SKYTREE_ADMIN_PASSWORD"); // other tests set it for the programs that they run in this process
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        Process process = new() { StartInfo = start };
        BrokerProcess broker = new(process, folder);
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is null)
            {
                broker._output.CompleteAdding();
            }
            else
            {
                broker._output.Add(line.Data);
            }
        };
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is not null)
            {
                broker._errors.Enqueue(line.Data);
            }
        };
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return broker;
    }

    /// <summary>The lines of standard output up to the one that says that it serves.</summary>
    public List<string> WaitUntilReady()
    {
        List<string> lines = [];
        while (_output.TryTake(out string? line, s_deadline))
        {
            lines.Add(line);
            if (line == "ready")
            {
                return lines;
            }
        }

        throw new TimeoutException($"The broker did not get ready: {string.Join("; ", [.. lines, .. _errors])}");
    }

    /// <summary>The port behind a scheme in the listening lines.</summary>
    public static int PortOf(IEnumerable<string> lines, string scheme)
        => new Uri(lines.Single(line => line.StartsWith($"listening {scheme}://", StringComparison.Ordinal)).Split(' ')[1]).Port;

    public async Task<int> WaitForExitAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(s_deadline);
        return _process.ExitCode;
    }

    /// <summary>What is left on standard output once it has ended.</summary>
    public List<string> RestOfOutput() => [.. _output.GetConsumingEnumerable()];

    public async Task WriteLineAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        _process.StandardInput.Close();
    }

    public void Signal(PosixSignal signal)
    {
        if (Kill(_process.Id, signal == PosixSignal.SIGTERM ? 15 : 2) != 0)
        {
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"kill: {Marshal.GetLastPInvokeError()}"));
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        _output.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);
}
