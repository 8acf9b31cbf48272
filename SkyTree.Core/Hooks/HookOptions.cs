using System.ComponentModel.DataAnnotations;

namespace SkyTree.Core.Hooks;

/// <summary>How long hooks may take, and what their failing means.</summary>
public sealed record HookOptions
{
    /// <summary>Milliseconds that a hook may take for one answer, 1 to 60,000; then it has failed.</summary>
    [Range(1, 60_000)]
    public int TimeoutMilliseconds { get; init; } = 1000;

    /// <summary>What the answer of a hook counts as that throws, takes too long, or answers what cannot be.</summary>
    public HookFailure OnFailure { get; init; }
}

/// <summary>What the answer of a hook that fails counts as.</summary>
public enum HookFailure
{
    /// <summary>A refusal: 0x88 to CONNECT, 0x87 where hooks authorize, 0x83 to a publish or a subscription; a message to a client is dropped.</summary>
    Refuse,

    /// <summary>A yes, as if the hook were not there.</summary>
    Continue,
}
