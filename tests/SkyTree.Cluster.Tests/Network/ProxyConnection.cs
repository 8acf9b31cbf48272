using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace SkyTree.Cluster.Tests.Network;

/// <summary>One connection through a <see cref="ChaosProxy"/>.</summary>
internal sealed class ProxyConnection(Socket client, ProxyDirection toTarget, ProxyDirection fromTarget) : IDisposable
{
    private const int ChunkBytes = 16 * 1024;

    // 1 MiB, which is all that a stopped direction keeps.
    private const int MaximumChunks = 64;

    private readonly Socket _target = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly CancellationTokenSource _cut = new();

    /// <summary>Moves bytes until both sides have closed, one has failed, or it is cut.</summary>
    public async Task RunAsync(IPEndPoint target)
    {
        try
        {
            client.NoDelay = true;
            await toTarget.WaitUntilPassingAsync(_cut.Token);
            await _target.ConnectAsync(target, _cut.Token);
            await Task.WhenAll(PumpAsync(client, _target, toTarget), PumpAsync(_target, client, fromTarget));
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Its end.
        }
        finally
        {
            Reset(client);
            Reset(_target);
        }
    }

    /// <summary>Resets both sides, whatever is on its way.</summary>
    public void Cut()
    {
        _cut.Cancel();
        Reset(client);
        Reset(_target);
    }

    public void Dispose()
    {
        client.Dispose();
        _target.Dispose();
        _cut.Dispose();
    }

    private static void Reset(Socket socket)
    {
        try
        {
            socket.Close(0);
        }
        catch (SocketException)
        {
            // It is closed.
        }
    }

    private async Task PumpAsync(Socket from, Socket to, ProxyDirection direction)
    {
        Channel<(byte[]? Bytes, long Due)> underWay = Channel.CreateBounded<(byte[]?, long)>(MaximumChunks);
        await Task.WhenAll(ReadAsync(from, underWay.Writer, direction), WriteAsync(to, underWay.Reader, direction));
    }

    private async Task ReadAsync(Socket from, ChannelWriter<(byte[]? Bytes, long Due)> underWay, ProxyDirection direction)
    {
        byte[] buffer = new byte[ChunkBytes];
        while (true)
        {
            int count;
            try
            {
                count = await from.ReceiveAsync(buffer, _cut.Token);
            }
            catch (SocketException)
            {
                // A reset is passed on like bytes: in its turn, or not at all while the direction is stopped.
                await underWay.WriteAsync((null, 0), _cut.Token);
                return;
            }

            long due = Environment.TickCount64 + (long)direction.Delay.TotalMilliseconds;
            await underWay.WriteAsync((buffer[..count], due), _cut.Token);
            if (count == 0)
            {
                return;
            }
        }
    }

    private async Task WriteAsync(Socket to, ChannelReader<(byte[]? Bytes, long Due)> underWay, ProxyDirection direction)
    {
        while (true)
        {
            (byte[]? bytes, long due) = await underWay.ReadAsync(_cut.Token);
            if (due - Environment.TickCount64 is > 0 and var early)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(early), _cut.Token);
            }

            await direction.WaitUntilPassingAsync(_cut.Token);
            switch (bytes)
            {
                case null:
                    await _cut.CancelAsync();
                    return;
                case []:
                    to.Shutdown(SocketShutdown.Send);
                    return;
                default:
                    for (int sent = 0; sent < bytes.Length;)
                    {
                        sent += await to.SendAsync(bytes.AsMemory(sent), _cut.Token);
                    }

                    direction.Count(bytes.Length);
                    break;
            }
        }
    }
}
