using SkyTree.Core.Protocol;
using SkyTree.Core.Security;

namespace SkyTree.Core.Hooks;

/// <summary>Who a client is, says a hook. The default leaves it to the next one, and at last to the configuration.</summary>
public readonly record struct AuthenticateAnswer
{
    /// <summary>Not its concern.</summary>
    public static AuthenticateAnswer AskNext => default;

    /// <summary>Whether the client is admitted.</summary>
    public bool IsAdmitted { get; private init; }

    /// <summary>As which user it is admitted; null: as none.</summary>
    public string? UserName { get; private init; }

    /// <summary>What is to be said of it besides; null: nothing.</summary>
    public ClientGrant? Grant { get; private init; }

    /// <summary>Success, or why it is refused.</summary>
    public ReasonCode Code { get; private init; }

    /// <summary>The same in words for the client; null: none.</summary>
    public string? Reason { get; private init; }

    /// <summary>The client is admitted, whoever the configuration knows.</summary>
    /// <param name="userName">As which user: rules and logs have this name. Null: without a user name, like an anonymous client.</param>
    /// <param name="grant">
    /// Groups and rules that it has, until when it is admitted, and what later hooks are to know of it; null: nothing.
    /// <see cref="ClientGrant.UserName"/> does not count here.
    /// </param>
    public static AuthenticateAnswer Admit(string? userName, ClientGrant? grant = null) => new() { IsAdmitted = true, UserName = userName, Grant = grant };

    /// <summary>The client is refused, and nobody else is asked.</summary>
    /// <param name="code">
    /// What CONNACK says, 0x80 or above. <see cref="ReasonCode.BadUserNameOrPassword"/>, the default, counts as a wrong password: who guesses has to wait.
    /// </param>
    /// <param name="reason">The same in words for the client; null: none.</param>
    public static AuthenticateAnswer Refuse(ReasonCode code = ReasonCode.BadUserNameOrPassword, string? reason = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan((int)code, (int)ReasonCode.UnspecifiedError, nameof(code));
        return new AuthenticateAnswer { Code = code, Reason = reason };
    }
}
