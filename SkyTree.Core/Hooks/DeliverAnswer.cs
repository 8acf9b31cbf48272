using SkyTree.Core.Admin.Publishing;

namespace SkyTree.Core.Hooks;

/// <summary>What a hook makes of a message to one client. The default lets it pass.</summary>
public readonly record struct DeliverAnswer
{
    /// <summary>It passes as it is.</summary>
    public static DeliverAnswer Continue => default;

    /// <summary>The client is not sent it. It counts as acknowledged: the session goes on, and it does not come again.</summary>
    public static DeliverAnswer Drop => new() { IsDropped = true };

    /// <summary>Whether the client is not sent it.</summary>
    public bool IsDropped { get; private init; }

    /// <summary>What it has become; null: it is as it was.</summary>
    public PublishRequest? Replacement { get; private init; }

    /// <summary>The client is sent another message in its place: other contents, properties, or another topic.</summary>
    /// <param name="message">The other message, of the same QoS and RETAIN flag, which belong to the delivery.</param>
    public static DeliverAnswer Replace(PublishRequest message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return new DeliverAnswer { Replacement = message };
    }
}
