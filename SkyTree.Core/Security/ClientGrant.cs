using System.Collections.ObjectModel;
using SkyTree.Core.Security.Access;

namespace SkyTree.Core.Security;

/// <summary>What an authenticator, or a hook, says of a client besides admitting it. Immutable.</summary>
public sealed record ClientGrant
{
    /// <summary>Who the client is, where that is not the user name of CONNECT; null: it is.</summary>
    public string? UserName { get; init; }

    /// <summary>Groups that it belongs to, besides those of the user of its name.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>Rules for it alone, which come before all others.</summary>
    public IReadOnlyList<AccessRule> Rules { get; init; } = [];

    /// <summary>Until when it is admitted: then its connection ends, unless it has authenticated again. Null: for as long as it stays.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>What hooks are to know of it later, such as its tenant: a name and a value each. The broker does not look at them.</summary>
    public IReadOnlyDictionary<string, string> Attributes { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Whether it was admitted as a user that people configure: it is sent away when that one is removed or disabled.</summary>
    internal bool IsManagedUser { get; init; }

    /// <summary>The generation of that user's password when it was admitted: it is sent away when there is another.</summary>
    internal long Generation { get; init; }
}
