using System.Net;
using System.Net.WebSockets;
using System.Text;
using SkyTree.Core.Listeners;
using Xunit;

namespace SkyTree.Web.Tests.Listeners;

public class WebSocketListenerTests
{
    [Theory]
    [InlineData("mqtt")]
    [InlineData("mqttv3.1")]
    [Trait("Spec", "MQTT-6.0.0-4")]
    public async Task Bytes_go_both_ways_with_a_sub_protocol_of_MQTT(string subProtocol)
    {
        await using EchoHost host = await EchoHost.StartAsync();
        using ClientWebSocket client = await ConnectAsync(host, subProtocol);
        Assert.Equal(subProtocol, client.SubProtocol);
        await client.SendAsync("ping"u8.ToArray(), WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
        Assert.Equal("ping", await ReceiveAsync(client, 4));
        ListenerConnection accepted = host.NextAccepted();
        Assert.Equal(ListenerKind.WebSocket, accepted.Listener.Kind);
        Assert.Equal(IPAddress.Loopback, Assert.IsType<IPEndPoint>(accepted.RemoteEndPoint).Address);
        Assert.NotNull(accepted.Admission);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("MQTT")]
    [InlineData("mqttv5.0")]
    public async Task Another_sub_protocol_is_answered_400_with_a_reason(string? subProtocol)
    {
        await using EchoHost host = await EchoHost.StartAsync();
        using HttpClient http = new();
        using HttpRequestMessage request = new(HttpMethod.Get, $"http://{host.Listener("http").EndPoint}/mqtt");
        request.Headers.TryAddWithoutValidation("Connection", "Upgrade");
        request.Headers.TryAddWithoutValidation("Upgrade", "websocket");
        request.Headers.TryAddWithoutValidation("Sec-WebSocket-Version", "13");
        request.Headers.TryAddWithoutValidation("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA==");
        if (subProtocol is not null)
        {
            request.Headers.TryAddWithoutValidation("Sec-WebSocket-Protocol", subProtocol);
        }

        using HttpResponseMessage response = await http.SendAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("sub-protocol must be 'mqtt'", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_that_is_no_WebSocket_is_answered_400_with_a_reason()
    {
        await using EchoHost host = await EchoHost.StartAsync();
        using HttpClient http = new();
        using HttpResponseMessage response = await http.GetAsync($"http://{host.Listener("http").EndPoint}/mqtt");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("MQTT over WebSocket", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Spec", "MQTT-6.0.0-1")]
    public async Task A_text_frame_closes_with_1003()
    {
        await using EchoHost host = await EchoHost.StartAsync();
        using ClientWebSocket client = await ConnectAsync(host);
        await client.SendAsync("ping"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        Assert.Equal(WebSocketCloseStatus.InvalidMessageType, await ReceiveCloseAsync(client));
    }

    [Fact]
    [Trait("Spec", "MQTT-6.0.0-2")]
    public async Task Bytes_may_be_cut_into_frames_and_messages_anywhere()
    {
        int seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        Random random = new(seed);
        byte[] bytes = new byte[300_000];
        random.NextBytes(bytes);
        await using EchoHost host = await EchoHost.StartAsync();
        using ClientWebSocket client = await ConnectAsync(host);
        Task<string> receiving = ReceiveAsync(client, bytes.Length);
        for (int sent = 0; sent < bytes.Length;)
        {
            int length = Math.Min(random.Next(4) == 0 ? random.Next(100_000) : random.Next(200), bytes.Length - sent);
            await client.SendAsync(bytes.AsMemory(sent, length), WebSocketMessageType.Binary, endOfMessage: random.Next(2) == 0, CancellationToken.None);
            sent += length;
        }

        Assert.Equal(Encoding.Latin1.GetString(bytes), await receiving);
    }

    [Fact]
    public async Task What_is_flushed_at_once_is_one_message()
    {
        await using EchoHost host = await EchoHost.StartAsync();
        host.Serve = async connection =>
        {
            connection.Transport.Output.GetSpan(100_000)[..100_000].Fill((byte)'x');
            connection.Transport.Output.Advance(100_000);
            connection.Transport.Output.GetSpan(10)[..10].Fill((byte)'y');
            connection.Transport.Output.Advance(10);
            await connection.Transport.Output.FlushAsync();
            await EchoHost.EchoAsync(connection);
        };
        using ClientWebSocket client = await ConnectAsync(host);
        byte[] buffer = new byte[200_000];
        int count = 0;
        ValueWebSocketReceiveResult result;
        using CancellationTokenSource deadline = new(EchoHost.Deadline);
        do
        {
            result = await client.ReceiveAsync(buffer.AsMemory(count), deadline.Token);
            count += result.Count;
        }
        while (!result.EndOfMessage);
        Assert.Equal(100_010, count);
    }

    [Fact]
    public async Task A_close_of_the_client_ends_the_connection_and_is_answered()
    {
        await using EchoHost host = await EchoHost.StartAsync();
        using ClientWebSocket client = await ConnectAsync(host);
        using CancellationTokenSource deadline = new(EchoHost.Deadline);
        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, deadline.Token);
        Assert.Equal(WebSocketState.Closed, client.State);
        Assert.Equal(WebSocketCloseStatus.NormalClosure, client.CloseStatus);
    }

    [Fact]
    public async Task A_connection_that_has_been_served_is_closed_after_its_last_bytes()
    {
        await using EchoHost host = await EchoHost.StartAsync();
        host.Serve = async connection => await connection.Transport.Output.WriteAsync("bye"u8.ToArray());
        using ClientWebSocket client = await ConnectAsync(host);
        Assert.Equal("bye", await ReceiveAsync(client, 3));
        Assert.Equal(WebSocketCloseStatus.NormalClosure, await ReceiveCloseAsync(client));
    }

    [Fact]
    public async Task Abort_ends_a_connection_that_is_being_served()
    {
        await using EchoHost host = await EchoHost.StartAsync();
        using ClientWebSocket client = await ConnectAsync(host);
        host.NextAccepted().Abort();
        await Assert.ThrowsAsync<WebSocketException>(() => ReceiveCloseAsync(client));
    }

    [Fact]
    public async Task What_the_broker_does_not_read_slows_the_client()
    {
        await using EchoHost host = await EchoHost.StartAsync();
        TaskCompletionSource done = new();
        host.Serve = _ => done.Task;
        using ClientWebSocket client = await ConnectAsync(host);
        using CancellationTokenSource soon = new(TimeSpan.FromSeconds(2));
        byte[] block = new byte[1024 * 1024];
        long sent = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            while (true)
            {
                await client.SendAsync(block, WebSocketMessageType.Binary, endOfMessage: true, soon.Token);
                sent += block.Length;
                Assert.True(sent < 512L * 1024 * 1024, "The client was never slowed.");
            }
        });
        done.SetResult();
    }

    [Theory]
    [InlineData("http://localhost:3000", true)]
    [InlineData("http://127.0.0.1", true)]
    [InlineData("https://app.example", true)]
    [InlineData("https://evil.example", false)]
    [InlineData("null", false)]
    public async Task A_page_of_a_foreign_origin_may_not_connect(string origin, bool allowed)
    {
        await using EchoHost host = await EchoHost.StartAsync("--SkyTree:Http:AllowedOrigins:0=https://app.example");
        using ClientWebSocket client = new();
        client.Options.AddSubProtocol("mqtt");
        client.Options.SetRequestHeader("Origin", origin);
        client.Options.CollectHttpResponseDetails = true;
        Task connecting = client.ConnectAsync(Address(host), CancellationToken.None);
        if (allowed)
        {
            await connecting;
        }
        else
        {
            await Assert.ThrowsAsync<WebSocketException>(() => connecting);
            Assert.Equal(HttpStatusCode.Forbidden, client.HttpStatusCode);
        }
    }

    [Fact]
    public async Task A_name_that_a_foreign_page_resolves_to_loopback_is_not_the_brokers_own()
    {
        await using EchoHost host = await EchoHost.StartAsync();
        using ClientWebSocket client = new();
        client.Options.AddSubProtocol("mqtt");
        client.Options.SetRequestHeader("Origin", "http://evil.example");
        client.Options.SetRequestHeader("Host", "evil.example");
        await Assert.ThrowsAsync<WebSocketException>(() => client.ConnectAsync(Address(host), CancellationToken.None));
    }

    [Fact]
    public async Task Behind_an_HTTP_proxy_nobody_is_taken_for_a_client_of_this_machine()
    {
        await using EchoHost host = await EchoHost.StartAsync();
        using ClientWebSocket client = new();
        client.Options.AddSubProtocol("mqtt");
        client.Options.SetRequestHeader("X-Forwarded-For", "192.0.2.7");
        await client.ConnectAsync(Address(host), CancellationToken.None);
        Assert.Null(host.NextAccepted().RemoteEndPoint);
    }

    [Fact]
    public async Task A_listener_without_pages_serves_MQTT_alone()
    {
        await using EchoHost host = await EchoHost.StartAsync("--SkyTree:Listeners:ws:Kind=WebSocket", "--SkyTree:Listeners:ws:Port=0");
        using HttpClient http = new();
        foreach ((string listener, HttpStatusCode expected) in new[] { ("http", HttpStatusCode.OK), ("ws", HttpStatusCode.NotFound) })
        {
            using HttpResponseMessage response = await http.GetAsync($"http://{host.Listener(listener).EndPoint}/health/live");
            Assert.Equal(expected, response.StatusCode);
        }

        using ClientWebSocket client = await ConnectAsync(host, listener: "ws");
        await client.SendAsync("ping"u8.ToArray(), WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
        Assert.Equal("ping", await ReceiveAsync(client, 4));
    }

    private static Uri Address(EchoHost host, string listener = "http") => new($"ws://{host.Listener(listener).EndPoint}/mqtt");

    private static async Task<ClientWebSocket> ConnectAsync(EchoHost host, string subProtocol = "mqtt", string listener = "http")
    {
        ClientWebSocket client = new();
        client.Options.AddSubProtocol(subProtocol);
        using CancellationTokenSource deadline = new(EchoHost.Deadline);
        await client.ConnectAsync(Address(host, listener), deadline.Token);
        return client;
    }

    private static async Task<string> ReceiveAsync(ClientWebSocket client, int length)
    {
        byte[] buffer = new byte[length];
        int received = 0;
        using CancellationTokenSource deadline = new(EchoHost.Deadline);
        while (received < length)
        {
            ValueWebSocketReceiveResult result = await client.ReceiveAsync(buffer.AsMemory(received), deadline.Token);
            Assert.Equal(WebSocketMessageType.Binary, result.MessageType);
            received += result.Count;
        }

        return Encoding.Latin1.GetString(buffer);
    }

    private static async Task<WebSocketCloseStatus?> ReceiveCloseAsync(ClientWebSocket client)
    {
        using CancellationTokenSource deadline = new(EchoHost.Deadline);
        ValueWebSocketReceiveResult result = await client.ReceiveAsync(new byte[1024].AsMemory(), deadline.Token);
        Assert.Equal(WebSocketMessageType.Close, result.MessageType);
        return client.CloseStatus;
    }
}
