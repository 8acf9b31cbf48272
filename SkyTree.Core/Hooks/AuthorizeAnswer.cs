using SkyTree.Core.Security.Access;

namespace SkyTree.Core.Hooks;

/// <summary>Whether a client may do something, says a hook. The default leaves it to the next one, and at last to the rules.</summary>
public readonly record struct AuthorizeAnswer
{
    private AuthorizeAnswer(AccessEffect effect) => Effect = effect;

    /// <summary>Not its concern.</summary>
    public static AuthorizeAnswer AskNext => default;

    /// <summary>It may, whatever rules say. Below <c>$SYS</c> nobody publishes all the same.</summary>
    public static AuthorizeAnswer Allow => new(AccessEffect.Allow);

    /// <summary>It may not: 0x87 Not authorized.</summary>
    public static AuthorizeAnswer Deny => new(AccessEffect.Deny);

    /// <summary>What is decided; null: nothing.</summary>
    public AccessEffect? Effect { get; }

    /// <summary>Whether the answer is for this once: the next publish to the topic is asked about again. An answer about a filter stands as long as the subscription.</summary>
    public bool IsOnce { get; init; }
}
