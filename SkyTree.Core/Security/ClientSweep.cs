using SkyTree.Core.Connections;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Protocol;
using SkyTree.Core.Registry;

namespace SkyTree.Core.Security;

/// <summary>
/// Sends away who is connected and may not be any more: a ban was made, or their user was removed or disabled, or has another password. Each node does so with
/// its own clients, after each such change, on the thread pool.
/// </summary>
internal sealed class ClientSweep
{
    private readonly BanList _bans;
    private readonly ConnectionTable _connections;
    private readonly BrokerLog _log;
    private int _wanted; // 0, or 1 while a sweep is to come; interlocked

    public ClientSweep(RegistryTable registry, BanList bans, ConnectionTable connections, BrokerLog log)
    {
        _bans = bans;
        _connections = connections;
        _log = log;
        registry.Watch(RegistryCollection.Bans, Want);
        registry.Watch(RegistryCollection.Users, Want);
    }

    private void Want()
    {
        if (Interlocked.Exchange(ref _wanted, 1) == 0)
        {
            ThreadPool.QueueUserWorkItem(static sweep => sweep.Run(), this, preferLocal: false);
        }
    }

    private void Run()
    {
        Volatile.Write(ref _wanted, 0); // first: a change from now on wants another sweep
        Interlocked.MemoryBarrier();
        try
        {
            foreach (Connection connection in _connections.ToList())
            {
                if (connection is { Client: { } client, IsConnected: true, IsTrusted: false } && _bans.ReasonToGo(client) is { } reason)
                {
                    connection.RequestClose(ReasonCode.AdministrativeAction, reason);
                }
            }

            FlushList.FlushAll();
        }
        catch (Exception e)
        {
            _log.TickFailed(e);
        }
    }
}
