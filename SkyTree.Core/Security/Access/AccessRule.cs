namespace SkyTree.Core.Security.Access;

/// <summary>
/// A rule of who may do what with which topics. It fits if everything that is set fits; the first rule that fits decides. To a
/// subscription a rule that permits must cover all of the filter; one that forbids fits as soon as the filters have a topic in
/// common.
/// </summary>
public sealed record AccessRule
{
    /// <summary>What it does.</summary>
    public AccessEffect Effect { get; init; }

    /// <summary>Which actions it is about; empty: all.</summary>
    public IReadOnlyList<AccessAction> Actions { get; init; } = [];

    /// <summary>
    /// Topic filters, in which <c>${username}</c> and <c>${clientid}</c> stand for the client's own: within one level, and never for
    /// a wildcard. Empty: all topics.
    /// </summary>
    public IReadOnlyList<string> Topics { get; init; } = [];

    /// <summary>The user's name, in which <c>*</c> stands for anything; null: any user, and none.</summary>
    public string? UserName { get; init; }

    /// <summary>A group that the user belongs to; null: any.</summary>
    public string? Group { get; init; }

    /// <summary>The client identifier, in which <c>*</c> stands for anything; null: any.</summary>
    public string? ClientId { get; init; }

    /// <summary>The client's address, or its network such as <c>10.0.0.0/8</c>; null: any.</summary>
    public string? Address { get; init; }

    /// <summary>The QoS that is published with or asked for; empty: any.</summary>
    public IReadOnlyList<int> QoS { get; init; } = [];

    /// <summary>Whether what is published is to be retained; null: either.</summary>
    public bool? Retain { get; init; }
}
