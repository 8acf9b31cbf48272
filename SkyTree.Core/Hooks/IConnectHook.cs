using SkyTree.Core.Protocol;
using SkyTree.Core.Security;

namespace SkyTree.Core.Hooks;

/// <summary>
/// Judges clients that have been authenticated, before they get a session. Of several hooks each is asked in the order of registration until
/// one refuses; so with the other kinds.
/// </summary>
public interface IConnectHook
{
    /// <summary>Judges a client.</summary>
    /// <param name="attempt">Who wants to connect, and how.</param>
    /// <param name="cancellationToken">Cancelled when the client has gone or the hook's time is up.</param>
    ValueTask<HookAnswer> OnConnectAsync(ConnectAttempt attempt, CancellationToken cancellationToken);
}

/// <summary>A client that wants to connect.</summary>
/// <param name="Client">Who it has shown itself to be.</param>
/// <param name="Listener">The name of the listener.</param>
/// <param name="Version">Its protocol version.</param>
/// <param name="CleanStart">Clean Start, or Clean Session of 3.x.</param>
/// <param name="SessionExpirySeconds">The Session Expiry Interval that it asks for; 5.0 only.</param>
/// <param name="Will">Its Will, as publish hooks have left it; null: none.</param>
/// <param name="UserProperties">The User Properties of its CONNECT.</param>
public sealed record ConnectAttempt(
    ClientIdentity Client,
    string Listener,
    ProtocolVersion Version,
    bool CleanStart,
    uint SessionExpirySeconds,
    Will? Will,
    IReadOnlyList<UserProperty> UserProperties);
