using SkyTree.Core.Admin.Sessions;
using SkyTree.Core.Protocol;

namespace SkyTree.AspNetCore.Portal.Sessions;

/// <summary>What stands in the address of the list of sessions. What makes no sense there is passed over.</summary>
/// <param name="Search">A part of the client identifier; with <c>*</c> at its end, its beginning.</param>
/// <param name="State"><c>connected</c> or <c>offline</c>.</param>
/// <param name="Kind"><c>durable</c> or <c>transient</c>.</param>
/// <param name="User">A part of the user name.</param>
/// <param name="Address">The beginning of the address.</param>
/// <param name="Protocol">A key of <see cref="Protocols"/>.</param>
/// <param name="Listener">The listener's name.</param>
/// <param name="Node">The node's id.</param>
/// <param name="Since">A key of <see cref="Spans"/>.</param>
public sealed record SessionQuery(
    string? Search = null,
    string? State = null,
    string? Kind = null,
    string? User = null,
    string? Address = null,
    string? Protocol = null,
    string? Listener = null,
    string? Node = null,
    string? Since = null)
{
    /// <summary>The names of these in the address.</summary>
    public static IReadOnlyList<string> Names { get; } = ["q", "state", "kind", "user", "address", "protocol", "listener", "node", "since"];

    /// <summary>Versions by what stands in the address.</summary>
    public static IReadOnlyDictionary<string, ProtocolVersion> Protocols { get; } =
        new Dictionary<string, ProtocolVersion> { ["5"] = ProtocolVersion.V5, ["3.1.1"] = ProtocolVersion.V311, ["3.1"] = ProtocolVersion.V31 };

    /// <summary>How long ago one may have connected, by what stands in the address.</summary>
    public static IReadOnlyDictionary<string, TimeSpan> Spans { get; } =
        new Dictionary<string, TimeSpan> { ["5m"] = TimeSpan.FromMinutes(5), ["1h"] = TimeSpan.FromHours(1), ["24h"] = TimeSpan.FromHours(24) };

    /// <summary>Orders by what stands in the address, <c>-</c> before it for the largest first.</summary>
    public static IReadOnlyDictionary<string, SessionSortKey> Sorts { get; } = new Dictionary<string, SessionSortKey>
    {
        ["client"] = SessionSortKey.ClientId,
        ["since"] = SessionSortKey.Connected,
        ["queue"] = SessionSortKey.Queue,
        ["lag"] = SessionSortKey.Lag,
        ["subscriptions"] = SessionSortKey.Subscriptions,
    };

    /// <summary>The order that an address asks for; by client identifier where that makes no sense.</summary>
    /// <param name="text">What stands there.</param>
    public static SessionSort ToSort(string? text) =>
        text is not null && Sorts.TryGetValue(text.TrimStart('-'), out SessionSortKey by) ? new SessionSort(by, text[0] == '-') : default;

    /// <summary>Whether all sessions are meant.</summary>
    public bool IsEmpty => Text.All(c => c == '\n');

    /// <summary>Whether it has more than the filters that are always shown.</summary>
    public bool IsWide => !(this with { Search = null, State = null, Kind = null }).IsEmpty;

    /// <summary>All of it: another text, other sessions.</summary>
    public string Text => string.Join('\n', Search, State, Kind, User, Address, Protocol, Listener, Node, Since);

    /// <summary>As the service wants it.</summary>
    /// <param name="now">The present.</param>
    public SessionFilter ToFilter(DateTimeOffset now)
    {
        bool isPrefix = Search is ['*'] or [.., '*'];
        return new SessionFilter
        {
            ClientIdPrefix = isPrefix && Search!.Length > 1 ? Search[..^1] : null,
            ClientIdContains = isPrefix || string.IsNullOrEmpty(Search) ? null : Search,
            IsConnected = State switch { "connected" => true, "offline" => false, _ => null },
            IsDurable = Kind switch { "durable" => true, "transient" => false, _ => null },
            UserNameContains = NullIfEmpty(User),
            Address = NullIfEmpty(Address),
            Protocol = Protocol is not null && Protocols.TryGetValue(Protocol, out ProtocolVersion version) ? version : null,
            Listener = NullIfEmpty(Listener),
            Node = Guid.TryParse(Node, out Guid node) ? node : null,
            Since = Since is not null && Spans.TryGetValue(Since, out TimeSpan span) ? now - span : null,
        };
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
