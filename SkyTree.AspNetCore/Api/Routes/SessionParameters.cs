using System.Text.Json;
using Microsoft.AspNetCore.Mvc;
using SkyTree.AspNetCore.Api.Http;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Sessions;
using SkyTree.Core.Protocol;

namespace SkyTree.AspNetCore.Api.Routes;

/// <summary>Which sessions are meant.</summary>
internal sealed record SessionParameters
{
    private static readonly Dictionary<string, SessionSortKey> s_sorts =
        Enum.GetValues<SessionSortKey>().ToDictionary(key => JsonNamingPolicy.CamelCase.ConvertName(key.ToString()), key => key);

    /// <summary>Only connected ones, or only others.</summary>
    [FromQuery(Name = "connected")]
    public bool? Connected { get; init; }

    /// <summary>Only durable ones, or only transient ones.</summary>
    [FromQuery(Name = "durable")]
    public bool? Durable { get; init; }

    /// <summary>Those that a node has or had last.</summary>
    [FromQuery(Name = "node")]
    public Guid? Node { get; init; }

    /// <summary>The client identifier begins so.</summary>
    [FromQuery(Name = "clientIdPrefix")]
    public string? ClientIdPrefix { get; init; }

    /// <summary>The client identifier contains this, in upper or lower case.</summary>
    [FromQuery(Name = "clientIdContains")]
    public string? ClientIdContains { get; init; }

    /// <summary>The user name is this.</summary>
    [FromQuery(Name = "userName")]
    public string? UserName { get; init; }

    /// <summary>The user name contains this, in upper or lower case.</summary>
    [FromQuery(Name = "userNameContains")]
    public string? UserNameContains { get; init; }

    /// <summary>The client's address without port begins so.</summary>
    [FromQuery(Name = "address")]
    public string? Address { get; init; }

    /// <summary>The protocol version: 3.1, 3.1.1 or 5.0.</summary>
    [FromQuery(Name = "protocol")]
    public string? Protocol { get; init; }

    /// <summary>The listener's name.</summary>
    [FromQuery(Name = "listener")]
    public string? Listener { get; init; }

    /// <summary>Connected at this time or later (RFC 3339).</summary>
    [FromQuery(Name = "since")]
    public DateTimeOffset? Since { get; init; }

    /// <summary>The same for the service.</summary>
    /// <exception cref="AdminException">The protocol is none.</exception>
    public SessionFilter ToFilter() => new()
    {
        IsConnected = Connected,
        IsDurable = Durable,
        Node = Node,
        ClientIdPrefix = ClientIdPrefix,
        ClientIdContains = ClientIdContains,
        UserName = UserName,
        UserNameContains = UserNameContains,
        Address = Address,
        Protocol = Protocol is null ? null : ReadProtocol(Protocol),
        Listener = Listener,
        Since = Since,
    };

    /// <summary>The order of a list.</summary>
    /// <param name="text">A key, with <c>-</c> before it for the largest first; null: by client identifier.</param>
    /// <exception cref="AdminException">It is none.</exception>
    public static SessionSort ReadSort(string? text)
    {
        string? key = text?.TrimStart('-');
        return key is null ? default
            : s_sorts.TryGetValue(key, out SessionSortKey by) ? new SessionSort(by, text![0] == '-')
            : throw ApiValues.Invalid("sort", "bad_sort", $"sort is {string.Join(", ", s_sorts.Keys)}, with - before it for the largest first.");
    }

    private static ProtocolVersion ReadProtocol(string text) => ProtocolVersionJsonConverter.Parse(text)
        ?? throw new AdminException(AdminError.Invalid, "bad_protocol", "A protocol version is 3.1, 3.1.1 or 5.0.")
        {
            Fields = new Dictionary<string, string> { ["protocol"] = "3.1, 3.1.1 or 5.0" },
        };
}
