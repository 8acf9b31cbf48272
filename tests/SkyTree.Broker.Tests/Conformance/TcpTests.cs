using System.Net;
using System.Net.Sockets;
using SkyTree.Broker.Tests.Harness;

namespace SkyTree.Broker.Tests.Conformance;

/// <summary>The same over real loopback sockets, where the end of a connection is seen by both sides.</summary>
public sealed class TcpTests
{
    [Fact]
    [Trait("Spec", "MQTT-4.2.0-1 MQTT-3.14.4-2 MQTT-3.1.4-3")]
    public async Task A_message_passes_and_a_takeover_closes_the_socket()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        await using TcpTestListener listener = new(broker);
        using Socket first = await ConnectAsync(listener, "CONNECT client=a");
        await SendAsync(first, "SUBSCRIBE id=1 t qos=1");
        await ExpectAsync(first, "SUBACK id=1 granted-qos-1");
        await SendAsync(first, "PUBLISH t \"over TCP\"");
        await ExpectAsync(first, "PUBLISH t \"over TCP\"");

        using Socket second = await ConnectAsync(listener, "CONNECT client=a");
        await ExpectAsync(first, "DISCONNECT session-taken-over reason=*");
        await ExpectEndAsync(first);
        await SendAsync(second, "PINGREQ");
        await ExpectAsync(second, "PINGRESP");
    }

    [Fact]
    [Trait("Spec", "MQTT-3.2.2-7 MQTT-4.13.1-1 MQTT-4.13.2-1")]
    public async Task An_error_closes_the_socket_after_its_reason_was_sent()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        await using TcpTestListener listener = new(broker);
        using Socket refused = await listener.ConnectAsync();
        await SendAsync(refused, "CONNECT client=a receive-max=0");
        await ExpectAsync(refused, "CONNACK protocol-error session=0 reason=?");
        await ExpectEndAsync(refused);

        using Socket wrong = await ConnectAsync(listener, "CONNECT client=a");
        await SendAsync(wrong, "PUBLISH t/# \"x\"");
        await ExpectAsync(wrong, "DISCONNECT topic-name-invalid reason=*");
        await ExpectEndAsync(wrong);
    }

    [Fact]
    public async Task A_reset_connection_publishes_its_will()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        await using TcpTestListener listener = new(broker);
        using Socket subscriber = await ConnectAsync(listener, "CONNECT client=s");
        await SendAsync(subscriber, "SUBSCRIBE id=1 w qos=0");
        await ExpectAsync(subscriber, "SUBACK id=1 granted-qos-0");
        Socket lost = await ConnectAsync(listener, "CONNECT client=a will=w will-payload=\"reset\"");
        lost.LingerState = new LingerOption(true, 0);
        lost.Close();
        await ExpectAsync(subscriber, "PUBLISH w \"reset\"");
    }

    private static async Task<Socket> ConnectAsync(TcpTestListener listener, string connect)
    {
        Socket socket = await listener.ConnectAsync();
        await SendAsync(socket, connect);
        await ExpectAsync(socket, "CONNACK success session=0 ...");
        return socket;
    }

    private static async Task SendAsync(Socket socket, string packet) =>
        await socket.SendAsync(PacketEncoder.Encode(Packet.Parse(packet), 5));

    private static async Task ExpectAsync(Socket socket, string expectation)
    {
        Packet expected = Packet.Parse(expectation);
        expected.Sort();
        Packet packet = PacketDecoder.Decode(await ReadFrameAsync(socket), 5);
        Assert.True(expected.Matches(packet, new Dictionary<string, string>()), $"Expected {expected} but received {packet}");
    }

    private static async Task<byte[]> ReadFrameAsync(Socket socket)
    {
        using CancellationTokenSource deadline = new(Deadline.Default);
        List<byte> bytes = [];
        byte[] one = new byte[1];
        while (true)
        {
            Assert.Equal(1, await socket.ReceiveAsync(one, deadline.Token));
            bytes.Add(one[0]);
            int length = PacketDecoder.FrameLength([.. bytes.Take(5)], out _);
            if (length > 0 && bytes.Count == length)
            {
                return [.. bytes];
            }
        }
    }

    private static async Task ExpectEndAsync(Socket socket)
    {
        using CancellationTokenSource deadline = new(Deadline.Default);
        Assert.Equal(0, await socket.ReceiveAsync(new byte[1], deadline.Token));
    }
}
