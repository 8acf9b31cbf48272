using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Xunit;

namespace SkyTree.Web.Tests.Observability;

/// <summary>Metrics as Prometheus reads them.</summary>
public sealed partial class MetricsEndpointTests
{
    private static readonly string[] s_freePorts = ["--mqtt-port", "0", "--http-port", "0"];

    [Fact]
    public async Task Prometheus_parser_understands_the_metrics_and_the_page_has_their_names()
    {
        await using BrokerProcess broker = BrokerProcess.Start(s_freePorts, ("SKYTREE_ADMIN_PASSWORD", "correct horse"));
        List<string> lines = broker.WaitUntilReady();
        using Socket client = new(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(IPAddress.Loopback, BrokerProcess.PortOf(lines, "mqtt"));
        await client.SendTextAsync(MqttBytes.Connect("one"));
        await client.ReceiveTextAsync(1);
        using HttpClient http = new() { BaseAddress = new Uri($"http://127.0.0.1:{BrokerProcess.PortOf(lines, "http")}") };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String("admin:correct horse"u8));
        string[] samples = await ParseAsync(await http.GetStringAsync("/metrics"));
        Assert.Contains("skytree_connections gauge skytree_connections listener=mqtt,state=connected 1.0", samples);
        Assert.Contains("skytree_packets_received_total counter skytree_packets_received_total type=CONNECT 1.0", samples);
        Assert.Contains(samples, sample => sample.StartsWith("dotnet_process_memory_working_set_bytes ", StringComparison.Ordinal));

        string[] scraped = [.. samples.Select(sample => string.Join(' ', sample.Split(' ')[..2])).Where(name => name.StartsWith("skytree_", StringComparison.Ordinal)).Distinct()];
        string[] documented = [.. MetricRow().Matches(await File.ReadAllTextAsync(DocsFile("metrics.md"))).Select(match => $"{match.Groups[1].Value} {match.Groups[2].Value}")];
        Assert.Empty(scraped.Except(documented));
        Assert.All(documented.Except(scraped), name => Assert.Matches("^skytree_(bridge|sink|rule|hook|outbox|replication|store_read|store_write|connections_refused)", name)); // until there is something to tell

        string dashboard = await File.ReadAllTextAsync(DocsFile("grafana-dashboard.json"));
        Assert.Empty(RuntimeName().Matches(dashboard).Select(match => match.Value).Distinct().Except(samples.Select(sample => sample.Split(' ')[0])));
    }

    [Fact]
    public async Task They_are_for_who_has_shown_who_they_are()
    {
        await using BrokerProcess broker = BrokerProcess.Start(s_freePorts);
        using HttpClient http = new() { BaseAddress = new Uri($"http://127.0.0.1:{BrokerProcess.PortOf(broker.WaitUntilReady(), "http")}") };
        foreach (string path in new[] { "/metrics", "/metrics/", "/METRICS" })
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync(path)).StatusCode);
        }
    }

    [Fact]
    public async Task They_can_be_switched_off()
    {
        await using BrokerProcess broker = BrokerProcess.Start(s_freePorts, ("SkyTree__Observability__Metrics", "false"));
        using HttpClient http = new() { BaseAddress = new Uri($"http://127.0.0.1:{BrokerProcess.PortOf(broker.WaitUntilReady(), "http")}") };
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("/metrics")).StatusCode);
        Assert.Equal("started\n", await http.GetStringAsync("/health/startup"));
    }

    private static async Task<string[]> ParseAsync(string text)
    {
        using Process python = Process.Start(new ProcessStartInfo("/usr/bin/python3", [Path.Combine(AppContext.BaseDirectory, "Observability", "parse-metrics.py")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        Task<string> output = python.StandardOutput.ReadToEndAsync();
        await python.StandardInput.WriteAsync(text);
        python.StandardInput.Close();
        string lines = await output;
        await python.WaitForExitAsync();
        Assert.Equal(0, python.ExitCode);
        return lines.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static string DocsFile(string name)
    {
        DirectoryInfo folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "SkyTree.sln")))
        {
            folder = folder.Parent!;
        }

        return Path.Combine(folder.FullName, "docs", name);
    }

    [GeneratedRegex(@"^\| `skytree\.[a-z.]+` \| `([a-z_]+)` \| (\w+) \|", RegexOptions.Multiline)]
    private static partial Regex MetricRow();

    [GeneratedRegex("dotnet_[a-z_]+")]
    private static partial Regex RuntimeName();
}
