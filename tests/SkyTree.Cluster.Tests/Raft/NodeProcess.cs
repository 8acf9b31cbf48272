using System.Diagnostics;
using System.Globalization;
using System.Net;
using Xunit;

namespace SkyTree.Cluster.Tests.Raft;

/// <summary>A node in a process of its own.</summary>
internal sealed class NodeProcess : IDisposable
{
    private readonly Process _process;

    private NodeProcess(Process process, ControlClient control)
    {
        _process = process;
        Control = control;
    }

    public ControlClient Control { get; }

    public static async Task<NodeProcess> StartAsync(string folder, string id, IPEndPoint endPoint, IEnumerable<IPEndPoint> seeds, IReadOnlyDictionary<string, string> environment, string[] options)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "SkyTree.Cluster.Node");
        ProcessStartInfo start = new(program, [folder, id, $"{endPoint}", "seed", string.Join(',', seeds), .. options])
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        Process process = Process.Start(start)!;
        using CancellationTokenSource deadline = new(TimeSpan.FromMinutes(1));
        string? line = await process.StandardOutput.ReadLineAsync(deadline.Token);
        Assert.StartsWith("ready ", line, StringComparison.Ordinal);
        int port = int.Parse(line![6..], CultureInfo.InvariantCulture);
        return new NodeProcess(process, await ControlClient.ConnectAsync(port));
    }

    /// <summary>kill -9.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Signal(string signal)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Kill();
        }

        Control.Dispose();
        _process.Dispose();
    }
}
