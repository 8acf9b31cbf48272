using SkyTree.Crash.Tests.Wire;
using Xunit;

namespace SkyTree.Cluster.Tests.Operating;

/// <summary>One connection of a 5.0 client whose packets a test looks at.</summary>
internal sealed class WireClient : IDisposable
{
    private const int Level = 5;
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(30);

    private readonly MqttSocket _socket;
    private readonly Queue<Packet> _packets = [];

    private WireClient(MqttSocket socket) => _socket = socket;

    /// <summary>Connects, and returns what the broker says to that; null: there is nobody.</summary>
    public static async Task<(WireClient Client, Packet Answer)?> TryConnectAsync(int port, string name, bool durable = false)
    {
        if (await MqttSocket.ConnectAsync(port, Level) is not { } socket)
        {
            return null;
        }

        WireClient client = new(socket);
        await socket.SendAsync(PacketWriter.Connect(Level, name, cleanStart: !durable, durable ? uint.MaxValue : 0, ushort.MaxValue));
        return await client.TryReadAsync() is { } answer ? (client, answer) : null;
    }

    /// <summary>Connects; the broker must admit it.</summary>
    public static async Task<WireClient> ConnectAsync(int port, string name, bool durable = false)
    {
        (WireClient client, Packet answer) = await TryConnectAsync(port, name, durable) ?? throw new IOException($"nobody listens at port {port}");
        Assert.Equal((PacketType.ConnAck, 0), (answer.Type, answer.Reason));
        return client;
    }

    /// <summary>The next packet; null at the end of the connection.</summary>
    public async Task<Packet?> TryReadAsync()
    {
        if (_packets.Count == 0 && await _socket.ReadAsync().WaitAsync(s_deadline) is { } packets)
        {
            foreach (Packet packet in packets)
            {
                _packets.Enqueue(packet);
            }
        }

        return _packets.TryDequeue(out Packet? next) ? next : null;
    }

    /// <summary>The next packet, which must be of a type.</summary>
    public async Task<Packet> ReadAsync(PacketType type)
    {
        Packet? packet = await TryReadAsync();
        Assert.Equal(type, packet?.Type);
        return packet!;
    }

    /// <summary>Subscribes.</summary>
    public async Task SubscribeAsync(string filter, int qos)
    {
        await _socket.SendAsync(PacketWriter.Subscribe(Level, 1, [new Subscription(filter, qos)]));
        Assert.Equal([(byte)qos], (await ReadAsync(PacketType.SubAck)).Granted);
    }

    /// <summary>Sends a publish.</summary>
    public Task PublishAsync(string topic, int qos, ushort id, ReadOnlyMemory<byte> payload) => _socket.SendAsync(PacketWriter.Publish(Level, topic, qos, retain: false, duplicate: false, id, payload.Span));

    public void Dispose() => _socket.Dispose();
}
