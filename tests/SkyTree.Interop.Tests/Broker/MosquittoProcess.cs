using System.Globalization;
using System.Net.Sockets;
using SkyTree.Tests;
using Xunit;

namespace SkyTree.Interop.Tests.Broker;

/// <summary>mosquitto with the same four listeners.</summary>
internal static class MosquittoProcess
{
    public static async Task<(ChildProcess Process, Dictionary<string, Uri> Addresses)> StartAsync(string folder, TestCertificates certificates)
    {
        var addresses = new Dictionary<string, Uri>();
        string configuration = "user root\nallow_anonymous true\npersistence false\nlog_dest stdout\n";
        foreach (string scheme in (string[])["mqtt", "mqtts", "ws", "wss"])
        {
            int port = FreePort.Find();
            bool isWebSocket = scheme.StartsWith("ws", StringComparison.Ordinal);
            configuration += string.Create(CultureInfo.InvariantCulture, $"listener {port} 127.0.0.1\nprotocol {(isWebSocket ? "websockets" : "mqtt")}\n");
            configuration += scheme is "mqtts" or "wss" ? $"certfile {certificates.CertificatePath}\nkeyfile {certificates.KeyPath}\n" : "";
            addresses[scheme] = new Uri($"{scheme}://127.0.0.1:{port}{(isWebSocket ? "/mqtt" : "")}");
        }

        string path = Path.Combine(folder, "mosquitto.conf");
        await File.WriteAllTextAsync(path, configuration);
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ChildProcess process = ChildProcess.Start("stdbuf", ["-oL", "mosquitto", "-c", path, "-v"], line =>
        {
            if (line.EndsWith("running", StringComparison.Ordinal))
            {
                ready.TrySetResult();
            }
        });
        Task first = await Task.WhenAny(ready.Task, process.Exited).WaitAsync(Deadline.Step);
        Assert.True(first == ready.Task, $"mosquitto did not start: {process.Output}");
        return (process, addresses);
    }
}
