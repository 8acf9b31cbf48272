using System.Net;
using System.Net.Sockets;
using SkyTree.Crash.Tests.Wire;

namespace SkyTree.Crash.Tests.Clients;

/// <summary>A broker that does what a test says, mistakes too, with one client over a real socket.</summary>
internal sealed class ScriptedBroker : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private NetworkStream? _client;

    public ScriptedBroker() => _listener.Start();

    public Task<int> PortAsync() => Task.FromResult(((IPEndPoint)_listener.LocalEndpoint).Port);

    /// <summary>Takes the client's next connection and reads its CONNECT.</summary>
    public async Task AcceptAsync()
    {
        Close();
        _client = new NetworkStream(await _listener.AcceptSocketAsync().WaitAsync(Settings.Deadline), ownsSocket: true);
        await ExpectAsync(PacketType.Connect);
    }

    /// <summary>Takes the client's next connection and answers it with success.</summary>
    public async Task AcceptAsync(bool sessionPresent)
    {
        await AcceptAsync();
        await SendAsync([(byte)PacketType.ConnAck << 4, 3, sessionPresent ? (byte)1 : (byte)0, 0, 0]);
    }

    /// <summary>Breaks the connection.</summary>
    public void Close()
    {
        _client?.Dispose();
        _client = null;
    }

    public Task SendAsync(byte[] packet) => _client!.WriteAsync(packet).AsTask();

    /// <summary>Sends a PUBLISH.</summary>
    public Task PublishAsync(Ledger.SentMessage message, ushort id, bool duplicate = false) =>
        SendAsync(PacketWriter.Publish(5, message.Topic, message.QoS, retain: false, duplicate, id, message.Payload()));

    /// <summary>Sends PUBACK, PUBREC, PUBREL or PUBCOMP.</summary>
    public Task AnswerAsync(PacketType type, ushort id, byte reason = 0) =>
        SendAsync([PacketWriter.Answer(type, id)[0], 3, (byte)(id >> 8), (byte)id, reason]);

    /// <summary>The client's next packet, which must be of a type: its first byte and what is behind its length.</summary>
    public async Task<(byte First, byte[] Body)> ExpectAsync(PacketType type)
    {
        using CancellationTokenSource deadline = new(Settings.Deadline);
        byte[] first = new byte[1];
        await _client!.ReadExactlyAsync(first, deadline.Token);
        int length = 0;
        byte[] digit = new byte[1];
        int shift = 0;
        do
        {
            await _client.ReadExactlyAsync(digit, deadline.Token);
            length |= (digit[0] & 0x7F) << shift;
            shift += 7;
        }
        while ((digit[0] & 0x80) != 0);

        byte[] body = new byte[length];
        await _client.ReadExactlyAsync(body, deadline.Token);
        var found = (PacketType)(first[0] >> 4);
        return found == type ? (first[0], body) : throw new InvalidOperationException($"{found} instead of {type}");
    }

    public void Dispose()
    {
        Close();
        _listener.Dispose();
    }
}
