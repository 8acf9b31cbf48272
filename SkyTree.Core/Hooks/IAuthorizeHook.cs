using SkyTree.Core.Protocol;
using SkyTree.Core.Security;
using SkyTree.Core.Security.Access;

namespace SkyTree.Core.Hooks;

/// <summary>
/// Judges what clients may do with topics, before the rules: the first hook that allows or denies decides, and if none does, they do.
/// It is asked of each topic that a client publishes to, of its Will's, and of each filter that it subscribes to or asks for a replay of;
/// when a client resumes its session, of the filters in it.
/// </summary>
/// <remarks>
/// A connection remembers answers unless they say <see cref="AuthorizeAnswer.IsOnce"/>: of filters, as long as it is subscribed to them, and
/// of the topics that it published to last. <see cref="AuthorizeMemory.ForgetAsync"/> makes it ask again. A message that fits a subscription is delivered without
/// a question.
/// </remarks>
public interface IAuthorizeHook
{
    /// <summary>Judges an action.</summary>
    /// <param name="attempt">Who wants to do what.</param>
    /// <param name="cancellationToken">Cancelled when the client has gone or the hook's time is up.</param>
    ValueTask<AuthorizeAnswer> OnAuthorizeAsync(AuthorizeAttempt attempt, CancellationToken cancellationToken);
}

/// <summary>What a client wants to do with a topic.</summary>
/// <param name="Client">Who.</param>
/// <param name="Action">What; a replay is asked about after the subscription that goes with it.</param>
/// <param name="Topic">The topic name to publish to, or the topic filter to subscribe to, without <c>$share/{group}/</c> and <c>$replay/{from}/</c>.</param>
/// <param name="QoS">The QoS of the message, or the one that is asked for.</param>
/// <param name="Retain">Whether the message is to be retained; of publishes.</param>
public sealed record AuthorizeAttempt(ClientIdentity Client, AccessAction Action, string Topic, QoS QoS, bool Retain);
