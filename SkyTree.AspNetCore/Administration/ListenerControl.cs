using SkyTree.AspNetCore.Configuration;
using SkyTree.AspNetCore.Listeners;
using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Sessions;
using SkyTree.Core.Listeners;

namespace SkyTree.AspNetCore.Administration;

/// <summary>What people see of this node's listeners, and closing and opening them.</summary>
internal sealed class ListenerControl(Broker broker, ActiveListeners listeners)
{
    /// <summary>All listeners of this node, in the order in which they are announced.</summary>
    /// <param name="caller">Who asks.</param>
    /// <exception cref="AdminException">The caller may not.</exception>
    public IReadOnlyList<ListenerItem> List(Caller caller)
    {
        caller.Require(AdminArea.Listeners, AdminAccess.Read);
        return [.. listeners.All.Select(ListenerItem.Of)];
    }

    /// <summary>One listener of this node.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="name">Its name.</param>
    /// <exception cref="AdminException">The caller may not, or there is none.</exception>
    public ListenerItem Get(Caller caller, string name)
    {
        caller.Require(AdminArea.Listeners, AdminAccess.Read);
        return ListenerItem.Of(Find(name));
    }

    /// <summary>The clients of all nodes that are connected through listeners of a name.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="name">The name of a listener of this node.</param>
    /// <param name="cursor">Where to go on; null: from the front.</param>
    /// <param name="limit">At most so many, 1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AdminException">The caller may not, or there is none.</exception>
    public async Task<Page<SessionItem>> ListConnectionsAsync(Caller caller, string name, string? cursor, int limit, CancellationToken cancellationToken)
    {
        caller.Require(AdminArea.Listeners, AdminAccess.Read);
        return await broker.Admin.Sessions.ListAsync(caller, new SessionFilter { Listener = Find(name).Name }, cursor, limit, cancellationToken);
    }

    /// <summary>Closes a listener: nobody is admitted until it is opened or the program is started anew. Those inside stay.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="name">Its name.</param>
    /// <exception cref="AdminException">The caller may not, there is none, or it is the last open one with the HTTP API.</exception>
    public async Task<ListenerItem> StopAsync(Caller caller, string name)
    {
        caller.Require(AdminArea.Listeners, AdminAccess.Write);
        ActiveListener listener = Find(name);
        if (listener.Options.Web && !listeners.All.Any(other => other != listener && other.Options.Web && !other.Gate.IsClosed))
        {
            throw new AdminException(AdminError.Conflict, "last_web_listener", $"'{name}' is the last open listener with the HTTP API: nobody could open it again.");
        }

        listener.Gate.Close();
        await broker.Admin.Audit.NoteAsync(caller, "listeners.stop", listener.Name);
        return ListenerItem.Of(listener);
    }

    /// <summary>Opens a listener that was closed.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="name">Its name.</param>
    /// <exception cref="AdminException">The caller may not, or there is none.</exception>
    public async Task<ListenerItem> StartAsync(Caller caller, string name)
    {
        caller.Require(AdminArea.Listeners, AdminAccess.Write);
        ActiveListener listener = Find(name);
        listener.Gate.Open();
        await broker.Admin.Audit.NoteAsync(caller, "listeners.start", listener.Name);
        return ListenerItem.Of(listener);
    }

    private ActiveListener Find(string name) =>
        listeners.All.FirstOrDefault(listener => string.Equals(listener.Name, name, StringComparison.OrdinalIgnoreCase))
        ?? throw new AdminException(AdminError.NotFound, "listener_not_found", $"There is no listener '{name}' that is enabled.");
}

/// <summary>A listener of this node.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What it speaks beneath MQTT.</param>
/// <param name="Addresses">Where clients reach it.</param>
/// <param name="HasWeb">Whether it has pages and the HTTP API.</param>
/// <param name="IsOpen">Whether it admits anybody.</param>
/// <param name="Connections">Connections now.</param>
/// <param name="Unauthenticated">Those of them that have not completed CONNECT.</param>
/// <param name="RequiresProxyProtocol">Whether a proxy announces the clients' addresses.</param>
/// <param name="Limits">What it allows.</param>
internal sealed record ListenerItem(
    string Name,
    ListenerKind Kind,
    IReadOnlyList<string> Addresses,
    bool HasWeb,
    bool IsOpen,
    int Connections,
    int Unauthenticated,
    bool RequiresProxyProtocol,
    ListenerLimits Limits)
{
    public static ListenerItem Of(ActiveListener listener) => new(
        listener.Name,
        listener.Options.Kind,
        [.. listener.Addresses],
        listener.Options.Web,
        !listener.Gate.IsClosed,
        listener.Gate.Connections,
        listener.Gate.Unauthenticated,
        listener.Options.ProxyProtocol == ProxyProtocol.Required,
        listener.Options.Limits);
}
