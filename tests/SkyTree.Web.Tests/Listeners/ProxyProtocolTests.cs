using System.Net;
using System.Net.Sockets;
using SkyTree.Core.Listeners;
using Xunit;

namespace SkyTree.Web.Tests.Listeners;

public class ProxyProtocolTests
{
    private const string Required = "--SkyTree:Listeners:mqtt:ProxyProtocol=Required";
    private const string Signature = "\r\n\r\n\0\r\nQUIT\n";

    public static TheoryData<string, string?> Good => new()
    {
        { "PROXY TCP4 192.0.2.7 198.51.100.1 56324 1883\r\n", "192.0.2.7:56324" },
        { "PROXY TCP6 2001:db8::7 2001:db8::1 56324 1883\r\n", "[2001:db8::7]:56324" },
        { "PROXY UNKNOWN\r\n", null },
        { "PROXY UNKNOWN ffff:f...f:ffff what ever 1 2\r\n", null },
        { Signature + "\x21\x11\0\x0c" + "\xc0\0\x02\x07" + "\xc6\x33\x64\x01" + "\x01\x02" + "\x07\x5b", "192.0.2.7:258" },
        { Signature + "\x21\x11\0\x13" + "\xc0\0\x02\x07" + "\xc6\x33\x64\x01" + "\x01\x02" + "\x07\x5b" + "\x04\0\x04\0\0\0\0", "192.0.2.7:258" },
        { Signature + "\x21\x21\0\x24" + "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07" + "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01" + "\x01\x02" + "\x07\x5b", "[2001:db8::7]:258" },
        { Signature + "\x21\0\0\0", null },
        { Signature + "\x20\0\0\0", "local" },
        { Signature + "\x20\x11\0\x03" + "abc", "local" },
    };

    public static TheoryData<string> Bad =>
    [
        "\x10\x0e\0\x04MQTT",
        "GET / HTTP/1.1\r\n",
        "PROXY\r\n",
        "PROXY TCP4\r\n",
        "PROXY TCP5 192.0.2.7 198.51.100.1 56324 1883\r\n",
        "PROXY TCP4 192.0.2.7 198.51.100.1 56324\r\n",
        "PROXY TCP4 192.0.2.7  198.51.100.1 56324 1883\r\n",
        "PROXY TCP4 192.0.2 198.51.100.1 56324 1883\r\n",
        "PROXY TCP4 0xc0.0.2.7 198.51.100.1 56324 1883\r\n",
        "PROXY TCP4 192.0.2.7 198.51.100.1 65536 1883\r\n",
        "PROXY TCP4 192.0.2.7 198.51.100.1 +1 1883\r\n",
        "PROXY TCP4 192.0.2.7 198.51.100.1 01 1883\r\n",
        "PROXY TCP4 2001:db8::7 2001:db8::1 56324 1883\r\n",
        "PROXY TCP6 192.0.2.7 198.51.100.1 56324 1883\r\n",
        "PROXY TCP6 [2001:db8::7] 2001:db8::1 56324 1883\r\n",
        "PROXY UNKNOWN " + new string('x', 92) + "\r\n",
        "PROXY TCP4 " + new string('1', 200),
        Signature + "\x11\x11\0\x0c" + "\xc0\0\x02\x07\xc6\x33\x64\x01\x01\x02\x07\x5b",
        Signature + "\x22\x11\0\x0c" + "\xc0\0\x02\x07\xc6\x33\x64\x01\x01\x02\x07\x5b",
        Signature + "\x21\x12\0\x0c" + "\xc0\0\x02\x07\xc6\x33\x64\x01\x01\x02\x07\x5b",
        Signature + "\x21\x41\0\x0c" + "\xc0\0\x02\x07\xc6\x33\x64\x01\x01\x02\x07\x5b",
        Signature + "\x21\x11\0\x0b" + "\xc0\0\x02\x07\xc6\x33\x64\x01\x01\x02\x07",
        Signature + "\x21\x11\0\x0e" + "\xc0\0\x02\x07\xc6\x33\x64\x01\x01\x02\x07\x5b" + "\x04\0",
        Signature + "\x21\x11\0\x0f" + "\xc0\0\x02\x07\xc6\x33\x64\x01\x01\x02\x07\x5b" + "\x04\0\x01",
        Signature + "\x21\x11\x02\x09",
        Signature + "\x21\x11\xff\xff",
    ];

