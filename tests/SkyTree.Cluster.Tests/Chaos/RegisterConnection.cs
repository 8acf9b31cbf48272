using System.Text;
using SkyTree.Crash.Tests.Wire;

namespace SkyTree.Cluster.Tests.Chaos;

/// <summary>A connection that sets retained messages and looks them up, one thing after the other.</summary>
internal sealed class RegisterConnection : IDisposable
{
    private const int Level = 5;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly MqttSocket _socket;
    private readonly string _mark; // a topic of its own
    private ushort _lastId;

    private RegisterConnection(MqttSocket socket, string name)
    {
        _socket = socket;
        _mark = $"m/{name}";
    }

    /// <summary>Connects to a port of this machine; null when that admits nobody.</summary>
    public static async Task<RegisterConnection?> OpenAsync(int port, string name)
    {
        if (await MqttSocket.ConnectAsync(port, Level) is not { } socket)
        {
            return null;
        }

        RegisterConnection connection = new(socket, name);
        await socket.SendAsync(PacketWriter.Connect(Level, name, cleanStart: true, 0, ushort.MaxValue));
        if (await connection.ReadAsync() is [{ Type: PacketType.ConnAck, Reason: 0 }, ..])
        {
            return connection;
        }

        connection.Dispose();
        return null;
    }

    /// <summary>Sets a topic's retained message. False: nobody knows whether it is set, and the connection is of no more use.</summary>
    public async Task<bool> SetAsync(string topic, string value)
    {
        ushort id = ++_lastId;
        await _socket.SendAsync(PacketWriter.Publish(Level, topic, 1, retain: true, duplicate: false, id, Encoding.ASCII.GetBytes(value)));
        while (await ReadAsync() is { } packets)
        {
            if (packets.FirstOrDefault(packet => packet.Type == PacketType.PubAck && packet.Id == id) is { } acknowledgement)
            {
                return acknowledgement.Reason < 0x80;
            }
        }

        return false;
    }

    /// <summary>Looks up a topic's retained message, as what a subscription brings ahead of all else; empty if there is none. Null: the connection is of no more use.</summary>
    public async Task<string?> GetAsync(string topic)
    {
        string value = "";
        await _socket.SendAsync(PacketWriter.Subscribe(Level, ++_lastId, [new Subscription(topic, 0), new Subscription(_mark, 0)]));
        while (await ReadAsync() is { } packets)
        {
            foreach (Packet packet in packets)
            {
                switch (packet)
                {
                    case { Type: PacketType.SubAck }:
                        if (packet.Granted.Any(granted => granted >= 0x80))
                        {
                            return null;
                        }

                        await _socket.SendAsync(PacketWriter.Publish(Level, _mark, 0, retain: false, duplicate: false, 0, []));
                        break;
                    case { Type: PacketType.Publish, Retain: true } when packet.Topic == topic:
                        value = Encoding.ASCII.GetString(packet.Payload);
                        break;
                    case { Type: PacketType.Publish } when packet.Topic == _mark:
                        return value;
                }
            }
        }

        return null;
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>The next packets; null at the end of the connection, or when there were none for a while.</summary>
    private async Task<IReadOnlyList<Packet>?> ReadAsync()
    {
        Task<IReadOnlyList<Packet>?> packets = _socket.ReadAsync();
        return await Task.WhenAny(packets, Task.Delay(s_patience)) == packets ? await packets : null;
    }
}
