using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Xunit;

namespace SkyTree.Web.Tests.Hosting;

/// <summary>A client that sends without a pause shares its thread with others; each of these must be served meanwhile.</summary>
public class FairnessTests
{
    // Sockets are spread over the threads: so many new ones come to each of them.
    private const int Others = 16;

    [Fact]
    public async Task Empty_WebSocket_frames_without_end_do_not_hold_up_the_other_clients()
    {
        await using BrokerProcess broker = BrokerProcess.Start(["--mqtt-port", "0", "--http-port", "0"]);
        List<string> lines = broker.WaitUntilReady();
        using Socket flood = await ConnectAsync(lines, "http");
        flood.SendBufferSize = 4 * 1024 * 1024;
        await flood.SendTextAsync(
            "GET /mqtt HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 101 ", await flood.ReceiveTextAsync(13), StringComparison.Ordinal);
        await SendFrameAsync(flood, WebSocketMessageType.Binary, MqttBytes.Connect("flood"));
        byte[] frames = [.. Enumerable.Repeat<byte[]>([0, 0x80, 0, 0, 0, 0], 200_000).SelectMany(frame => frame)];
        await SendFrameAsync(flood, WebSocketMessageType.Binary, "", isEnd: false);
        await AssertOthersAreServedAsync(lines, flood, frames);
    }

    [Fact]
    public async Task Messages_without_end_do_not_hold_up_the_other_clients()
    {
        await using BrokerProcess broker = BrokerProcess.Start(["--mqtt-port", "0", "--http-port", "0"]);
        List<string> lines = broker.WaitUntilReady();
        using Socket flood = await ConnectAsync(lines, "mqtt");
        flood.SendBufferSize = 4 * 1024 * 1024;
        await flood.SendTextAsync(MqttBytes.Connect("flood"));
        // PUBLISH of QoS 0 without a payload, each to another topic, so that serving them takes longer than sending them.
        byte[] messages = [.. Enumerable.Range(0, 200_000).SelectMany(i => (byte[])[0x30, 8, 0, 5, .. Encoding.ASCII.GetBytes($"{i:x5}"), 0])];
        await AssertOthersAreServedAsync(lines, flood, messages);
    }

    private static async Task AssertOthersAreServedAsync(List<string> lines, Socket flood, byte[] bytes)
    {
        using CancellationTokenSource ends = new();
        // A thread of its own, so that the next bytes are there before the last ones have been read.
        Task flooding = Task.Factory.StartNew(
            () =>
            {
                while (!ends.IsCancellationRequested)
                {
                    flood.Send(bytes);
                }
            },
            TaskCreationOptions.LongRunning);
        try
        {
            for (int i = 0; i < Others; i++)
            {
                Assert.False(flooding.IsCompleted, $"The flood ended: {flooding.Exception}");
                using Socket other = await ConnectAsync(lines, "mqtt");
                await other.SendTextAsync(MqttBytes.Connect($"other {i}"));
                Assert.Equal(MqttBytes.ConnAckType, (await other.ReceiveTextAsync(1))[0]);
            }
        }
        finally
        {
            await ends.CancelAsync();
            flood.Close();
            await Record.ExceptionAsync(() => flooding);
        }
    }

    private static async Task<Socket> ConnectAsync(List<string> lines, string scheme)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, BrokerProcess.PortOf(lines, scheme));
        return socket;
    }

    /// <summary>Masked with zeros, which change nothing.</summary>
    private static async Task SendFrameAsync(Socket socket, WebSocketMessageType type, string payload, bool isEnd = true)
    {
        int operation = (type == WebSocketMessageType.Binary ? 2 : 1) | (isEnd ? 0x80 : 0);
        await socket.SendAsync((byte[])[(byte)operation, (byte)(0x80 | payload.Length), 0, 0, 0, 0, .. Encoding.Latin1.GetBytes(payload)]);
    }
}
