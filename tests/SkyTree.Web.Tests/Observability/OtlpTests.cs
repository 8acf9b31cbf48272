using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace SkyTree.Web.Tests.Observability;

/// <summary>What is sent by OTLP over HTTP, to a server that notes it.</summary>
public sealed class OtlpTests
{
    [Fact]
    public async Task Metrics_and_traces_are_sent_with_the_headers_of_a_file()
    {
        using TcpListener reserved = new(IPAddress.Loopback, 0);
        reserved.Start();
        int port = ((IPEndPoint)reserved.LocalEndpoint).Port;
        reserved.Stop();
        using HttpListener collector = new();
        collector.Prefixes.Add($"http://127.0.0.1:{port}/");
        collector.Start();
        string headers = Path.GetTempFileName();
        await File.WriteAllTextAsync(headers, "api-key=secret one\n");
        await using BrokerProcess broker = BrokerProcess.Start(
            ["--mqtt-port", "0", "--http-port", "0"],
            ("SkyTree__Observability__OtlpEndpoint", $"http://127.0.0.1:{port}"),
            ("SkyTree__Observability__OtlpProtocol", "HttpProtobuf"),
            ("SkyTree__Observability__OtlpHeadersPath", headers),
            ("SkyTree__Observability__OtlpMetricsSeconds", "1"),
            ("SkyTree__Observability__TraceSampleRatio", "1"));
        using Socket client = new(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(IPAddress.Loopback, BrokerProcess.PortOf(broker.WaitUntilReady(), "mqtt"));
        await client.SendTextAsync(MqttBytes.Connect("one"));
        await client.ReceiveTextAsync(1);
        await client.SendTextAsync("\u0030\u0005\u0000\u0001a\u0000m");
        HashSet<string> missing = ["/v1/metrics skytree.packets.received", "/v1/traces publish"];
        using CancellationTokenSource deadline = new(TimeSpan.FromMinutes(1));
        while (missing.Count > 0)
        {
            HttpListenerContext request = await collector.GetContextAsync().WaitAsync(deadline.Token);
            Assert.Equal("secret one", request.Request.Headers["api-key"]);
            using MemoryStream body = new();
            await request.Request.InputStream.CopyToAsync(body, deadline.Token);
            string text = Encoding.Latin1.GetString(body.ToArray());
            missing.RemoveWhere(expected => expected.Split(' ') is [{ } path, { } name] && request.Request.Url!.AbsolutePath == path && text.Contains(name, StringComparison.Ordinal));
            request.Response.Close();
        }

        File.Delete(headers);
    }
}
