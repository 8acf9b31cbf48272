using System.Runtime.InteropServices;

namespace SkyTree.Web.Tests.Storage;

/// <summary>A broker of its own on a data folder.</summary>
internal sealed class Broker : IAsyncDisposable
{
    private readonly BrokerProcess _process;
    private bool _isDisposed;

    private Broker(BrokerProcess process, List<string> lines)
    {
        _process = process;
        Port = BrokerProcess.PortOf(lines, "mqtt");
        HttpPort = BrokerProcess.PortOf(lines, "http");
    }

    public int Port { get; }

    public int HttpPort { get; }

    public static Broker Start(string data, params string[] arguments)
    {
        BrokerProcess process = BrokerProcess.Start(["--mqtt-port", "0", "--http-port", "0", "--data", data, .. arguments]);
        return new Broker(process, process.WaitUntilReady());
    }

    /// <summary>A line of the log that contains a text, once it is there.</summary>
    public async Task<string> WaitForLogAsync(string text)
    {
        using CancellationTokenSource deadline = new(TimeSpan.FromMinutes(2));
        while (true)
        {
            if (_process.Errors.FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal)) is { } found)
            {
                return found;
            }

            await Task.Delay(20, deadline.Token);
        }
    }

    /// <summary>Ends it gracefully.</summary>
    public async Task StopAsync()
    {
        _process.Signal(PosixSignal.SIGTERM);
        await _process.WaitForExitAsync();
        await DisposeAsync();
    }

    /// <summary>Ends it with kill -9, if it has not ended.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            await _process.DisposeAsync();
        }
    }
}
