using System.Diagnostics;
using System.Globalization;
using System.Net;
using SkyTree.Crash.Tests.Processes;
using SkyTree.Interop.Tests;
using SkyTree.Tests;
using Xunit;

namespace SkyTree.Cluster.Tests.Operating;

/// <summary>A cluster as an operator has it: started and mended by <c>cluster.sh</c>. Used by one test at a time.</summary>
internal sealed class ScriptedCluster : IAsyncDisposable
{
    private const int PortsOfNode = 10;
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(2);

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(10) };

    /// <summary>Finds ports and makes a folder; nothing runs yet.</summary>
    public ScriptedCluster() => BasePort = FreePort.Find(4 * PortsOfNode);

    /// <summary>The first of its ports.</summary>
    public int BasePort { get; }

    /// <summary>Everything that it keeps.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("skytree-operating-").FullName;

    /// <summary>What nodes that are started from now on, and the script itself, have in their environment besides.</summary>
    public Dictionary<string, string> Variables { get; } = [];

    /// <summary>Where clients of a node connect.</summary>
    public int MqttPort(int node) => BasePort + (PortsOfNode * (node - 1));

    /// <summary>Where a node keeps its data.</summary>
    public string DataFolder(int node) => Path.Combine(Folder, string.Create(CultureInfo.InvariantCulture, $"node{node}"));

    /// <summary>What a node has logged.</summary>
    public string LogOf(int node) => File.ReadAllText(DataFolder(node) + ".log");

    /// <summary>Starts it.</summary>
    /// <returns>A line for each node.</returns>
    public async Task<IReadOnlyList<NodeLine>> UpAsync(int nodes, params string[] arguments) =>
        NodeLine.ParseAll(await DoAsync(["up", nodes.ToString(CultureInfo.InvariantCulture), "--base-port", BasePort.ToString(CultureInfo.InvariantCulture), "--allow-anonymous", .. arguments]));

    /// <summary>What <c>status</c> shows.</summary>
    public async Task<IReadOnlyList<NodeLine>> StatusAsync() => NodeLine.ParseAll(await DoAsync("status"));

    /// <summary>Runs the script, which must succeed.</summary>
    /// <returns>What it wrote.</returns>
    public async Task<string> DoAsync(params string[] arguments)
    {
        (int exitCode, string output) = await RunAsync(arguments);
        Assert.True(exitCode == 0, $"cluster.sh {string.Join(' ', arguments)}: exit code {exitCode}\n{output}\n{Describe()}");
        return output;
    }

    /// <summary>Runs the script.</summary>
    public Task<(int ExitCode, string Output)> RunAsync(params string[] arguments) => RunAsync(Path.Combine(Repository.Root, "cluster.sh"), [.. arguments, "--data", Folder]);

    /// <summary>Has a node do something, by the program's own command.</summary>
    public Task<(int ExitCode, string Output)> AskAsync(int node, params string[] arguments) => RunAsync("dotnet", [Repository.BrokerProgram, "cluster", .. arguments, "--data", DataFolder(node)]);

    /// <summary>Waits until all nodes that there are are ready.</summary>
    public async Task UntilWholeAsync()
    {
        long started = Stopwatch.GetTimestamp();
        foreach (NodeLine node in await StatusAsync())
        {
            while (await HealthAsync(node.Number) != HttpStatusCode.OK)
            {
                Assert.True(Stopwatch.GetElapsedTime(started) < s_deadline, $"node {node.Number} is not ready\n{Describe()}");
                await Task.Delay(50);
            }
        }
    }

    /// <summary>What a node answers to <c>/health/ready</c>; null: nothing.</summary>
    public async Task<HttpStatusCode?> HealthAsync(int node)
    {
        try
        {
            using HttpResponseMessage answer = await _http.GetAsync(new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{MqttPort(node) + 1}/health/ready")));
            return answer.StatusCode;
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
        {
            return null;
        }
    }

    /// <summary>Where to look further.</summary>
    public string Describe() => string.Join('\n', Directory.GetFiles(Folder, "node*.log").Order(StringComparer.Ordinal).Select(log => $"The end of {Path.GetFileName(log)}:\n{LogTail.Of(log)}"));

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await RunAsync("down");
        Directory.Delete(Folder, recursive: true);
    }

    private async Task<(int ExitCode, string Output)> RunAsync(string program, string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in Variables)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await errors);
    }
}