    [Theory]
    [MemberData(nameof(Good))]
    public async Task A_header_is_taken_off_and_names_the_client(string header, string? expected)
    {
        await using EchoHost host = await EchoHost.StartAsync(Required);
        using Socket client = await host.ConnectAsync("mqtt");
        await client.SendTextAsync(header + "after");
        Assert.Equal("after", await client.ReceiveTextAsync(5));
        ListenerConnection accepted = host.NextAccepted();
        Assert.Equal(expected == "local" ? client.LocalEndPoint!.ToString() : expected, accepted.RemoteEndPoint?.ToString());
    }

    [Fact]
    public async Task A_header_may_come_byte_by_byte()
    {
        await using EchoHost host = await EchoHost.StartAsync(Required);
        foreach (string header in new[] { (string)Good.First().Data.Item1, (string)Good.ElementAt(5).Data.Item1 })
        {
            using Socket client = await host.ConnectAsync("mqtt");
            foreach (char letter in header)
            {
                await client.SendTextAsync(letter.ToString());
            }

            Assert.True(await client.EchoesAsync());
            Assert.Equal("192.0.2.7", Assert.IsType<IPEndPoint>(host.NextAccepted().RemoteEndPoint).Address.ToString());
        }
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task A_connection_with_a_malformed_header_is_closed(string header)
    {
        await using EchoHost host = await EchoHost.StartAsync(Required);
        using Socket client = await host.ConnectAsync("mqtt");
        await client.SendTextAsync(header);
        Assert.True(await client.IsClosedAsync());
        Assert.Empty(host.Accepted);
    }

    [Fact]
    public async Task A_header_that_does_not_come_is_not_waited_for()
    {
        await using EchoHost host = await EchoHost.StartAsync(Required, "--SkyTree:Listeners:mqtt:Limits:ConnectTimeoutSeconds=1");
        using Socket client = await host.ConnectAsync("mqtt");
        await client.SendTextAsync("PROXY TCP4 ");
        Assert.True(await client.IsClosedAsync());
    }

    [Fact]
    public async Task A_header_of_a_stranger_is_not_believed()
    {
        await using EchoHost host = await EchoHost.StartAsync(Required, "--SkyTree:Listeners:mqtt:TrustedProxies:0=10.0.0.0/8");
        using Socket client = await host.ConnectAsync("mqtt");
        await client.SendTextAsync(Good.First().Data.Item1);
        Assert.True(await client.IsClosedAsync());
    }

    [Fact]
    public async Task A_limit_per_address_counts_the_clients_and_not_the_proxy()
    {
        await using EchoHost host = await EchoHost.StartAsync(Required, "--SkyTree:Listeners:mqtt:Limits:MaxConnectionsPerAddress=1");
        using Socket first = await host.ConnectAsync("mqtt");
        Assert.Equal("a", await SendAsync(first, "PROXY TCP4 192.0.2.7 198.51.100.1 1 1883\r\na"));
        using Socket same = await host.ConnectAsync("mqtt");
        Assert.Equal("", await SendAsync(same, "PROXY TCP4 192.0.2.7 198.51.100.1 2 1883\r\na"));
        using Socket other = await host.ConnectAsync("mqtt");
        Assert.Equal("a", await SendAsync(other, "PROXY TCP4 192.0.2.8 198.51.100.1 2 1883\r\na"));
    }

    [Fact]
    public async Task A_header_names_the_client_of_a_WebSocket_listener_too()
    {
        await using EchoHost host = await EchoHost.StartAsync("--SkyTree:Listeners:http:ProxyProtocol=Required");
        using Socket client = await host.ConnectAsync("http");
        await client.SendTextAsync(
            "PROXY TCP4 192.0.2.7 198.51.100.1 56324 8080\r\n"
            + "GET /mqtt HTTP/1.1\r\nHost: broker\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 101 ", await client.ReceiveTextAsync(20), StringComparison.Ordinal);
        Assert.Equal("192.0.2.7:56324", host.NextAccepted().RemoteEndPoint?.ToString());
    }

    private static async Task<string> SendAsync(Socket client, string text)
    {
        await client.SendTextAsync(text);
        try
        {
            return await client.ReceiveTextAsync(1);
        }
        catch (SocketException)
        {
            return "";
        }
    }
}
