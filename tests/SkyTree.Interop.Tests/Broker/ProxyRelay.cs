using System.Net;
using System.Net.Sockets;

namespace SkyTree.Interop.Tests.Broker;

/// <summary>A proxy in front of a listener: sends a header first, then passes bytes on both ways.</summary>
internal sealed class ProxyRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ends = new();
    private readonly List<Task> _connections = []; // touched by the accepting loop, and after it
    private readonly Uri _target;
    private readonly byte[] _header;
    private readonly Task _accepting;

    public ProxyRelay(Uri target, byte[] header)
    {
        _target = target;
        _header = header;
        _listener.Start();
        Address = new UriBuilder(target) { Port = ((IPEndPoint)_listener.LocalEndpoint).Port }.Uri;
        _accepting = AcceptAsync();
    }

    /// <summary>The target's address with the proxy's port.</summary>
    public Uri Address { get; }

    public async ValueTask DisposeAsync()
    {
        await _ends.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections);
        _ends.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _connections.Add(RelayAsync(await _listener.AcceptTcpClientAsync(_ends.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task RelayAsync(TcpClient client)
    {
        using (client)
        {
            using var server = new TcpClient();
            try
            {
                await server.ConnectAsync(_target.Host, _target.Port, _ends.Token);
                await server.GetStream().WriteAsync(_header, _ends.Token);
                await Task.WhenAny(
                    client.GetStream().CopyToAsync(server.GetStream(), _ends.Token),
                    server.GetStream().CopyToAsync(client.GetStream(), _ends.Token));
            }
            catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
            {
                // One side is gone; the other follows.
            }
        }
    }
}
