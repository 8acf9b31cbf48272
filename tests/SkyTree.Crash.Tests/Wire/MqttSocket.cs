using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;

namespace SkyTree.Crash.Tests.Wire;

/// <summary>One network connection to a broker. Whatever ends it, reading gives null and sending does nothing.</summary>
internal sealed class MqttSocket : IDisposable
{
    private readonly Socket _socket;
    private readonly PipeReader _input;
    private readonly int _level;
    private readonly SemaphoreSlim _sending = new(1);

    private MqttSocket(Socket socket, int level)
    {
        _socket = socket;
        _level = level;
        _input = PipeReader.Create(new NetworkStream(socket));
    }

    /// <summary>Connects to a port of this machine; null when nobody listens there.</summary>
    public static async Task<MqttSocket?> ConnectAsync(int port, int level)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port);
            return new MqttSocket(socket, level);
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }

    /// <summary>Sends bytes. That they arrive, nobody knows.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        await _sending.WaitAsync();
        try
        {
            while (!bytes.IsEmpty)
            {
                bytes = bytes[await _socket.SendAsync(bytes)..];
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The reader sees the end, too, and it is the one that acts on it.
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>The next packets, at least one; null at the end of the connection.</summary>
    /// <exception cref="FormatException">The broker sent what is no packet.</exception>
    public async Task<IReadOnlyList<Packet>?> ReadAsync()
    {
        while (true)
        {
            ReadResult result;
            try
            {
                result = await _input.ReadAsync();
            }
            catch (Exception exception) when (exception is IOException or ObjectDisposedException)
            {
                return null;
            }

            ReadOnlySequence<byte> buffer = result.Buffer;
            List<Packet> packets = [];
            while (PacketReader.TryTake(ref buffer, _level, out Packet packet))
            {
                packets.Add(packet);
            }

            _input.AdvanceTo(buffer.Start, buffer.End);
            if (packets.Count > 0)
            {
                return packets;
            }

            if (result.IsCompleted)
            {
                return null;
            }
        }
    }

    /// <summary>Breaks the connection: nothing is said to the broker.</summary>
    public void Dispose() => _socket.Dispose();
}
