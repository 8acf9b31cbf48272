using System.Net;
using System.Net.Sockets;

namespace SkyTree.Crash.Tests.Processes;

/// <summary>A port of this machine for a server that must come back where it was.</summary>
internal static class FreePort
{
    public static int Find()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
