using System.Net;
using System.Net.Sockets;

namespace SkyTree.Cluster.Tests.Network;

/// <summary>
/// A bad network between two processes: passes TCP connections on to a target on this machine, and stops, delays, cuts
/// or refuses them as it is told. To stop both directions looks to each side as if the other had been stopped.
/// </summary>
internal sealed class ChaosProxy : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Lock _gate = new();
    private readonly HashSet<ProxyConnection> _connections = []; // guarded by _gate
    private readonly Task _accepting;
    private volatile bool _refuses;
    private int _accepted;

    /// <summary>Listens on a port of its own.</summary>
    /// <param name="target">Where connections are passed on to.</param>
    public ChaosProxy(IPEndPoint target)
    {
        Target = target;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
        _accepting = AcceptAsync();
    }

    /// <summary>Where it is reached.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>For connections to come.</summary>
    public IPEndPoint Target { get; set; }

    /// <summary>From those who dial to the target.</summary>
    public ProxyDirection ToTarget { get; } = new();

    /// <summary>From the target to those who dialled.</summary>
    public ProxyDirection FromTarget { get; } = new();

    /// <summary>Connections there have been.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>Whether connections to come are reset at once.</summary>
    public bool Refuses
    {
        get => _refuses;
        set => _refuses = value;
    }

    /// <summary>Nothing passes either way.</summary>
    public void Stop()
    {
        ToTarget.Stop();
        FromTarget.Stop();
    }

    /// <summary>All passes both ways.</summary>
    public void Pass()
    {
        ToTarget.Pass();
        FromTarget.Pass();
    }

    /// <summary>Resets all connections that there are.</summary>
    public void CutAll()
    {
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

    /// <summary>Stops and passes by turns until it is cancelled; then it passes.</summary>
    public async Task FlapAsync(TimeSpan stopped, TimeSpan passing, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                Stop();
                await Task.Delay(stopped, cancellationToken);
                Pass();
                await Task.Delay(passing, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            Pass();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
        CutAll();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket client = await _listener.AcceptAsync();
                Interlocked.Increment(ref _accepted);
                if (_refuses)
                {
                    client.Close(0);
                    continue;
                }

                _ = ServeAsync(client);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The listener is closed.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        ProxyConnection connection = new(client, ToTarget, FromTarget);
        lock (_gate)
        {
            _connections.Add(connection);
        }

        await connection.RunAsync(Target);
        lock (_gate)
        {
            _connections.Remove(connection);
        }
    }
}
