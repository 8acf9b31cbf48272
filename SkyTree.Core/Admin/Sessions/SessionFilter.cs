using SkyTree.Core.Protocol;

namespace SkyTree.Core.Admin.Sessions;

/// <summary>Which sessions are meant: those that fit all that is set.</summary>
public sealed record SessionFilter
{
    /// <summary>Only connected ones, or only others.</summary>
    public bool? IsConnected { get; init; }

    /// <summary>Only durable ones, or only transient ones.</summary>
    public bool? IsDurable { get; init; }

    /// <summary>Those that a node has or had last.</summary>
    public Guid? Node { get; init; }

    /// <summary>The client identifier begins so; cheap however many sessions there are.</summary>
    public string? ClientIdPrefix { get; init; }

    /// <summary>The client identifier contains this, in upper or lower case.</summary>
    public string? ClientIdContains { get; init; }

    /// <summary>The user name is this. Only connected ones.</summary>
    public string? UserName { get; init; }

    /// <summary>The user name contains this, in upper or lower case. Only connected ones.</summary>
    public string? UserNameContains { get; init; }

    /// <summary>The client's address without port begins so. Only connected ones.</summary>
    public string? Address { get; init; }

    /// <summary>The protocol version. Only connected ones.</summary>
    public ProtocolVersion? Protocol { get; init; }

    /// <summary>The listener's name. Only connected ones.</summary>
    public string? Listener { get; init; }

    /// <summary>Connected at this time or later. Only connected ones.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Whether only the node of a connection can tell.</summary>
    internal bool NeedsLive => UserName is not null || UserNameContains is not null || Address is not null || Protocol is not null || Listener is not null || Since is not null;

    /// <summary>Whether nothing is set: it means all.</summary>
    internal bool IsEmpty => this == new SessionFilter();

    /// <summary>Whether a session fits, as far as every node can tell.</summary>
    internal bool Fits(Core.Sessions.Session session) =>
        (IsConnected is not { } connected || session.IsConnected == connected)
        && (!NeedsLive || session.IsConnected)
        && (IsDurable is not { } durable || session.IsDurable == durable)
        && (Node is not { } node || session.Node == node)
        && (ClientIdPrefix is not { } prefix || session.ClientId.StartsWith(prefix, StringComparison.Ordinal))
        && (ClientIdContains is not { } part || session.ClientId.Contains(part, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether a connection fits.</summary>
    internal bool Fits(SessionConnection live) =>
        (UserName is not { } name || live.UserName == name)
        && (UserNameContains is not { } part || (live.UserName is { } user && user.Contains(part, StringComparison.OrdinalIgnoreCase)))
        && (Address is not { } address || live.Address.TrimStart('[').StartsWith(address, StringComparison.Ordinal))
        && (Protocol is not { } protocol || live.Protocol == protocol)
        && (Listener is not { } listener || live.Listener == listener)
        && (Since is not { } since || live.ConnectedAt >= since);
}
