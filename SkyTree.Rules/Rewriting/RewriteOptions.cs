namespace SkyTree.Rules.Rewriting;

/// <summary>A rule that gives topics other names (<c>SkyTree:Rules:Rewrites:{n}</c>).</summary>
internal sealed record RewriteOptions
{
    /// <summary>What it is called, 1 to 59 letters, digits, '-', '_' and '.'; no other rule is called so.</summary>
    public string Name { get; init; } = "";

    /// <summary>Whether there is this rule.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>The topic filter of what it is about; of subscriptions those with no topic that does not fit it.</summary>
    public string Filter { get; init; } = "";

    /// <summary>
    /// The new name. <c>${1}</c> is what the filter's first wildcard stands for, <c>${2}</c> the second; <c>${clientid}</c> and <c>${username}</c>
    /// are the client's.
    /// </summary>
    public string To { get; init; } = "";

    /// <summary>What of clients it is for.</summary>
    public RewriteScope For { get; init; }
}

/// <summary>What a rewrite is for.</summary>
internal enum RewriteScope
{
    /// <summary>Publishes, Wills, and subscriptions.</summary>
    All,

    /// <summary>Publishes and Wills.</summary>
    Publish,

    /// <summary>Subscribing and unsubscribing.</summary>
    Subscribe,
}
