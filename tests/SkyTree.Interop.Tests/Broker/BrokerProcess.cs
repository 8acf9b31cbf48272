using System.Text.RegularExpressions;
using Xunit;

namespace SkyTree.Interop.Tests.Broker;

/// <summary>The broker's program, started as a user would, on free ports.</summary>
internal sealed partial class BrokerProcess : IAsyncDisposable
{
    private readonly Dictionary<string, Uri> _addresses = []; // filled before ready, read after it
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private BrokerProcess(string folder, string[] arguments, IReadOnlyDictionary<string, string> environment) => Process = ChildProcess.Start(
        "dotnet",
        [Repository.BrokerProgram, "--mqtt-port", "0", "--http-port", "0", "--data", Path.Combine(folder, "data"), .. arguments],
        TakeLine,
        folder,
        environment);

    public ChildProcess Process { get; }

    /// <summary>Where it listens, by scheme; the host is loopback's address, which the tests' certificate names.</summary>
    public IReadOnlyDictionary<string, Uri> Addresses => _addresses;

    /// <summary>Starts it, and returns when it serves.</summary>
    public static async Task<BrokerProcess> StartAsync(string folder, string[] arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var broker = new BrokerProcess(folder, arguments, environment ?? new Dictionary<string, string>());
        Task first = await Task.WhenAny(broker._ready.Task, broker.Process.Exited).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.True(first == broker._ready.Task, $"The broker did not start: {broker.Process.Output}");
        return broker;
    }

    public ValueTask DisposeAsync() => Process.DisposeAsync();

    private void TakeLine(string line)
    {
        if (line == "ready")
        {
            _ready.TrySetResult();
        }
        else if (!_ready.Task.IsCompleted && Listening().Match(line) is { Success: true } match)
        {
            string scheme = match.Groups["scheme"].Value;
            _addresses.TryAdd(scheme, new Uri($"{scheme}://127.0.0.1:{match.Groups["port"].Value}{match.Groups["path"].Value}"));
        }
    }

    [GeneratedRegex(@"^listening (?<scheme>[a-z]+)://.*:(?<port>\d+)(?<path>/\S*)?$")]
    private static partial Regex Listening();
}
