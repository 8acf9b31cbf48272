using System.Net;
using System.Net.Sockets;

namespace SkyTree.Tests;

/// <summary>
/// Ports of this machine for servers whose address must be known before they run, or that come back where they were. They lie
/// below those that the system gives out by itself, so that no connection takes one while its server is away, and none is
/// found twice by a process.
/// </summary>
internal static class FreePort
{
    private const int First = 11_000;
    private const int Count = 19_000;

    private static readonly Lock s_gate = new();
    private static int s_next = Random.Shared.Next(Count); // guarded by s_gate

    /// <summary>One that nobody listens at.</summary>
    public static int Find() => Find(1);

    /// <summary>The first of so many in a row that nobody listens at.</summary>
    public static int Find(int inARow)
    {
        lock (s_gate)
        {
            for (int tries = 0; tries < Count; tries++)
            {
                int first = First + s_next;
                s_next = (s_next + inARow) % (Count - inARow);
                if (Enumerable.Range(first, inARow).All(IsFree))
                {
                    return first;
                }
            }
        }

        throw new InvalidOperationException("No free ports were found.");
    }

    private static bool IsFree(int port)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
