using System.ComponentModel.DataAnnotations;

namespace SkyTree.Core.Security;

/// <summary>How passwords are checked (configuration section <c>SkyTree:Passwords</c>). Each check costs many milliseconds by design.</summary>
internal sealed record PasswordOptions
{
    /// <summary>Checks that run at a time, 1 to 256. The default leaves one core to messages, where there are two or more.</summary>
    [Range(1, 256)]
    public int Concurrency { get; init; } = Math.Clamp(Environment.ProcessorCount - 1, 1, 256);

    /// <summary>Checks that may wait for their turn, 0 to 1,000,000; one more is answered Server unavailable.</summary>
    [Range(0, 1_000_000)]
    public int MaximumWaiting { get; init; } = 1024;

    /// <summary>
    /// Seconds for which a password once found right is recognised without the full check, 0 to 86,400, so that a
    /// reconnecting fleet does not cost one check each time; 0: never. Only a keyed hash is kept, in memory, and it goes
    /// with the user's credential.
    /// </summary>
    [Range(0, 86_400)]
    [Changeable]
    public int RememberSeconds { get; set; } = 600;

    /// <summary>
    /// Refusals in a row after which a user name must wait at an address, 1 to 1,000,000, and 0: never; the address as a whole, behind
    /// which there may be many clients, may have twenty times as many.
    /// </summary>
    [Range(0, 1_000_000)]
    public int LockoutFailures { get; init; } = 10;

    /// <summary>Seconds to wait then, 1 to 3,600; each further refusal doubles them. Meanwhile CONNECT is answered 0x9F, unseen.</summary>
    [Range(1, 3600)]
    public int LockoutSeconds { get; init; } = 1;

    /// <summary>Seconds to wait at most, 1 to 86,400.</summary>
    [Range(1, 86_400)]
    public int MaximumLockoutSeconds { get; init; } = 60;
}
