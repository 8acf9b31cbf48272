using SkyTree.Core.Admin.Publishing;
using SkyTree.Core.Security;

namespace SkyTree.Core.Hooks;

/// <summary>
/// Sees messages on their way to one client, last before they are sent: lets them pass, changes them for this client, or drops them. A client's
/// messages are seen one after the other, in the order in which they are sent, while other clients go on. What a client has not acknowledged
/// when its connection ends is sent again on the next one, and seen again.
/// </summary>
public interface IDeliverHook
{
    /// <summary>
    /// Whether it wants to see what a client is sent; asked once, when the client has connected. Must return at once. Clients of which no hook wants to see
    /// anything are sent messages without a detour.
    /// </summary>
    /// <param name="client">Who.</param>
    bool Wants(ClientIdentity client) => true;

    /// <summary>Judges a message.</summary>
    /// <param name="attempt">What is to be sent to whom; later hooks see what earlier ones made of it.</param>
    /// <param name="cancellationToken">Cancelled when the client has gone or the hook's time is up.</param>
    ValueTask<DeliverAnswer> OnDeliverAsync(DeliverAttempt attempt, CancellationToken cancellationToken);
}

/// <summary>A message that is to be sent to a client.</summary>
/// <param name="Client">To whom.</param>
/// <param name="Message">The message, with the QoS and the RETAIN flag that the client is sent, and what is left of its expiry interval.</param>
public sealed record DeliverAttempt(ClientIdentity Client, PublishRequest Message)
{
    /// <summary>The client identifier of the publisher; empty: the broker itself.</summary>
    public string PublisherId { get; init; } = "";

    /// <summary>Its number in the log; null: it is sent from memory.</summary>
    public long? Offset { get; init; }

    /// <summary>Whether the client may have been sent it before: it carries DUP.</summary>
    public bool IsRepeated { get; init; }
}
