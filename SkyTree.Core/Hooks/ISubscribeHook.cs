using SkyTree.Core.Protocol;
using SkyTree.Core.Security;

namespace SkyTree.Core.Hooks;

/// <summary>Judges topic filters to which clients want to subscribe, when they may.</summary>
public interface ISubscribeHook
{
    /// <summary>Judges a topic filter.</summary>
    /// <param name="attempt">Who subscribes to what.</param>
    /// <param name="cancellationToken">Cancelled when the client has gone or the hook's time is up.</param>
    ValueTask<HookAnswer> OnSubscribeAsync(SubscribeAttempt attempt, CancellationToken cancellationToken);
}

/// <summary>A topic filter to which a client wants to subscribe.</summary>
/// <param name="Client">Who.</param>
/// <param name="Request">The filter and its options.</param>
public sealed record SubscribeAttempt(ClientIdentity Client, SubscribeRequest Request);
