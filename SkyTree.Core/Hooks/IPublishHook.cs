using SkyTree.Core.Admin.Publishing;
using SkyTree.Core.Security;

namespace SkyTree.Core.Hooks;

/// <summary>
/// Sees what clients publish, when they may publish it and before it goes anywhere: lets it pass, changes it, sends it elsewhere, drops or
/// refuses it. A client's publishes are seen one after the other, its Will when it connects. What the program itself publishes is not
/// seen: the application, the HTTP API, the portal, bridges.
/// </summary>
public interface IPublishHook
{
    /// <summary>Judges a message.</summary>
    /// <param name="attempt">Who publishes what; later hooks see what earlier ones made of it.</param>
    /// <param name="cancellationToken">Cancelled when the client has gone or the hook's time is up.</param>
    ValueTask<PublishAnswer> OnPublishAsync(PublishAttempt attempt, CancellationToken cancellationToken);
}

/// <summary>A message that a client publishes.</summary>
/// <param name="Client">Who.</param>
/// <param name="Message">The message.</param>
public sealed record PublishAttempt(ClientIdentity Client, PublishRequest Message)
{
    /// <summary>
    /// Whether it is the client's Will, which the broker publishes if the client goes without a word. It is judged once, when the client
    /// connects: what is changed is what will be published, what is dropped will not be, and a refusal refuses the client.
    /// </summary>
    public bool IsWill { get; init; }
}
