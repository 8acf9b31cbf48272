using System.Globalization;
using System.Net;

namespace SkyTree.Cluster.Tests.Chaos;

/// <summary>Which process of this machine a connection comes from, as the kernel tells.</summary>
internal static class SocketOwner
{
    private const int LocalColumn = 1;
    private const int RemoteColumn = 2;
    private const int InodeColumn = 9;

    /// <summary>The place in the list of the process that dialled; -1 if it is none of them, or is gone.</summary>
    /// <param name="client">The dialler's end of the connection.</param>
    /// <param name="server">The listener's end.</param>
    /// <param name="processes">Ids; null for a process that does not run.</param>
    public static int Find(IPEndPoint client, IPEndPoint server, IReadOnlyList<int?> processes)
    {
        if (FindInode(client, server) is not { } inode)
        {
            return -1;
        }

        for (int i = 0; i < processes.Count; i++)
        {
            if (processes[i] is { } process && Has(process, $"socket:[{inode}]"))
            {
                return i;
            }
        }

        return -1;
    }

    // IPv4, and IPv4 in sockets of IPv6: an address there ends as it does here.
    private static string? FindInode(IPEndPoint client, IPEndPoint server)
    {
        string local = Text(client);
        string remote = Text(server);
        foreach (string table in new[] { "/proc/net/tcp", "/proc/net/tcp6" })
        {
            foreach (string line in File.ReadLines(table))
            {
                string[] columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (columns.Length > InodeColumn && columns[LocalColumn].EndsWith(local, StringComparison.Ordinal) && columns[RemoteColumn].EndsWith(remote, StringComparison.Ordinal))
                {
                    return columns[InodeColumn];
                }
            }
        }

        return null;
    }

    private static string Text(IPEndPoint endPoint) => string.Create(
        CultureInfo.InvariantCulture,
        $"{BitConverter.ToUInt32(endPoint.Address.MapToIPv4().GetAddressBytes()):X8}:{endPoint.Port:X4}");

    private static bool Has(int process, string link)
    {
        try
        {
            return Directory.EnumerateFiles(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/fd"))
                .Any(file => new FileInfo(file).LinkTarget == link);
        }
        catch (IOException)
        {
            return false; // it has ended
        }
    }
}
