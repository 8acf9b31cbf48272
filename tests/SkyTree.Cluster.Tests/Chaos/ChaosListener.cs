using System.Net;
using System.Net.Sockets;
using SkyTree.Cluster.Tests.Network;

namespace SkyTree.Cluster.Tests.Chaos;

/// <summary>One port of a node, as the others see it: passes each connection on in the directions between dialler and node.</summary>
internal sealed class ChaosListener : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Lock _gate = new();
    private readonly HashSet<ProxyConnection> _connections = []; // guarded by _gate
    private readonly IPEndPoint _target;
    private readonly Func<IReadOnlyList<int?>> _processes;
    private readonly Func<int, (ProxyDirection ToTarget, ProxyDirection FromTarget)> _directions;
    private readonly Task _accepting;

    public ChaosListener(IPEndPoint address, IPEndPoint target, Func<IReadOnlyList<int?>> processes, Func<int, (ProxyDirection ToTarget, ProxyDirection FromTarget)> directions)
    {
        _target = target;
        _processes = processes;
        _directions = directions;
        _listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        _listener.Bind(address);
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
        ProxyConnection[] connections;
        lock (_gate)
        {
            connections = [.. _connections];
        }

        foreach (ProxyConnection connection in connections)
        {
            connection.Cut();
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket client = await _listener.AcceptAsync();
                _ = Task.Run(() => ServeAsync(client));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The listener is closed.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        if (client is not { RemoteEndPoint: IPEndPoint dialler, LocalEndPoint: IPEndPoint here } || SocketOwner.Find(dialler, here, _processes()) is not (>= 0 and var from))
        {
            client.Close(0); // it has ended meanwhile
            return;
        }

        (ProxyDirection toTarget, ProxyDirection fromTarget) = _directions(from);
        ProxyConnection connection = new(client, toTarget, fromTarget);
        lock (_gate)
        {
            _connections.Add(connection);
        }

        await connection.RunAsync(_target);
        lock (_gate)
        {
            _connections.Remove(connection);
        }
    }
}
