using SkyTree.Core.Admin.Publishing;
using SkyTree.Core.Protocol;

namespace SkyTree.Core.Hooks;

/// <summary>What a hook makes of a message. The default lets it pass.</summary>
public readonly record struct PublishAnswer
{
    /// <summary>It passes as it is.</summary>
    public static PublishAnswer Continue => default;

    /// <summary>It goes nowhere, and its publisher is told that all is well.</summary>
    public static PublishAnswer Drop => new() { IsDropped = true };

    /// <summary>Whether it goes nowhere.</summary>
    public bool IsDropped { get; private init; }

    /// <summary>What it has become; null: it is as it was.</summary>
    public PublishRequest? Replacement { get; private init; }

    /// <summary>Success, or why it is refused.</summary>
    public ReasonCode Code { get; private init; }

    /// <summary>The same in words for the client; null: none.</summary>
    public string? Reason { get; private init; }

    /// <summary>Another message takes its place: other contents, or another topic.</summary>
    /// <param name="message">The other message, of the same QoS, which is between the publisher and the broker.</param>
    public static PublishAnswer Replace(PublishRequest message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return new PublishAnswer { Replacement = message };
    }

    /// <summary>It is refused: 5.0 clients are told so at QoS 1 and 2.</summary>
    /// <param name="code">0x80 or above, of those that PUBACK and PUBREC can have.</param>
    /// <param name="reason">The same in words; null: none.</param>
    public static PublishAnswer Refuse(ReasonCode code = ReasonCode.NotAuthorized, string? reason = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan((int)code, (int)ReasonCode.UnspecifiedError, nameof(code));
        return new PublishAnswer { Code = code, Reason = reason };
    }
}
