using System.Net;
using System.Net.Sockets;
using SkyTree.AspNetCore.Configuration;

namespace SkyTree.AspNetCore.Listeners;

/// <summary>All listeners of the process, in the order in which they are announced.</summary>
internal sealed class ActiveListeners : IDisposable
{
    private readonly List<ActiveListener> _listeners = [];

    public IReadOnlyList<ActiveListener> All => _listeners;

    /// <summary>Takes the ports and reads the certificates of all enabled listeners.</summary>
    /// <exception cref="StartUpException">Some port or certificate is not to be had; all such are in it.</exception>
    public static ActiveListeners Open(SkyTreeOptions options, TimeProvider timeProvider)
    {
        ConfigurationErrors errors = new();
        ActiveListeners listeners = new();
        // HTTP last: test hosts take the last address for the one that serves pages.
        foreach ((string name, ListenerOptions listener) in options.Listeners
            .Where(pair => pair.Value.Enabled)
            .OrderBy(pair => pair.Value.Kind)
            .ThenBy(pair => pair.Value.Web)
            .ThenBy(pair => pair.Key, StringComparer.OrdinalIgnoreCase))
        {
            string key = $"SkyTree:Listeners:{name}";
            ServerCertificate? certificate = listener.IsSecure ? ServerCertificate.TryLoad(key, listener, timeProvider, errors) : null;
            if (TryBind(key, listener, errors) is { } socket)
            {
                listeners._listeners.Add(new ActiveListener(name, listener, socket, certificate, timeProvider));
            }
        }

        if (errors.Lines.Count > 0)
        {
            listeners.Dispose();
        }

        errors.ThrowIfAny();
        return listeners;
    }

    /// <summary>The listener at an endpoint; null: it is none for clients.</summary>
    public ActiveListener? Find(EndPoint endPoint) => _listeners.SingleOrDefault(listener => listener.EndPoint.Equals(endPoint));

    /// <summary>No listener admits a connection from now on.</summary>
    public void CloseGates()
    {
        foreach (ActiveListener listener in _listeners)
        {
            listener.Gate.Close();
        }
    }

    public void Dispose()
    {
        foreach (ActiveListener listener in _listeners)
        {
            listener.Socket.Dispose();
            listener.Certificate?.Dispose();
        }
    }

    private static Socket? TryBind(string key, ListenerOptions options, ConfigurationErrors errors)
    {
        bool everywhere = options.Address == "*";
        IPAddress address = !everywhere ? IPAddress.Parse(options.Address) : Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any;
        IPEndPoint endPoint = new(address, options.EffectivePort);
        Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address.AddressFamily == AddressFamily.InterNetworkV6)
            {
                // '::' is IPv6 alone, so that a listener on 0.0.0.0 may have the same port; '*' is both.
                socket.DualMode = everywhere;
            }

            socket.Bind(endPoint);
            // Of two programs that are bound to a port, the second learns it only when it listens.
            socket.Listen(Backlog);
            return socket;
        }
        catch (SocketException exception)
        {
            socket.Dispose();
            errors.Add(
                exception.SocketErrorCode is SocketError.AddressNotAvailable ? $"{key}:Address" : $"{key}:Port",
                exception.SocketErrorCode is SocketError.AddressAlreadyInUse ? $"{endPoint} is in use" : $"{endPoint}: {exception.Message}");
            return null;
        }
    }

    /// <summary>Connections that may wait to be accepted; Linux lowers it to net.core.somaxconn.</summary>
    public const int Backlog = 4096;
}
