using SkyTree.Core.Protocol;

namespace SkyTree.Core.Hooks;

/// <summary>A hook's answer: yes, or a refusal with its reason code. The default is yes.</summary>
public readonly record struct HookAnswer
{
    private HookAnswer(ReasonCode code, string? reason) => (Code, Reason) = (code, reason);

    /// <summary>Yes.</summary>
    public static HookAnswer Continue => default;

    /// <summary>Success, or why not.</summary>
    public ReasonCode Code { get; }

    /// <summary>The same in words for the client; null: none.</summary>
    public string? Reason { get; }

    /// <summary>No.</summary>
    /// <param name="code">What the client is told, 0x80 or above; of those that CONNACK or SUBACK can have.</param>
    /// <param name="reason">The same in words for the client; null: none.</param>
    public static HookAnswer Refuse(ReasonCode code = ReasonCode.NotAuthorized, string? reason = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan((int)code, (int)ReasonCode.UnspecifiedError, nameof(code));
        return new HookAnswer(code, reason);
    }
}
