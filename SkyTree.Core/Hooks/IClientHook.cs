using SkyTree.Core.Security;

namespace SkyTree.Core.Hooks;

/// <summary>
/// Is told what became of clients of this node, one thing after the other and after it has happened. Who is slow is told later, and of
/// no more than the latest 10,000.
/// </summary>
public interface IClientHook
{
    /// <summary>A client has connected.</summary>
    /// <param name="client">Who.</param>
    /// <param name="cancellationToken">Cancelled when the hook's time is up or the broker stops.</param>
    ValueTask OnConnectedAsync(ClientIdentity client, CancellationToken cancellationToken) => default;

    /// <summary>A client's connection has ended.</summary>
    /// <param name="client">Who.</param>
    /// <param name="reason">Why, in words.</param>
    /// <param name="cancellationToken">Cancelled when the hook's time is up or the broker stops.</param>
    ValueTask OnDisconnectedAsync(ClientIdentity client, string reason, CancellationToken cancellationToken) => default;

    /// <summary>A session has ended since its expiry interval is over. In a cluster the node that leads tells.</summary>
    /// <param name="clientId">Whose.</param>
    /// <param name="cancellationToken">Cancelled when the hook's time is up or the broker stops.</param>
    ValueTask OnSessionExpiredAsync(string clientId, CancellationToken cancellationToken) => default;
}
