using System.Net.Sockets;
using System.Text;

namespace SkyTree.Web.Hosting;

/// <summary>Tells the service manager that has started the program, if one asks for it, how far it is: the protocol of sd_notify(3).</summary>
internal static class ServiceManager
{
    /// <summary>It listens, and what it keeps is open.</summary>
    public const string Ready = "READY=1";

    /// <summary>It was told to stop, and does.</summary>
    public const string Stopping = "STOPPING=1";

    private const string SocketName = "NOTIFY_SOCKET"; // in the environment: a path, or '@' and an abstract name

    /// <summary>Tells it. A manager that does not listen is none of the broker's trouble.</summary>
    public static void Tell(string state)
    {
        if (Environment.GetEnvironmentVariable(SocketName) is not { Length: > 0 } name)
        {
            return;
        }

        try
        {
            using Socket socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            socket.Connect(new UnixDomainSocketEndPoint(name[0] == '@' ? '\0' + name[1..] : name));
            socket.Send(Encoding.UTF8.GetBytes(state));
        }
        catch (Exception exception) when (exception is SocketException or ArgumentException)
        {
            Console.Error.WriteLine($"{SocketName}: {name} does not take '{state}': {exception.Message}");
        }
    }
}
